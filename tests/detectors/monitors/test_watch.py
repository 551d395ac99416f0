"""What the watch says of whole fleets: one incident is one signal, and silence where nothing happened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.all import monitors
from detectors.monitors.base import Leaf, Monitor, Series, Signal
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, cut, simulate
from detectors.monitors.unpriced import UnpricedMonitor

LEAVES = (
    Leaf("default", "openai", "support/answers", "gpt-5.4"),
    Leaf("default", "openai", "shop/search", "gpt-5.4-mini"),
    Leaf("default", "openai", "law/review", "gpt-5.4"),
    Leaf("default", "anthropic", "shop/faq", "claude-opus-4-5"),
    Leaf("default", "azure", "law/draft", "gpt-5.4"),
)


def found(
    monitor: Monitor,
    shifts: Mapping[int, Sequence[Shift]],
    days: int,
    seed: int = 3,
    weather: Weather | None = None,
) -> list[Signal]:
    """Return the signals of five routes with some of them shifted."""
    streams = [Stream(leaf, "team", 300, shifts=shifts.get(i, ())) for i, leaf in enumerate(LEAVES)]
    observations = simulate(streams, days, seed, weather or Weather(retries=0.1))
    signals: list[Signal] = []
    for day in range(days):
        signals += monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
    return signals


def test_outage() -> None:
    """An outage of three routes of a platform is said of the platform, once, and cleared after it."""
    outage = {i: [Shift("error", 0.6, 15.5, 15.6)] for i in (0, 1, 2)}
    signals = found(RateMonitor(), outage, 17)
    raised = [signal for signal in signals if signal.state == "raised"]
    assert {(signal.signal, signal.series.level, signal.series.platform) for signal in raised} == {
        ("error", "platform", "openai")
    }
    assert set(raised[-1].routes) == {leaf.route for leaf in LEAVES[:3]}
    assert signals[-1].state == "cleared"
    assert raised[0].minute - (MONDAY + 15.5 * 1440) < 60


def test_same_name() -> None:
    """The end of one incident says nothing of another one that bears the same name."""
    leaves = [Leaf("default", "openai", f"route/{i}", f"model-{i}") for i in range(5)]
    others = [Leaf("default", "azure", f"other/{i}", "gpt") for i in range(2)]
    spans = [(15.5, 17.5), (15.5, 17.5), (16.5, 30.0), (16.5, 30.0)]
    shifts = [(Shift("error", 0.5, *span),) for span in spans] + [()] * 3
    streams = [
        Stream(leaf, "team", 400, shifts=shift)
        for leaf, shift in zip([*leaves, *others], shifts, strict=True)
    ]
    observations = simulate(streams, 19, 4, only={"error"})
    monitor = RateMonitor()
    signals = [
        signal
        for day in range(19)
        for signal in monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
        if signal.series == Series("platform", "default", "openai")
    ]
    assert {signal.state for signal in signals} == {"raised"}
    assert [set(signal.routes) for signal in signals] == [
        {"route/0", "route/1"},
        {"route/2", "route/3"},
    ]
    assert [len(one.leaves) for one in monitor.watch.incidents] == [2]


def test_one_route() -> None:
    """A route that turns worse is named alone, with a size near the truth and examples."""
    signals = found(RateMonitor(), {3: [Shift("hallucinated", 0.35, 15.2)]}, 17)
    assert [signal.series.route for signal in signals] == ["shop/faq"]
    assert signals[0].high is not None
    assert signals[0].low < 0.35 < signals[0].high
    assert signals[0].examples
    assert abs(signals[0].began - (MONDAY + 15.2 * 1440)) < 600


def test_tenfold_volume() -> None:
    """Ten times the traffic of one route is no change of any rate or level."""
    volume = {3: [Shift("volume", 10.0, 15.0)]}
    assert found(RateMonitor(), volume, 18) + found(LevelMonitor(), volume, 18) == []


def test_retries() -> None:
    """One bad prompt repeated fifty times is one observation."""
    weather = Weather(wander=0.2, retries=0.5)
    assert found(RateMonitor(), {}, 18, weather=weather) == []


def test_cheaper_and_faster() -> None:
    """Only rises are news."""
    better = {0: [Shift("latency_ms", 0.4, 15.0), Shift("cost_usd", 0.3, 15.0)]}
    assert found(LevelMonitor(), better, 18) == []


def test_latency() -> None:
    """A latency step is found with its size in milliseconds."""
    signals = found(LevelMonitor(), {4: [Shift("latency_ms", 1.8, 15.2)]}, 17)
    assert [(signal.signal, signal.series.route, signal.unit) for signal in signals] == [
        ("latency", "law/draft", "ms")
    ]
    assert signals[0].observed / signals[0].reference == pytest.approx(1.8, rel=0.35)


def test_learning() -> None:
    """While a leaf learns only gross change is said, with a note."""
    assert found(RateMonitor(), {0: [Shift("refused", 0.08, 5.0)]}, 8) == []
    monitor = RateMonitor()
    signals = found(monitor, {0: [Shift("error", 0.7, 5.3, 5.8)]}, 8)
    assert {each.stage for each in monitor.readiness()} == {"learning"}
    assert signals[0].series.route == "support/answers"
    assert "learning" in signals[0].note


def test_learning_goes_on() -> None:
    """An incident that begins while a leaf learns is neither learnt nor declared over while it goes on."""
    signals = found(RateMonitor(), {0: [Shift("error", 0.4, 5.4)]}, 17)
    assert [signal.state for signal in signals] == ["raised"]


def test_at_least() -> None:
    """A stated least effect silences what lies below it."""
    shift = {3: [Shift("hallucinated", 0.15, 15.2)]}
    assert found(RateMonitor(), shift, 20)
    assert found(RateMonitor(at_least={"hallucination": 6.0}), shift, 20) == []


@pytest.mark.parametrize(("before", "after"), [(1.1, 2.0), (2.0, 1.1)])
def test_other_ratio(before: float, after: float) -> None:
    """Another least ratio holds at once: what is said then is as if references had been learnt under it."""
    shifts = {0: [Shift("latency_ms", 3.0, 16.4)], 3: [Shift("latency_ms", 1.6, 16.4)]}
    streams = [Stream(leaf, "team", 900, shifts=shifts.get(i, ())) for i, leaf in enumerate(LEAVES)]
    observations = simulate(streams, 19, 3, only={"latency_ms"})
    begin = MONDAY + 16 * 1440
    one, other, always = (
        LevelMonitor(at_least={"latency": ratio}, reference_days=14) for ratio in (before, after, after)
    )
    for monitor in (one, always):
        assert not monitor.update(cut(observations, MONDAY, begin))
    other.restore(one.snapshot())
    rest = cut(observations, begin, observations.end)
    found = list(other.update(rest))
    assert [signal.signal for signal in found] == ["latency"] * len(found)
    assert {route for signal in found for route in signal.routes} == (
        {"support/answers"} if after == 2.0 else {"support/answers", "shop/faq"}
    )
    known = {signal.series: signal for signal in always.update(rest)}
    for signal in found:
        assert signal.reference == pytest.approx(known[signal.series].reference)
        assert signal.observed == pytest.approx(known[signal.series].observed, rel=0.02)


def test_other_ratio_while_it_stands() -> None:
    """What stands when another least ratio is asked for is ended with a word, and found again by that."""
    shifts = [Shift("latency_ms", 3.0, 16.4)]
    streams = [Stream(leaf, "team", 900, shifts=shifts * (not i)) for i, leaf in enumerate(LEAVES)]
    observations = simulate(streams, 18, 3, only={"latency_ms"})
    before, once, twice = (LevelMonitor(at_least={"latency": ratio}) for ratio in (1.1, 2.0, 2.0))
    begin = MONDAY + 17 * 1440
    (raised,) = before.update(cut(observations, MONDAY, begin))
    once.restore(before.snapshot())
    twice.restore(once.snapshot())  # it has not seen a minute yet
    rest = cut(observations, begin, observations.end)
    over, again = once.update(rest)
    assert list(twice.update(rest)) == [over, again]
    assert (over.state, over.series, over.minute) == ("cleared", raised.series, begin - 1)
    assert over.note == "A rule asks for another least ratio since then: watched by that from now on."
    assert (again.state, again.series) == ("raised", raised.series)
    assert again.began >= begin
    twice.restore(once.snapshot())
    assert twice.update(cut(observations, observations.end, observations.end)) == []


def test_other_odds_while_it_stands() -> None:
    """What stands of a rate goes on under another least ratio: its calls are counted as before."""
    shifts = [Shift("error", 0.5, 16.4)]
    streams = [Stream(leaf, "team", 900, shifts=shifts * (not i)) for i, leaf in enumerate(LEAVES)]
    observations = simulate(streams, 18, 3, only={"error"})
    before, after = RateMonitor(), RateMonitor(at_least={"error": 3.0})
    begin = MONDAY + 17 * 1440
    assert [one.state for one in before.update(cut(observations, MONDAY, begin))] == ["raised"]
    after.restore(before.snapshot())
    assert after.update(cut(observations, begin, observations.end)) == []


def test_served_model() -> None:
    """A served model nobody knew is named with the one it replaces."""
    signals = found(ChangeMonitor(), {3: [Shift("served", 1.0, 15.4)]}, 17)
    assert [(signal.series.route, signal.facts["from"], signal.facts["to"]) for signal in signals] == [
        ("shop/faq", "served-a", "served-b")
    ]
    assert signals[0].minute - (MONDAY + 15.4 * 1440) < 240


def test_slow_route() -> None:
    """On a route of few calls who answers is learnt as long as its rate is, and a later change is found."""
    shifts = (Shift("served", 1.0, 18.0, 70.0), Shift("served", 0.0, 70.0))
    observations = simulate([Stream(LEAVES[0], "team", 8, shifts=shifts)], 110, 4, only={"error"})
    third = np.where(observations.minute >= MONDAY + 80 * 1440, 2, observations.served).astype(np.int32)
    monitor = ChangeMonitor()
    signals: list[Signal] = []
    for day in range(110):
        part = cut(replace(observations, served=third), MONDAY + day * 1440, MONDAY + (day + 1) * 1440)
        signals += monitor.update(part)
    assert [signal.facts["to"] for signal in signals] == ["served-c"]


def test_load_balancing() -> None:
    """Two served models that alternate from the start are both known."""
    assert (
        found(ChangeMonitor(), {3: [Shift("served", 0.3, 0.0, 15.0), Shift("served", 0.9, 15.0)]}, 18) == []
    )


def test_unpriced() -> None:
    """The third call without a price is enough, also on the first day."""
    signals = found(UnpricedMonitor(), {1: [Shift("unpriced", 1.0, 0.5, 1.0)]}, 3)
    assert [signal.state for signal in signals] == ["raised", "cleared"]
    assert signals[0].n == 3
    assert 0 < signals[0].share_of_traffic < 1


@pytest.mark.statistical
def test_silence() -> None:
    """A fleet in which nothing happens for four weeks causes no page and no ticket."""
    weather = Weather(rhythm=4.0, wander=0.2, retries=0.2)
    loud = [m for m in monitors() if m.name != "drift"]
    assert [signal for monitor in loud for signal in found(monitor, {}, 28, seed=9, weather=weather)] == []


@pytest.mark.parametrize("make", [RateMonitor, LevelMonitor])
def test_stray_calls(make: Callable[[], RateMonitor | LevelMonitor]) -> None:
    """A few calls three weeks before a route goes live are no days of learning."""
    live = [Shift("volume", 0.0, 0.05, 21.0)]
    streams = [Stream(LEAVES[0], "team", 300), Stream(LEAVES[1], "team", 900, shifts=live)]
    observations = simulate(streams, 30, 3, only={"error", "latency_ms"})
    monitor = make()
    for day in range(30):
        monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
    roster = monitor.watch.roster
    number = roster.leaves.index(LEAVES[1])
    assert number in roster.learning
    assert roster.since[number] == MONDAY + 21 * 1440


def test_newcomer() -> None:
    """A route whose first call comes in the middle of a day joins the others, and breaks nothing."""
    streams = [
        Stream(LEAVES[0], "team", 300),
        Stream(LEAVES[1], "team", 300, shifts=[Shift("volume", 0.0, 0.0, 15.4)]),
    ]
    observations = simulate(streams, 17, 3)
    monitor = RateMonitor()
    for day in range(17):
        monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
    assert monitor.watch.roster.leaves == [LEAVES[0], LEAVES[1]]
    assert monitor.watch.roster.since[1] == MONDAY + 15 * 1440
