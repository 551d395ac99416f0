"""How sure a measured figure is: Poisson bounds of counts, and bootstrap intervals of anything else."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 400


def poisson_upper(count: int, tail: float = 0.05) -> float:
    """Return the mean at which `count` or fewer would be seen with probability `tail`.

    >>> round(poisson_upper(0), 3), round(poisson_upper(10), 2)
    (2.996, 16.96)
    """
    low, high = float(count), count + 10.0 + 10.0 * math.sqrt(count + 1.0)
    for _ in range(80):
        mean = (low + high) / 2.0
        logs = [i * math.log(mean) - mean - math.lgamma(i + 1.0) for i in range(count + 1)]
        low, high = (mean, high) if sum(map(math.exp, logs)) > tail else (low, mean)
    return high


def bootstrap(statistic: Callable[[NDArray[np.intp]], float], n: int, seed: int = 1) -> tuple[float, float]:
    """Return the 95 % interval of a statistic of `n` cases, resampled with replacement.

    Parameters
    ----------
    statistic : takes the numbers of the cases drawn
    """
    random = np.random.default_rng(seed)
    drawn = [statistic(random.integers(0, n, n)) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975], method="closest_observation")
    return float(low), float(high)
