"""What too few calls are worth against a lower bound of what may be expected, and since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FACTORS = np.array([0.02, 0.2, 0.5])  # of the bound, that are bet on
LEAST_SPREAD = 1e-6  # Poisson, for all that double precision can tell
GRID = np.geomspace(0.002, 0.95, 40)  # of the bound, when a fall is measured
COVERAGE = (0.025, 0.5, 0.975)


def fall_llr(calls: Floats, expected: Floats, spread: Floats | float, factors: Floats) -> Floats:
    """Return log P(calls | factor * expected) - log P(calls | expected) for each factor, last axis.

    Both are negative binomials of variance `m + spread * m^2`. The ratio falls with every call, so bets
    against a lower bound of what is expected stay fair when more is expected than that.

    >>> fall_llr(np.zeros(1), np.full(1, 10.0), 0.0, np.array([0.5])).round(3).tolist()
    [[5.0]]
    """
    r = 1.0 / np.maximum(np.asarray(spread, dtype=np.float64), LEAST_SPREAD)[..., None]
    m = expected[..., None]
    gain = np.log1p((1.0 - factors) * m / (r + factors * m))
    total: Floats = calls[..., None] * np.log(factors) + (calls[..., None] + r) * gain
    return total


@dataclass(frozen=True, slots=True)
class Fall:
    """Since when there are too few calls, and which part of the usual ones is left, with 95 % intervals.

    Attributes
    ----------
    began, low, high : indices into the slots that were looked at
    factor, factor_low, factor_high : calls now as a part of those of the bound
    """

    began: int
    low: int
    high: int
    factor: float
    factor_low: float
    factor_high: float


def measure(calls: Floats, low: Floats, spread: float) -> Fall:
    """Return the posterior of start and factor, P(start j, factor k) ~ exp(sum of llr_k from j on).

    Against the bound, not the usual volume: hours that are merely quieter than usual are no start.
    """
    llr = fall_llr(calls, low, spread, GRID)
    log_p = np.cumsum(llr[::-1], axis=0)[::-1]
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    began_low, began, began_high = (_place(p.sum(axis=1), level) for level in COVERAGE)
    least, middle, most = (float(GRID[_place(p.sum(axis=0), level)]) for level in COVERAGE)
    return Fall(began, began_low, began_high, middle, least, most)


def _place(p: Floats, level: float) -> int:
    return min(int(np.searchsorted(np.cumsum(p), level)), len(p) - 1)
