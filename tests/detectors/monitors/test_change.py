"""Served models that come one after the other: each is told while the change before it stands, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations, Ruling, Signal
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.suite import check_cut, check_restore
from detectors.monitors.testing import MONDAY, Stream, Weather, simulate

DAY = 1440
LEAVES = [
    Leaf("default", "anthropic", "shop/faq", "claude-opus-4-5"),
    Leaf("default", "anthropic", "shop/chat", "claude-opus-4-5"),
    Leaf("default", "openai", "shop/search", "gpt-5.4-mini"),
]
Turn = tuple[float, int, float]  # day, who answers from then on, which share
SERVED = ["served-a", "served-b", "served-c", "served-d"]


def calls(*turns: Turn, routes: Sequence[int] = (0,), days: int = 20) -> Observations:
    """Return three routes, on some of which a share of the calls is answered by other models from days on."""
    made = simulate([Stream(leaf, "shop", 600) for leaf in LEAVES], days, 5, Weather(), only={"error"})
    served, draw = np.zeros(len(made), dtype=np.int32), np.random.default_rng(4)
    for day, model, share in turns:
        after = (made.minute >= MONDAY + day * DAY) & np.isin(made.leaf, routes)
        served[after & (draw.random(len(made)) < share)] = model
    return replace(made, served=served, served_models=SERVED)


def told(signals: Sequence[Signal]) -> list[tuple[str, str, str]]:
    """Return of each signal its state, whom it names, and whether that is news of what stands."""
    return [(one.state, one.facts["to"], one.facts.get("news", "")) for one in signals]


def test_one_after_the_other() -> None:
    """A second and a third unknown model are told while the change stands; the first again is no news."""
    observations = calls((15.2, 1, 1.0), (16.2, 2, 1.0), (17.2, 3, 0.3), (18.2, 1, 0.5))
    signals = check_cut(ChangeMonitor, observations, 7 * 60)
    assert told(signals) == [
        ("raised", "served-b", ""),
        ("raised", "served-c", "served-c"),
        ("raised", "served-d", "served-d"),
    ]
    for signal, day in zip(signals, (15.2, 16.2, 17.2), strict=True):
        assert 0 < signal.minute - (MONDAY + day * DAY) < 240
        assert signal.series.route == "shop/faq"
        assert signal.facts["from"] == "served-a"
    assert signals[2].note.endswith("Told before: served-b, served-c.")
    check_restore(ChangeMonitor, observations, signals[1].minute + 300)


@pytest.mark.parametrize("share", [0.001, 0.003])
def test_stray(share: float) -> None:
    """A stray answer of a further model is no change."""
    signals = check_cut(ChangeMonitor, calls((15.2, 1, 1.0), (16.2, 2, share)), DAY)
    assert told(signals) == [("raised", "served-b", "")]


def test_end() -> None:
    """What a further model began ends with the change: when those that are known answer again."""
    signals = check_cut(ChangeMonitor, calls((15.2, 1, 1.0), (15.7, 2, 1.0), (17.2, 0, 1.0)), DAY)
    assert [one.state for one in signals] == ["raised", "raised", "cleared"]
    assert signals[2].minute > MONDAY + 17.2 * DAY


def test_later_end() -> None:
    """A further model that comes days later is no end of what stands, either."""
    signals = check_cut(ChangeMonitor, calls((15.2, 1, 1.0), (17.2, 2, 1.0), days=24), DAY)
    assert [one.state for one in signals] == ["raised", "raised"]


def test_same_minute() -> None:
    """A provider that moves a model under several routes again is one signal again, of all of them."""
    observations = calls((15.2, 1, 1.0), (17.2, 2, 1.0), routes=(0, 1))
    raised = [one for one in check_cut(ChangeMonitor, observations, 97) if one.state == "raised"]
    assert [(one.facts["to"], set(one.routes)) for one in raised][-1] == (
        "served-c",
        {"shop/faq", "shop/chat"},
    )
    assert {one.facts["to"] for one in raised} == {"served-b", "served-c"}


def test_expected() -> None:
    """Once they are expected, all that were told are known."""
    observations = calls((15.2, 1, 1.0), (16.2, 2, 0.5), (18.2, 3, 1.0))
    second = check_cut(ChangeMonitor, observations, DAY)[1]
    word = Ruling(second.minute + 30, "model_changed", frozenset({second.series}), expected=True)
    signals = check_cut(ChangeMonitor, replace(observations, rulings=[word]), 7 * 60)
    assert [(one.state, one.facts["to"]) for one in signals] == [
        ("raised", "served-b"),
        ("raised", "served-c"),
        ("cleared", "served-c"),
        ("raised", "served-d"),
    ]
