"""How many alerts were false, as people have said, beside what was promised."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.alert_json import stamp
from services.config import Config

MONTH_DAYS = 30.0
LEAST_DAYS = 1.0  # less says nothing of a month
TAIL = 0.025
_KINDS = {"page": "pages", "ticket": "tickets"}

Document = dict[str, Any]


def truth(rows: Sequence[Mapping[str, Any]], config: Config, since: datetime, until: datetime) -> Document:
    """Return what became of pages and tickets in a span of at most a month.

    Parameters
    ----------
    rows : of each severity that fired: fired, false_alarms, expected, unjudged
    """
    promised = {"page": config.pages_per_month, "ticket": config.tickets_per_month}
    days = max((until - since).total_seconds() / 86_400, LEAST_DAYS)
    found = {row["severity"]: row for row in rows}
    return {
        "since": stamp(since),
        "days": round(days, 1),
        **{name: _kind(found.get(kind, {}), promised[kind], days) for kind, name in _KINDS.items()},
    }


def poisson(n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a mean of which `n` were seen.

    >>> [round(each, 2) for each in poisson(0)], [round(each, 2) for each in poisson(3)]
    ([0.0, 3.69], [0.62, 8.77])
    """
    low = _mean(lambda mean: 1.0 - _at_most(n - 1, mean) < TAIL) if n else 0.0
    return low, _mean(lambda mean: _at_most(n, mean) > TAIL)


def _kind(row: Mapping[str, Any], promised: float, days: float) -> Document:
    false, month = int(row.get("false_alarms", 0)), MONTH_DAYS / days
    low, high = poisson(false)
    return {
        "fired": int(row.get("fired", 0)),
        "false": false,
        "expected": int(row.get("expected", 0)),
        "unjudged": int(row.get("unjudged", 0)),
        "false_per_month": round(false * month, 2),
        "interval": [round(low * month, 2), round(high * month, 2)],
        "promised_per_month": promised,
    }


def _at_most(n: int, mean: float) -> float:
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(n + 1))


def _mean(below: Callable[[float], bool]) -> float:
    """Return the mean at which a condition that holds for small ones ends."""
    low, high = 1e-9, 10_000.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low
