"""What can be judged only after a leaf's references have been frozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Monitor, Observations
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.readiness import Learning
from detectors.monitors.suite import check_cut, check_restore, signals
from detectors.monitors.testing import MONDAY, Shift, Stream, simulate

DAY = 1440
LEAF = Leaf("default", "openai", "rag", "gpt")
BEGIN = 17  # the day from which answers have context and stream


def traffic(days: int) -> Observations:
    """Return a route whose answers cannot be judged at first; on day 36 they turn worse, and slow."""
    shifts = (Shift("hallucinated", 0.6, 36.0), Shift("ttft_ms", 10.0, 36.0))
    found = simulate(
        [Stream(LEAF, "t", 600, shifts=shifts)],
        days,
        4,
        only={"error", "hallucinated", "ttft_ms", "latency_ms"},
    )
    before = found.minute < MONDAY + BEGIN * DAY + 600
    return replace(
        found,
        hallucinated=np.where(before, np.int8(-1), found.hallucinated),
        hallucination=np.where(before, np.float32(np.nan), found.hallucination),
        ttft_ms=np.where(before, np.nan, found.ttft_ms),
    )


@pytest.mark.parametrize(("make", "signal"), [(RateMonitor, "hallucination"), (LevelMonitor, "ttft")])
def test_learnt_late(make: Callable[[], Monitor], signal: str) -> None:
    """What can be judged from the third week on is learnt then, and watched like all else."""
    monitor, observations = make(), traffic(38)
    found = signals(monitor, observations, range(observations.start, observations.end + 1, DAY))
    assert [(each.signal, each.state) for each in found] == [(signal, "raised")]
    assert found[0].minute > MONDAY + 36 * DAY
    assert isinstance(monitor, Learning)
    (ready,) = [each for each in monitor.readiness() if each.signal == signal]
    assert (ready.stage, ready.watched) == ("watched", "fully")


@pytest.mark.parametrize(("make", "signal"), [(RateMonitor, "hallucination"), (LevelMonitor, "ttft")])
def test_says_so(make: Callable[[], Monitor], signal: str) -> None:
    """Meanwhile the signal is said to learn, from the day of its first value."""
    monitor, observations = make(), traffic(20)
    signals(monitor, observations, range(observations.start, observations.end + 1, DAY))
    assert isinstance(monitor, Learning)
    (ready,) = [each for each in monitor.readiness() if each.signal == signal]
    assert (ready.stage, ready.since) == ("learning", MONDAY + BEGIN * DAY)


def test_nothing_to_learn() -> None:
    """What never can be judged is not said to be learnt, and leaves nothing behind."""
    monitor = RateMonitor()
    observations = simulate([Stream(LEAF, "t", 300)], 18, 4, only={"error"})
    signals(monitor, observations, range(observations.start, observations.end + 1, DAY))
    assert {each.stage for each in monitor.readiness() if each.signal == "hallucination"} == {"insufficient"}
    assert not monitor.watch.roster.renewals


@pytest.mark.parametrize("make", [RateMonitor, LevelMonitor])
def test_any_cut(make: Callable[[], Monitor]) -> None:
    """However the minutes are cut, and over a restart, it is learnt alike."""
    check_cut(make, traffic(38), 11 * 60)
    check_restore(make, traffic(38), MONDAY + BEGIN * DAY + 900)
    check_restore(make, traffic(38), MONDAY + 20 * DAY + 100)
