"""What traffic does at its worst: five hundred models, one call, a month of silence, clocks that differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboards.boards import BOARDS
from dashboards.panel import Panel
from dashboards.plugin import ALL, Shown, expanded
from store.database import Database
from store.rollup import Rollup
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import START, batch, call, moved, verdicts

VALUES = {**dict.fromkeys(("tenant", "team", "route", "platform", "model"), ALL), "allowed": ("0.01",)}
PANELS = list({panel.sql: panel for board in BOARDS for panel in board.panels()}.values())
WEEK = Shown(START - timedelta(days=6), START + timedelta(days=1))


@pytest.fixture
def store(opened_database: Database) -> Iterator[Database]:
    """Return an empty store, and leave it so."""
    empty(opened_database)
    yield opened_database
    empty(opened_database)


def write(store: Database, *changed: dict[str, Any]) -> None:
    """Store a call for each of what is particular about it, and sum up."""
    events = [moved(call(number), **one) for number, one in enumerate(changed)]
    Writer(store).generations([(batch(events), verdicts(events))])
    Rollup(store).catch_up()


def asked(store: Database, panel: Panel, shown: Shown = WEEK, settings: str = "") -> dict[str, list[Any]]:
    """Return what a panel gets."""
    return store.query(expanded(panel.sql, VALUES, shown) + settings)


def drawn(style: str) -> list[Panel]:
    """Return the time series of calls that are drawn so."""
    return [
        panel
        for panel in PANELS
        if panel.kind == "timeseries" and panel.style == style and re.search("v_(fleet|calls)", panel.sql)
    ]


def test_five_hundred_models(store: Database) -> None:
    """A legend has the ten that matter, and the others together; of models, tenants and whatever is named."""
    names = ("tenant", "team", "request_model", "response_model", "prompt_version", "region", "error_type")
    write(store, *({name: f"{name}-{number}" for name in names} for number in range(500)))
    for panel in drawn("bars"):
        found = asked(store, panel)
        assert found["time"], panel.title
        assert len(set(found[panel.columns[1]])) <= 11, panel.title
        if panel.columns[-1] == "n" and "outcome" not in panel.sql:
            assert sum(found["n"]) == 500, f"{panel.title}: others are counted too"


def test_one_call(store: Database) -> None:
    """Of one call no estimate is certain, and what needs more of them has no end."""
    write(store, {})
    for panel in [panel for panel in PANELS if panel.kind == "stat"]:
        found = asked(store, panel, Shown(START - timedelta(hours=1), START + timedelta(hours=1)))
        for name in panel.columns:
            if name.endswith("_ratio") and found[name][0] is not None:
                stem = name.removesuffix("_ratio")
                assert found[f"{stem}_high"][0] - found[f"{stem}_low"][0] > 0.7, panel.title
            if name.endswith("_p95_ms"):
                assert found[f"{name.removesuffix('_ms')}_high"][0] is None, panel.title


def test_month_of_silence(store: Database) -> None:
    """Lines break where there were no calls: Grafana would join what lies a month apart."""
    later = START + timedelta(days=30)
    write(store, {"received_at": START}, {"occurred_at": later, "received_at": later})
    month = Shown(START - timedelta(days=1), START + timedelta(days=31), 12 * 3600)
    for panel in [*drawn("band"), *drawn("lines")]:
        found = asked(store, panel, month)
        assert len(found["time"]) == 61, panel.title
        measured = found[panel.columns[1]]
        assert not any(measured[1:-1]), panel.title
        if not panel.columns[1].endswith("_n"):
            assert measured[1] is None, f"{panel.title}: nothing is known, which is not zero"


def test_daylight_saving(store: Database) -> None:
    """On the day that has 25 hours, a server in Berlin answers what one in UTC does."""
    autumn = datetime(2026, 10, 24, 22, tzinfo=START.tzinfo)
    hours = [autumn + timedelta(hours=hour) for hour in range(25)]
    write(store, *({"occurred_at": at, "received_at": at} for at in hours))
    day = Shown(autumn, autumn + timedelta(hours=25), 3600)
    for panel in [
        *drawn("band"),
        *(panel for panel in PANELS if panel.kind == "stat" and "v_spend" in panel.sql),
    ]:
        found = asked(store, panel, day, " SETTINGS session_timezone = 'UTC'")
        assert found == asked(store, panel, day, " SETTINGS session_timezone = 'Europe/Berlin'"), panel.title
        if panel.style == "band":
            assert found["time"] == hours, panel.title


def test_clock_ahead(store: Database) -> None:
    """A call from a clock that is ahead makes nothing younger than now."""
    ahead = START + timedelta(hours=5)
    write(store, {}, {"occurred_at": ahead, "received_at": START})
    now = Shown(START - timedelta(hours=6), START + timedelta(hours=1))
    for panel in PANELS:
        if {"call_age_s", "age_s"} & set(panel.columns):
            found = asked(store, panel, now)
            ages = found["call_age_s" if "call_age_s" in found else "age_s"]
            assert min(age for age in ages if age is not None) >= 0, panel.title


@pytest.mark.parametrize(
    ("outcomes", "usd", "priced_n", "without_n"),
    [(("ok", "ok"), 0, 0, 0), (("error", "ok"), None, 0, 1), (("error", "empty"), 0.25, 1, 1)],
    ids=["no such call", "no price", "one price"],
)
def test_spent_for_nothing(
    store: Database, outcomes: tuple[str, str], usd: float | None, priced_n: int, without_n: int
) -> None:
    """What failed calls cost is 0 only where none failed; where none of them has a price it is not known."""
    events = [moved(call(number), event_id=f"e{number}") for number in range(2)]
    found = verdicts(events)
    spend = replace(found["spend"], parts={**found["spend"].parts, "cost_pusd": [None, 250 * 10**9]})
    faults = replace(found["outcome"], label=list(outcomes))
    Writer(store).generations([(batch(events), {**found, "outcome": faults, "spend": spend})])
    (panel,) = (panel for panel in PANELS if panel.title == "Spent for nothing")
    names = ("faulty_usd", "faulty_n", "faulty_without_price_n")
    answer = asked(store, panel)
    assert tuple(answer[name] for name in names) == ([usd], [priced_n], [without_n])
