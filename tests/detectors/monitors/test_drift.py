"""Texts that move are said to have moved until they are back."""

import pytest

from detectors.monitors.base import Leaf
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.suite import signals
from detectors.monitors.testing import Shift, Stream, Weather, simulate


@pytest.mark.parametrize(
    ("share", "until", "states"), [(0.5, 17.0, ["raised", "cleared"]), (0.1, 99.0, ["raised"])]
)
def test_until_back(share: float, until: float, states: list[str]) -> None:
    """A shift is cleared soon after its end; a weak one that stays is not cleared."""
    shift = Shift("prompt_topic", share, 15.4, until)
    stream = Stream(Leaf("default", "openai", "support/bot", "gpt-4o"), calls_per_day=500, shifts=[shift])
    observations = simulate([stream], 21, 1, Weather())
    days = range(observations.start, observations.end + 1, 1440)
    found = [
        signal for signal in signals(DriftMonitor(), observations, days) if signal.signal == "prompt_drift"
    ]
    assert [signal.state for signal in found] == states


@pytest.mark.parametrize(("encoder", "found"), [("a", True), ("b", False)])
def test_other_encoder(encoder: str, found: bool) -> None:
    """What was learned from one encoder's numbers is not held against another's."""
    stream = Stream(
        Leaf("default", "openai", "support/bot", "gpt-4o"),
        calls_per_day=500,
        shifts=[Shift("prompt_topic", 0.5, 15.4, 99.0)],
    )
    days = list(range(0, 22, 1))
    observations = simulate([stream], 21, 1, Weather())
    marks = [observations.start + 1440 * day for day in days]
    learned = DriftMonitor(encoder="a")
    signals(learned, observations, marks[:16])
    after = DriftMonitor(encoder=encoder)
    after.restore(learned.snapshot())
    told = signals(after, observations, marks[15:])
    assert any(signal.signal == "prompt_drift" for signal in told) is found


@pytest.mark.parametrize(("column", "what"), [("prompt_topic", "topics"), ("prompt_spelling", "spelling")])
def test_what_moved(column: str, what: str) -> None:
    """Typing errors are called spelling, new questions are not."""
    shift = Shift(column, 0.5, 15.4)
    stream = Stream(Leaf("default", "openai", "support/bot", "gpt-4o"), calls_per_day=500, shifts=[shift])
    observations = simulate([stream], 18, 2, Weather())
    (found,) = [one for one in DriftMonitor().update(observations) if one.signal == "prompt_drift"]
    assert found.facts["what"] == what
    assert ("spelling" in found.note) == (what == "spelling")
    assert len(set(found.examples)) == 3


def test_where() -> None:
    """The model whose calls moved is named, and kept through a snapshot; the route's other one is not."""
    leaves = [Leaf("default", platform, "support/bot", "gpt-4o") for platform in ("azure", "openai")]
    shift = Shift("prompt_topic", 0.5, 15.4)
    streams = [Stream(leaves[0], calls_per_day=400), Stream(leaves[1], calls_per_day=400, shifts=[shift])]
    observations = simulate(streams, 18, 3, Weather())
    days = [observations.start + 1440 * day for day in range(19)]
    learned, after = DriftMonitor(), DriftMonitor()
    signals(learned, observations, days[:16])
    after.restore(learned.snapshot())
    (found,) = [one for one in signals(after, observations, days[15:]) if one.signal == "prompt_drift"]
    assert found.facts["slice"] == "model openai/gpt-4o"
