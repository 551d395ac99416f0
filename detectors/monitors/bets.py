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
RANK_STAKES = np.array([0.1, 0.3, 0.9])


def shifted(rate: Floats, odds: Floats | float) -> Floats:
    """Return the rate whose odds are `odds` times those of `rate`."""
    return rate * odds / (1.0 - rate + rate * odds)


def odds_llr(n: Floats, bad: Floats, rate: Floats, odds: Floats) -> Floats:
    """Return log P(bad of n | shifted rate) - log P(bad of n | rate) for each odds ratio, last axis.

    >>> odds_llr(np.ones(1), np.ones(1), np.full(1, 0.5), np.array([3.0])).round(4).tolist()
    [[0.4055]]
    """
    rate = np.clip(rate, LOWEST, HIGHEST)[..., None]
    q = shifted(rate, odds)
    return bad[..., None] * np.log(q / rate) + (n - bad)[..., None] * np.log((1.0 - q) / (1.0 - rate))


def rank_llr(n: Floats, above: Floats, rate: Floats, quantiles: Floats) -> Floats:
    """Return the bet on the mean rank, `prod(1 + stake * (rank / mean - 1))` in logs, for each stake.

    A call's rank is the middle of the quantile bin it falls into. The reference mean of it follows from
    the exceedance rates, so that their upper bounds and margins bound it too.

    Parameters
    ----------
    n : (...,) calls
    above : (..., cuts) calls above each cut, cuts ascending
    rate : (..., cuts) reference rates of being above
    quantiles : (cuts,) the nominal ones, e.g. 0.25, 0.5, 0.75
    """
    edges = np.concatenate([[0.0], quantiles, [1.0]])
    middle = (edges[1:] + edges[:-1]) / 2.0
    mean = middle[0] + (np.diff(middle) * rate).sum(axis=-1)
    counts = np.concatenate([n[..., None], above], axis=-1)
    counts[..., :-1] -= above
    ratio = middle / np.maximum(mean, middle[0])[..., None] - 1.0
    gains = np.log1p(RANK_STAKES[:, None] * ratio[..., None, :])
    total: Floats = (counts[..., None, :] * gains).sum(axis=-1)
    return total
