"""What a person says of a signal: expected begins new references, false only ends the incident."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Monitor, Observations, Ruling, Series, Signal, SignalName
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.suite import check_cut, check_restore, signals
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, cut, simulate

DAY = 1440
FAQ = Leaf("default", "anthropic", "shop/faq", "claude-opus-4-5")
OTHER = Leaf("default", "openai", "shop/search", "gpt-5.4-mini")
WEATHER = Weather(retries=0.1)


def traffic(*shifts: Shift, days: int, calls: float = 400) -> Observations:
    """Return traffic of two routes, one of them shifted."""
    streams = [Stream(FAQ, "shop", calls, shifts=shifts), Stream(OTHER, "shop", calls)]
    return simulate(streams, days, 5, WEATHER)


def first(monitor: Monitor, observations: Observations) -> Signal:
    """Return the first signal of a fresh monitor."""
    return next(iter(daily(monitor, observations)))


def daily(monitor: Monitor, observations: Observations) -> list[Signal]:
    """Return the signals, a day at a time."""
    return signals(
        monitor, observations, [*range(observations.start, observations.end, DAY), observations.end]
    )


def ruled(observations: Observations, raised: Signal, *, expected: bool, after: int = 90) -> Observations:
    """Return the observations with what a person said soon after a signal."""
    said = Ruling(raised.minute + after, raised.signal, frozenset({raised.series}), expected)
    return replace(observations, rulings=[said])


def states(found: Sequence[Signal], signal: SignalName) -> list[str]:
    """Return what was said of one signal, in order."""
    return [each.state for each in found if each.signal == signal]


def test_expected() -> None:
    """An accepted change is over at once and is news no more; a change of the new level is found again."""
    observations = traffic(Shift("hallucinated", 0.3, 15.2, 32.0), Shift("hallucinated", 0.75, 32.0), days=36)
    raised = first(RateMonitor(), observations)
    found = daily(RateMonitor(), ruled(observations, raised, expected=True))
    assert states(found, "hallucination") == ["raised", "cleared", "raised"]
    over, again = found[1], found[2]
    assert (over.minute, over.series) == (raised.minute + 89, raised.series)
    assert "expected" in over.note
    assert again.minute > MONDAY + 32 * DAY
    assert again.reference == pytest.approx(0.3, abs=0.12)


def test_false() -> None:
    """A change that a person calls false is found again, against the same reference."""
    observations = traffic(Shift("hallucinated", 0.3, 15.2), days=20)
    raised = first(RateMonitor(), observations)
    found = daily(RateMonitor(), ruled(observations, raised, expected=False))
    assert states(found, "hallucination") == ["raised", "cleared", "raised"]
    assert found[2].reference == pytest.approx(raised.reference, rel=0.2)
    assert found[2].minute < raised.minute + 5 * DAY


def test_other_signals() -> None:
    """While one signal of a route learns anew the others are watched as before."""
    observations = traffic(Shift("hallucinated", 0.3, 15.2), Shift("refused", 0.3, 18.0), days=21)
    raised = first(RateMonitor(), observations)
    found = daily(RateMonitor(), ruled(observations, raised, expected=True))
    assert states(found, "refusal") == ["raised"]
    assert states(found, "hallucination") == ["raised", "cleared"]


def test_gross_change() -> None:
    """While a signal learns anew, gross change is seen against what came since."""
    observations = traffic(
        Shift("refused", 0.12, 15.2, 19.0), Shift("refused", 0.9, 19.0), days=21, calls=900
    )
    raised = first(RateMonitor(), observations)
    monitor = RateMonitor()
    found = daily(monitor, ruled(observations, raised, expected=True))
    assert states(found, "refusal")[:3] == ["raised", "cleared", "raised"]
    assert found[2].minute > MONDAY + 19 * DAY
    (state,) = [
        each for each in monitor.readiness() if each.signal == "refusal" and each.series.route == FAQ.route
    ]
    assert (state.stage, state.watched) == ("learning", "gross")
    assert state.ready == state.since + 14 * DAY


def test_size() -> None:
    """A size that was accepted has a new reference after a week."""
    observations = traffic(
        Shift("latency_ms", 2.0, 15.2, 26.0), Shift("latency_ms", 5.0, 26.0), days=29, calls=900
    )
    raised = first(LevelMonitor(), observations)
    found = daily(LevelMonitor(), ruled(observations, raised, expected=True))
    assert states(found, "latency") == ["raised", "cleared", "raised"]
    assert found[2].observed / found[2].reference == pytest.approx(2.5, rel=0.4)


def test_two_signals() -> None:
    """When a second signal of a route is accepted, what stands in for the first goes on standing in."""
    shifts = (Shift("error", 0.08, 15.1), Shift("refused", 0.3, 15.1))
    observations = traffic(*shifts, days=17, calls=3000)
    raised = {
        each.signal: each for each in daily(RateMonitor(), cut(observations, MONDAY, MONDAY + 16 * DAY))
    }
    at = MONDAY + 16 * DAY + 300
    pair: tuple[SignalName, ...] = ("error", "refusal")
    said = [
        Ruling(at + 30 * i, signal, frozenset({raised[signal].series}), expected=True)
        for i, signal in enumerate(pair)
    ]
    monitor = RateMonitor()
    daily(monitor, cut(replace(observations, rulings=said), MONDAY, at + 60))
    gross = {
        each.signal for each in monitor.readiness() if each.stage == "learning" and each.watched == "gross"
    }
    assert gross == {"error", "refusal"}


def test_few_calls() -> None:
    """A route of ten calls a day is watched again after an accepted change, once enough was seen."""
    shifts = (Shift("error", 0.5, 40.0, 44.0), Shift("error", 0.9, 75.0))
    observations = simulate([Stream(FAQ, "shop", 10, shifts=shifts)], 90, 4, only={"error"})
    raised = first(RateMonitor(), observations)
    found = daily(RateMonitor(), ruled(observations, raised, expected=True))
    assert states(found, "error") == ["raised", "cleared", "raised"]
    assert found[2].minute > MONDAY + 75 * DAY


def test_model() -> None:
    """A served model that was accepted is known from then on, and what follows it is told apart from it."""
    observations = traffic(Shift("served", 1.0, 15.4), days=24)
    raised = first(ChangeMonitor(), observations)
    said = ruled(observations, raised, expected=True)
    monitor = ChangeMonitor()
    assert states(daily(monitor, said), "model_changed") == ["raised", "cleared"]
    later = traffic(days=40)
    third = replace(later, served=np.where(later.leaf == 0, 2, 0).astype(np.int32))
    (news,) = [
        each
        for each in daily(monitor, cut(third, MONDAY + 24 * DAY, MONDAY + 30 * DAY))
        if each.series.route == FAQ.route
    ][:1]
    assert (news.facts["from"], news.facts["to"]) == ("served-b", "served-c")


def test_texts() -> None:
    """A move of texts that was accepted is learnt; the route says so meanwhile."""
    observations = traffic(Shift("prompt_topic", 0.8, 15.2), days=22)
    raised = first(DriftMonitor(), observations)
    assert raised.signal == "prompt_drift"
    monitor = DriftMonitor()
    found = daily(monitor, ruled(observations, raised, expected=True))
    assert states(found, "prompt_drift") == ["raised", "cleared"]
    stages = {each.signal: each.stage for each in monitor.readiness() if each.series.route == FAQ.route}
    assert stages == {"prompt_drift": "learning", "response_drift": "watched"}


@pytest.mark.parametrize(
    ("make", "shift"),
    [
        (RateMonitor, Shift("hallucinated", 0.35, 15.2)),
        (LevelMonitor, Shift("latency_ms", 2.0, 15.2)),
        (ChangeMonitor, Shift("served", 1.0, 15.2)),
        (DriftMonitor, Shift("prompt_topic", 0.8, 15.2)),
    ],
)
@pytest.mark.parametrize("expected", [True, False])
def test_any_cut(make: Callable[[], Monitor], shift: Shift, *, expected: bool) -> None:
    """However the minutes are cut, and over a restart, a person's word does the same."""
    observations = traffic(shift, days=18)
    said = ruled(observations, first(make(), observations), expected=expected)
    assert "cleared" in [each.state for each in check_cut(make, said, 7 * 60)]
    check_restore(make, said, MONDAY + 17 * DAY + 100)


