"""Whether a rule of Grafana's fires on a store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from dashboards.plugin import Shown, back_end
from dashboards.rules import RULES
from store.database import Database
from tests.store.fleet import START


def fires(store: Database, uid: str, hours: float, start: datetime = START) -> bool:
    """Tell whether a rule fires so many hours after the start of the fleet's calls."""
    (rule,) = [rule for rule in RULES if rule.uid == uid]
    until = start + timedelta(hours=hours)
    found = store.query(back_end(rule.sql, Shown(until - timedelta(seconds=rule.reach_s), until)))
    values = list(found.values())[-1]
    # Not one of them is NULL, of which Grafana would have to make something.
    assert all(isinstance(value, float) for value in values)
    return any(value > rule.above for value in values)


def summed(store: Database, hours: Iterable[float], start: datetime = START) -> None:
    """Store sums of one call in each of these minutes, given as hours after the start, as a watcher would."""
    minutes = [start + timedelta(minutes=round(60 * hour)) for hour in hours]
    now = store.moment()
    ones = [1] * len(minutes)
    store.insert(
        "minutes",
        {
            "tenant": ["default"] * len(minutes),
            "minute": minutes,
            "n": ones,
            "computed_at": [now] * len(minutes),
        },
    )
