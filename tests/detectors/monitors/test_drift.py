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
