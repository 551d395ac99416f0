"""How many alerts were false, beside what was promised."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.truth import poisson, truth
from services.config import Config

UNTIL = datetime(2026, 11, 30, tzinfo=UTC)
MONTH = UNTIL - timedelta(days=30)


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        (0, 0.0, 3.6889),
        (1, 0.0253, 5.5716),
        (2, 0.2422, 7.2247),
        (10, 4.7954, 18.3904),
        (100, 81.364, 121.627),
    ],
)
def test_poisson(n: int, low: float, high: float) -> None:
    """The interval is the exact one of the tables (Garwood 1936)."""
    assert poisson(n) == pytest.approx((low, high), abs=2e-3)


def test_month() -> None:
    """What people said of a month's pages stands beside the promise, with what nobody said anything of."""
    rows = [{"severity": "page", "fired": 5, "false_alarms": 1, "expected": 1, "unjudged": 2}]
    found = truth(rows, Config(), MONTH, UNTIL)
    assert found["pages"] == {
        "fired": 5,
        "false": 1,
        "expected": 1,
        "unjudged": 2,
        "false_per_month": 1.0,
        "interval": [0.03, 5.57],
        "promised_per_month": 1,
    }
    assert found["tickets"]["fired"] == 0


def test_short() -> None:
    """Of a shorter time the rate is a month's, and its interval as much wider."""
    rows = [{"severity": "ticket", "fired": 2, "false_alarms": 2, "expected": 0, "unjudged": 0}]
    found = truth(rows, Config(), UNTIL - timedelta(days=10), UNTIL)
    assert (found["days"], found["tickets"]["false_per_month"]) == (10.0, 6.0)
    assert found["tickets"]["interval"] == [0.73, 21.67]


def test_nothing_yet() -> None:
    """On the first day nothing is divided by next to nothing."""
    found = truth([], Config(), UNTIL, UNTIL)
    assert found["pages"]["false_per_month"] == 0.0
    assert math.isfinite(found["pages"]["interval"][1])
