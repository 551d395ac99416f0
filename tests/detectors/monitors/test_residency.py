"""Calls where a route must not run: each place is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.residency import ResidencyMonitor
from detectors.monitors.suite import check_cut, check_restore, check_signals
from detectors.monitors.testing import MONDAY, Shift, Stream, simulate

LEAVES = [Leaf("acme", platform, "law/review", "gpt") for platform in ("azure", "openai", "bedrock")]


def calls() -> Observations:
    """Return a day on three platforms: two are forbidden, in use from one and four o'clock on until six."""
    streams = [
        Stream(leaf, "law", 3_000, shifts=(Shift("volume", 0.0, 0.0, hour / 24), Shift("volume", 0.0, over)))
        for leaf, hour, over in zip(LEAVES, (0, 1, 4), (2.0, 0.25, 0.25), strict=True)
    ]
    made = simulate(streams, 1, 3, only=set())
    return replace(made, residency=(made.leaf > 0).astype(np.int8))


@pytest.mark.parametrize("step", [1, 60, 97])
def test_each_place(step: int) -> None:
    """A second forbidden platform is told while the first stands, once; one end is told of both."""
    found = check_cut(ResidencyMonitor, calls(), step)
    check_signals(found)
    told = [(one.state, one.facts["platform"], (one.minute - MONDAY) // 60) for one in found]
    assert told == [("raised", "openai", 1), ("raised", "bedrock", 4), ("cleared", "azure", 6)]


def test_restore() -> None:
    """A restored monitor knows which places it has told of."""
    check_restore(ResidencyMonitor, calls(), MONDAY + 5 * 60)
