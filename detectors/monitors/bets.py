"""What a minute's counts are worth against a reference, in nats: the bets that feed the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOWEST, HIGHEST = 1e-5, 0.999  # a reference rate stays inside, so that every bet is finite
# Odds ratios that are bet on, and the share of the stake on each: small changes take longest to prove and get
# most. The last is for outages; a larger one would cry at four bad calls that happen to stand together.
RATE_ODDS = np.array([1.5, 2.1, 2.9, 3.9, 5.2, 8.0, 20.0])
RATE_STAKES = np.array([0.26, 0.21, 0.155, 0.12, 0.10, 0.085, 0.07])
LEVEL_ODDS = np.array([1.35, 1.8, 2.6, 4.5])
LEVEL_STAKES = np.array([0.35, 0.30, 0.20, 0.15])
RANK_TILTS = np.array([0.2, 0.6, 1.8])


def shifted(rate: Floats, odds: Floats | float) -> Floats:
    """Return the rate whose odds are `odds` times those of `rate`."""
    return rate * odds / (1.0 - rate + rate * odds)


def odds_llr(n: Floats, bad: Floats, rate: Floats, odds: Floats) -> Floats:
    """Return log P(bad of n | shifted rate) - log P(bad of n | rate) for each odds ratio, last axis.

    With q the shifted rate, q / rate = odds * (1 - q) / (1 - rate), and (1 - rate) / (1 - q) is
    1 - rate + rate * odds: one logarithm does for both.

    >>> odds_llr(np.ones(1), np.ones(1), np.full(1, 0.5), np.array([3.0])).round(4).tolist()
    [[0.4055]]
    """
    rate = np.clip(rate, LOWEST, HIGHEST)[..., None]
    return bad[..., None] * np.log(odds) - n[..., None] * np.log1p(rate * (odds - 1.0))


def rank_llr(n: Floats, above: Floats, rate: Floats, quantiles: Floats) -> Floats:
    """Return the bet that ranks have risen, `tilt * rank - log E[e^(tilt * rank)]` summed over calls.

    A call's rank is the middle of the quantile bin it falls into. The expectation under the reference
    grows with every exceedance rate, so that their upper bounds and margins bound it too.

    Parameters
    ----------
    n : (...,) calls
    above : (..., cuts) calls above each cut, cuts ascending
    rate : (..., cuts) reference rates of being above
    quantiles : (cuts,) the nominal ones, e.g. 0.25, 0.5, 0.75
    """
    edges = np.concatenate([[0.0], quantiles, [1.0]])
    middle = (edges[1:] + edges[:-1]) / 2.0
    lowest = np.exp(RANK_TILTS * middle[0])
    steps = np.diff(np.exp(RANK_TILTS[:, None] * middle), axis=1)
    ranks = middle[0] * n + (np.diff(middle) * above).sum(axis=-1)
    expected = lowest + (rate[..., None, :] * steps).sum(axis=-1)
    total: Floats = RANK_TILTS * ranks[..., None] - n[..., None] * np.log(expected)
    return total
