"""A least ratio is bet against: a smaller change costs nothing, a larger one is found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest

from detectors.monitors.base import Leaf, SignalName
from detectors.monitors.page_budget import Groups, PageBudget, Severity, Teams
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Shift, Stream, cut, simulate

LEAVES = [Leaf("acme", "azure", route, "gpt") for route in ("support", "search")]


class Asking:
    """A judge for whom errors of one route matter only from a ratio on."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio

    def possible(self, signal: SignalName) -> Collection[Severity]:  # noqa: ARG002 -- all alike
        return frozenset[Severity]({"page"})

    def loudest(self, signal: SignalName, groups: Groups, teams: Teams) -> Sequence[Severity]:  # noqa: ARG002 -- same
        return ["page"] * len(groups)

    def least(self, signal: SignalName, teams: Teams) -> Mapping[Leaf, float]:  # noqa: ARG002 -- same
        return {leaf: self.ratio if leaf == LEAVES[0] else 1.0 for leaf in teams}


@pytest.mark.parametrize(("ratio", "found"), [(1.0, {"support", "search"}), (30.0, {"search"})])
def test_ratio(ratio: float, found: set[str]) -> None:
    """Fifteen times the errors on two routes: no word of the one where thirty times are asked for."""
    streams = [
        Stream(leaf, "", 600.0, shifts=[Shift("error", 0.15, 16.0 + 4.0 * i, 18.0 + 4.0 * i)])
        for i, leaf in enumerate(LEAVES)
    ]
    observations = simulate(streams, days=23, seed=5)
    monitor = RateMonitor(PageBudget(1.0, 4.0, Asking(ratio)))
    raised = [
        signal
        for day in range(23)
        for signal in monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
        if signal.state == "raised" and signal.signal == "error"
    ]
    assert {route for signal in raised for route in signal.routes} == found
