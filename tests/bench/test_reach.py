"""A bench says of each line of what is asked whether it held; what did not run is no line."""

from __future__ import annotations

from bench.advice import asked
from bench.reach import at_least, at_most, column


def test_worst() -> None:
    """The worst case decides, and what is asked stands beside it."""
    assert at_most("told", [0.5, 3.2], 3) == [
        {"asked": "told", "figure": 3.2, "reach": "<= 3", "held": False}
    ]
    assert at_least("found", [100.0, 93.0], 93) == [
        {"asked": "found", "figure": 93.0, "reach": ">= 93", "held": True}
    ]
    assert at_most("told", [], 3) == at_least("found", [], 3) == []


def test_column() -> None:
    """Rows are chosen by their values; one without the figure is none."""
    rows: list[dict[str, object]] = [
        {"part": "a", "n": 1},
        {"part": "a", "n": None},
        {"part": "a"},
        {"part": "b", "n": 2},
    ]
    assert column(rows, "n", part="a") == [1.0]


def test_advice() -> None:
    """Of advice, only what ran is asked, each by its own rows."""
    rows = [
        {"part": "edge", "method": "looks", "false_switch": 2.4},
        {"part": "edge", "method": "raw means", "false_switch": 52.0},
        {"part": "mix", "method": "looks", "pairs": 2_000, "regret": 0.41},
        {"part": "mix", "method": "looks", "pairs": 100, "regret": 1.84},
    ]
    assert [(row["figure"], row["reach"], row["held"]) for row in asked(rows)] == [
        (2.4, "<= 3", True),
        (0.41, "<= 0.4", False),
    ]
