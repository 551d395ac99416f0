"""How large a change is said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf
from detectors.monitors.finding import shrunk_quantile
from detectors.monitors.level import LevelMonitor
from detectors.monitors.suite import signals
from detectors.monitors.testing import MONDAY, Stream, simulate


@pytest.mark.parametrize(("n", "quantile"), [(8, 0.5), (24, 0.5), (24, 0.75), (400, 0.9)])
def test_inside_its_interval(n: int, quantile: float) -> None:
    """The value reported lies inside its own interval, however few calls it rests on."""
    ratios = np.random.default_rng(n).lognormal(0.7, 0.3, n).astype(np.float32)
    value, low, high = shrunk_quantile(ratios, quantile, 1.0)
    assert high is not None
    assert 0 < low < value < high
    assert 1 < value < float(np.quantile(ratios, quantile)) * 1.1


def test_few_calls_claim_little() -> None:
    """The fewer calls, the nearer to no change is what is claimed."""
    few, many = (shrunk_quantile(np.full(n, 3.0, dtype=np.float32), 0.5, 1.0)[0] for n in (10, 1000))
    assert few < 2 < many < 3


def test_free() -> None:
    """What was free and now costs is told with what it costs now."""
    observations = simulate(
        [Stream(Leaf("default", "own", "a", "llama"), "t", 900)], 18, 4, only={"cost_usd"}
    )
    free = observations.minute < MONDAY + 16 * 1440
    observations = replace(observations, cost_usd=np.where(free, 0.0, observations.cost_usd))
    (found,) = signals(LevelMonitor(), observations, range(observations.start, observations.end + 1, 1440))
    assert (found.signal, found.reference) == ("spend", 0.0)
    assert found.high is not None
    assert found.low == 0.0 < found.observed < found.high < 0.1  # so few calls know no other lower end


@pytest.mark.parametrize(("n", "known"), [(42, False), (250, False), (600, True)])
def test_no_upper_end(n: int, known: bool) -> None:
    """So few calls that the largest of them may lie below the quantile say nothing of how large it is."""
    low, high = shrunk_quantile(np.linspace(1, 2, n, dtype=np.float32), 0.99, 1.0)[1:]
    assert (high is not None) == known
    assert low > 1


def test_covers() -> None:
    """An interval with two ends holds the true quantile nineteen times of twenty, shrunk towards it."""
    draws = np.random.default_rng(9).uniform(size=(2000, 400)).astype(np.float32)
    for quantile in (0.5, 0.9, 0.95):
        ends = [shrunk_quantile(one, quantile, quantile)[1:] for one in draws]
        held = sum(low <= quantile <= high for low, high in ends if high is not None)
        assert held > 0.94 * len(draws)
