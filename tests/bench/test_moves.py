from __future__ import annotations

import pytest

from bench.moves import PARTS, measure


@pytest.mark.statistical
def test_false_roll_backs() -> None:
    """A candidate that is no worse, looked at every twelve hours, is rolled back in none of ten moves."""
    rows = measure("equal", 10, 12, 1)
    assert [row["rolled_back"] for row in rows] == [0.0] * 4


@pytest.mark.statistical
def test_roll_backs() -> None:
    """One that fails in five points more is rolled back by the step of a quarter, every time."""
    found = {row["case"]: row for row in measure("worse", 10, 12, 1)}
    assert found["errors +5 pt"]["by_25"] == 100.0
    assert found["errors +5 pt"]["guard"] == "errors"
    assert found["cost x1.3"]["rolled_back"] == 100.0


def test_steps_read() -> None:
    """At 300 calls an hour every step is read rightly when it is a day old."""
    assert PARTS[-1] == "steps"
    (_, row, _) = measure("steps", 5, 24, 1)
    assert {row[name] for name in ("5%", "25%", "50%", "100%")} == {100.0}