def test_nothing_stands() -> None:
    """What is said of a signal that has gone changes nothing."""
    observations = traffic(days=18)
    route = frozenset({Series("route", "default", route=FAQ.route)})
    said = Ruling(MONDAY + 16 * DAY + 5, "error", route, expected=True)
    assert daily(RateMonitor(), replace(observations, rulings=[said])) == daily(RateMonitor(), observations)


def test_few_calls_readiness() -> None:
    """A route of two calls a day is not said to be ready on a day that has passed."""
    monitor = RateMonitor()
    daily(monitor, simulate([Stream(FAQ, "shop", 2)], 30, 4, only={"error"}))
    (state,) = [each for each in monitor.readiness() if each.signal == "error"]
    assert (state.stage, state.ready) == ("learning", None)


def test_readiness() -> None:
    """A series is learning until its days are over, and says until when; few bad calls are said to be few."""
    monitor = RateMonitor()
    observations = traffic(days=18)
    daily(monitor, cut(observations, MONDAY, MONDAY + 5 * DAY))
    early = {each.signal: each for each in monitor.readiness() if each.series.route == FAQ.route}
    assert {each.stage for each in early.values()} == {"learning"}
    assert early["error"].ready == MONDAY + 14 * DAY
    daily(monitor, cut(observations, MONDAY + 5 * DAY, MONDAY + 18 * DAY))
    late = {each.signal: each for each in monitor.readiness() if each.series.route == FAQ.route}
    assert (late["hallucination"].stage, late["hallucination"].watched) == ("watched", "fully")
    assert (late["toxicity"].ready, late["error"].last) == (None, late["privacy"].last)
    assert MONDAY + 17 * DAY < (late["error"].last or 0) < MONDAY + 18 * DAY
