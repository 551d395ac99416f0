"""What becomes of series that have no calls any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Monitor, Observations
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.coverage import CoverageMonitor
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.level import LevelMonitor
from detectors.monitors.page_budget import PageBudget
from detectors.monitors.rate import RateMonitor
from detectors.monitors.silence import SilenceMonitor
from detectors.monitors.suite import check_cut, check_restore, signals
from detectors.monitors.testing import MONDAY, Shift, Stream, simulate

DAY = 1440
DAYS = 48
LATER = 5  # the day on which the last of the short-lived routes is gone

Make = Callable[[], Monitor]

STEADY = [Leaf("acme", "openai", f"steady/{i}", "gpt") for i in range(3)]
SHORT = [Leaf("acme", "openai", f"preview/{i}", "gpt") for i in range(6)]
MAKES: Sequence[Make] = (
    lambda: RateMonitor(PageBudget(), reference_days=3),
    lambda: LevelMonitor(PageBudget(), reference_days=3),
    lambda: ChangeMonitor(PageBudget(), reference_days=3),
    lambda: CoverageMonitor(PageBudget(), reference_days=3),
    lambda: SilenceMonitor(PageBudget(), reference_days=3),
)


def traffic(*shifts: Shift, short: bool = True, days: int = DAYS) -> Observations:
    """Return traffic of three steady routes, shifted, and of some that live for days; one comes back."""
    streams = [Stream(leaf, "t", 150, shifts=shifts) for leaf in STEADY]
    if short:
        gone = (Shift("volume", 0.0, LATER),)
        streams += [Stream(leaf, "t", 150, shifts=gone) for leaf in SHORT]
        back = (Shift("volume", 0.0, LATER, DAYS - 4), Shift("error", 0.3, DAYS - 4))
        streams[-1] = Stream(SHORT[-1], "t", 150, shifts=back)
    return simulate(streams, days, 3, only={"error", "latency_ms"})


def daily(monitor: Monitor, observations: Observations) -> None:
    """Feed a monitor a day at a time."""
    signals(monitor, observations, range(observations.start, observations.end + 1, DAY))


@pytest.mark.parametrize("make", [RateMonitor, LevelMonitor])
def test_shares(make: Callable[..., RateMonitor | LevelMonitor]) -> None:
    """A month after the last call of short-lived routes the others have their shares of the budget."""
    watches = []
    for short in (True, False):
        monitor = make(PageBudget(), reference_days=3)
        daily(monitor, traffic(short=short, days=40))
        watches.append(monitor.watch)
    crowded, alone = watches
    assert set(crowded.roster.leaves) == set(STEADY)
    np.testing.assert_array_equal(crowded.board.engine.log_months, alone.board.engine.log_months)


@pytest.mark.parametrize("make", MAKES[:4])
def test_snapshot(make: Make) -> None:
    """A month after the last call of short-lived routes a snapshot is as large as without them."""
    sizes = []
    for short in (True, False):
        monitor = make()
        daily(monitor, traffic(short=short, days=40))
        sizes.append(len(monitor.snapshot()))
    assert sizes[0] < 1.1 * sizes[1]


@pytest.mark.parametrize("make", MAKES)
def test_any_cut(make: Make) -> None:
    """However the minutes are cut, and over a restart, routes go and come back alike."""
    observations = traffic(Shift("error", 0.4, 36.5, 37.0), Shift("latency_ms", 2.0, 36.5, 37.0))
    check_cut(make, observations, 11 * 60)
    check_restore(make, observations, MONDAY + 36 * DAY + 800)
    check_restore(make, observations, MONDAY + 20 * DAY + 100)


def test_back() -> None:
    """A route that comes back after a month learns anew: what it does now is its reference."""
    monitor = RateMonitor(PageBudget(), reference_days=3)
    daily(monitor, traffic())
    roster = monitor.watch.roster
    assert set(roster.leaves) == {*STEADY, SHORT[-1]}
    assert roster.since[-1] == MONDAY + (DAYS - 4) * DAY


def test_incident_stays() -> None:
    """A route is kept as long as an incident that it is part of stands, whatever its own calls do."""
    bad = Shift("error", 0.9, 4.5)
    streams = [
        *(Stream(leaf, "t", 150) for leaf in STEADY),
        Stream(SHORT[0], "t", 900, shifts=(bad,)),
        Stream(SHORT[1], "t", 900, shifts=(bad, Shift("volume", 0.0, 5.0))),
    ]
    monitor = RateMonitor(reference_days=3)
    daily(monitor, simulate(streams, 40, 3, only={"error"}))
    leaves = monitor.watch.roster.leaves
    assert set(leaves) == {*STEADY, *SHORT[:2]}
    assert [one.leaves for one in monitor.watch.incidents] == [{leaves.index(leaf) for leaf in SHORT[:2]}]


def test_silence() -> None:
    """Routes without calls as far back as is kept share the promise of silence no longer."""
    crowded, alone = (SilenceMonitor(PageBudget(), reference_days=3) for _ in range(2))
    for monitor, short in ((crowded, True), (alone, False)):
        daily(monitor, traffic(short=short, days=40))
    assert crowded._promise == alone._promise
    assert len(crowded.snapshot()) < 1.1 * len(alone.snapshot())


def test_texts() -> None:
    """A route whose texts have stopped a month ago has no track of its own any more."""
    streams = [
        Stream(STEADY[0], "t", 50),
        Stream(SHORT[0], "t", 50, shifts=(Shift("volume", 0.0, 2.0),)),
    ]
    monitor = DriftMonitor(reference_days=3)
    daily(monitor, simulate(streams, 34, 3, only={"texts"}))
    assert {each.series.route for each in monitor.readiness()} == {STEADY[0].route}
