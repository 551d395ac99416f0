from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.moved.advice import Advice, Stage, advise
from services.moved.difference import Difference
from services.moved.guards import Guard
from services.moved.steps import LAST

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)


def stage(place: int = 2, hours: float = 30.0, calls: int = 1_000) -> Stage:
    """Return a step that began so many hours ago."""
    since = NOW - timedelta(hours=hours)
    return Stage(place, since, calls, calls / hours, since - timedelta(days=1))


def guard(value: float, error: float, width: float = 4.0, limit: float = 0.01) -> Guard:
    """Return errors that differ by so much."""
    low, high = value - width * error, value + width * error
    return Guard(
        "errors", limit, Difference(value, 0.01, 0.01 + value, 9_000, 1_000, error, width, low, high)
    )


def told(*guards: Guard, at: Stage | None = None) -> Advice:
    """Return the advice."""
    return advise(at or stage(), guards, NOW)


@pytest.mark.parametrize(
    ("value", "error", "state"),
    [
        (0.0, 0.001, "kept"),
        (0.0, 0.01, "open"),
        (0.012, 0.01, "open"),  # over the limit, as of two equal models one in three is
        (0.02, 0.005, "over"),
        (0.05, 0.005, "broken"),
    ],
)
def test_states(value: float, error: float, state: str) -> None:
    """A guard is sure to either side, leans over its limit, or is open."""
    assert guard(value, error).state == state
    assert Guard("errors", 0.01, None).state == "unknown"


def test_broken_first() -> None:
    """A broken guard rolls back whatever the age; what gets no calls was rolled back."""
    young = stage(hours=2.0, calls=60)
    assert told(guard(0.05, 0.005), at=young).action == "roll back"
    assert told(guard(0.05, 0.005), at=stage(place=0)).action == "rolled back"


def test_ladder() -> None:
    """A step that is a day old and has 300 calls goes on to the next one."""
    assert told(guard(0.0, 0.01)).next_share == 0.25
    assert told(at=stage(place=4)).next_share == 1.0
    young = told(at=stage(hours=10.0))
    assert (young.action, young.until) == ("wait", NOW + timedelta(hours=14))
    few = told(at=stage(hours=30.0, calls=100))
    assert (few.action, few.until) == ("wait", NOW + timedelta(hours=60))


def test_over_waits() -> None:
    """What leans over its limit waits until it would be sure: four errors apart takes four times as long."""
    found = told(guard(0.02, 0.005))
    assert (found.action, found.until) == ("wait", NOW + 3 * timedelta(hours=54))
    never = told(guard(0.0101, 0.00001, width=100.0))
    assert never.until is None
    assert never.reasons[-1] == "undecidable at this traffic: yours to decide"


def test_end() -> None:
    """After the last step the incumbent stays callable for a week; then it is done."""
    last = stage(place=LAST, hours=48.0)
    assert (told(at=last).action, told(at=last).until) == ("wait", NOW + timedelta(days=5))
    assert told(at=stage(place=LAST, hours=169.0)).action == "done"
