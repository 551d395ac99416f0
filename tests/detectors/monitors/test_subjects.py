"""A signal that asks several things: while one of them stands the others are told, by the same promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Monitor, Observations, Ruling, Signal
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.suite import check_cut, check_restore
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, simulate

DAY = 1440
FAQ = Leaf("default", "anthropic", "shop/faq", "claude-opus-4-5")
OTHER = Leaf("default", "openai", "shop/search", "gpt-5.4-mini")


def calls(*shifts: Shift, days: int = 21, only: set[str] | None = None) -> Observations:
    """Return three weeks of two routes, one of them shifted."""
    streams = [Stream(FAQ, "shop", 900, shifts=shifts), Stream(OTHER, "shop", 900)]
    return simulate(streams, days, 5, Weather(retries=0.1), only=only)


def toxic() -> Observations:
    """Return a route whose users turn rude for five days, and which answers them in kind for the last two."""
    return calls(
        Shift("toxic_prompt", 0.4, 15.2, 20.2),
        Shift("toxic_response", 0.3, 18.2, 19.2),
        only={"error", "toxic_prompt", "toxic_response"},
    )


def lengths() -> Observations:
    """Return a route whose questions get longer, and later its answers."""
    shifts = (Shift("input_tokens", 2.0, 15.2), Shift("output_tokens", 2.0, 17.2))
    return calls(*shifts, days=19, only={"input_tokens", "output_tokens"})


def unjudged() -> Observations:
    """Return a route of whose calls one detector judges none any more, and later another one."""
    made = calls(days=19, only={"error"})
    late = [made.minute >= MONDAY + int(at * DAY) for at in (15.2, 17.2)]
    privacy, refused = (np.where((made.leaf == 0) & after, -2, 0).astype(np.int8) for after in late)
    judged = np.zeros(len(made), dtype=np.int8)
    return replace(
        made,
        privacy=privacy,
        refused=refused,
        toxic_prompt=judged,
        toxic_response=judged,
        hallucinated=judged,
    )


@pytest.mark.parametrize(
    ("make", "made", "first", "second", "at"),
    [
        (RateMonitor, toxic, "toxic prompts", "toxic answers", 18.2),
        (LevelMonitor, lengths, "input tokens", "output tokens", 17.2),
        (
            CoverageMonitor,
            unjudged,
            "calls that privacy could not judge",
            "calls that refusal could not judge",
            17.2,
        ),
    ],
)
def test_both(
    make: Callable[[], Monitor], made: Callable[[], Observations], first: str, second: str, at: float
) -> None:
    """A second question of a signal is told on the same series while the first stands, and as news."""
    observations = made()
    raised = [one for one in check_cut(make, observations, 7 * 60) if one.state == "raised"]
    assert [one.facts["what"] for one in raised] == [first, second]
    assert [one.series.route for one in raised] == ["shop/faq", "shop/faq"]
    assert "news" not in raised[0].facts
    assert raised[1].facts["news"] == second
    assert f"Besides {first}, told before." in raised[1].note
    assert 0 < raised[1].minute - (MONDAY + at * DAY) < DAY
    check_restore(make, observations, raised[1].minute + 100)


def test_one_end() -> None:
    """Of two questions of one series the end is said when both are over: it is one alert."""
    signals = check_cut(RateMonitor, toxic(), DAY)
    assert [one.state for one in signals] == ["raised", "raised", "cleared"]
    assert signals[-1].minute > MONDAY + 20.2 * DAY


@pytest.mark.parametrize("expected", [True, False])
def test_word(*, expected: bool) -> None:
    """What a person says of the alert holds for both; said before the second, it is no word about that."""
    observations = toxic()
    first, second, _ = check_cut(RateMonitor, observations, DAY)

    def said(signal: Signal) -> list[Signal]:
        word = Ruling(signal.minute + 30, "toxicity", frozenset({signal.series}), expected)
        return check_cut(RateMonitor, replace(observations, rulings=[word]), 7 * 60)

    early = said(first)
    assert [one.state for one in early[:2]] == ["raised", "cleared"]
    assert second.facts["what"] in [one.facts["what"] for one in early[2:] if one.state == "raised"]
    late = [one.state for one in said(second)]
    assert late[:3] == ["raised", "raised", "cleared"]
    assert (late[3:] == []) == expected


def test_promise() -> None:
    """What is asked besides is part of the mixture that its row has promised for: no row, no stake more."""
    monitor = RateMonitor()
    monitor.update(toxic())
    board = monitor.watch.board
    assert board.engine.weights.sum(axis=1) == pytest.approx(1.0)
    assert len(board.engine.weights) == len(board.plan.signals) * len(board.series)
