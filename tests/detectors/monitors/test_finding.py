"""How large a change is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.monitors.finding import quantile_ratio


@pytest.mark.parametrize(("n", "quantile"), [(8, 0.5), (24, 0.5), (24, 0.75), (400, 0.9)])
def test_inside_its_interval(n: int, quantile: float) -> None:
    """The value reported lies inside its own interval, however few calls it rests on."""
    ratios = np.random.default_rng(n).lognormal(0.7, 0.3, n).astype(np.float32)
    value, low, high = quantile_ratio(ratios, quantile)
    assert low < value < high
    assert 1 < value < float(np.quantile(ratios, quantile)) * 1.1


def test_few_calls_claim_little() -> None:
    """The fewer calls, the nearer to no change is what is claimed."""
    few, many = (quantile_ratio(np.full(n, 3.0, dtype=np.float32), 0.5)[0] for n in (10, 1000))
    assert few < 2 < many < 3
