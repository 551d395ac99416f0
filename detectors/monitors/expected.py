"""What groups of cells have counted, and the rates that bets on them are made against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.bets import HIGHEST, LOWEST
from detectors.monitors.reference import BOUND, HOURS, expit, logit
from detectors.monitors.yardstick import Yardsticks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEEN, BAD, EXPECTED, ERROR, MARGIN, ASKED = range(6)
FEW = 1e-9  # instead of no call at all, so that nothing is divided by zero


def terms(tables: Yardsticks, counts: tuple[Floats, Floats], leaf: Ints, hour: Ints, least: Floats) -> Floats:
    """Return what each cell adds to the sums of its groups, (cells, terms, questions).

    A group expects the sum of what its leaves expect; errors add in squares, margins n-weighted. Errors of
    leaves do not cancel out where a ratio to the reference is asked for: each is held at its own bound.

    Parameters
    ----------
    counts : observations and bad ones, both (cells, questions)
    leaf, hour : of each cell
    least : (cells, questions) ratio to the reference that matters; the last term is left out if none does
    """
    seen, bad = counts
    at = tables.row[leaf], hour % HOURS
    log_odds, se = tables.logit[at], tables.se[at]
    rate = expit(log_odds)
    asking = bool((least > 1.0).any())
    found = np.empty((len(leaf), ASKED + asking, seen.shape[1]))
    found[:, SEEN], found[:, BAD] = seen, bad
    found[:, EXPECTED] = seen * rate
    found[:, ERROR] = (seen * se * rate * (1 - rate)) ** 2
    found[:, MARGIN] = seen * tables.margin[leaf]
    if asking:
        found[:, ASKED] = seen * np.minimum(least * expit(log_odds + BOUND * se), HIGHEST)
    return found


def bound(sums: Floats, factor: Floats, margin: Floats) -> Floats:
    """Return the rates that bets are made against, (groups, questions).

    Parameters
    ----------
    sums : (groups, terms, questions) over the cells of each
    factor, margin : (groups, questions) of what their leaves have in common (`Pooled.at`)
    """
    total = np.maximum(sums[:, SEEN], FEW)
    mean = np.clip(sums[:, EXPECTED] / total, LOWEST, HIGHEST)
    se = np.sqrt(sums[:, ERROR]) / (total * mean * (1 - mean))
    wide = BOUND * se + np.maximum(sums[:, MARGIN] / total, margin)
    rate = expit(logit(np.clip(mean * factor, LOWEST, HIGHEST)) + wide)
    if sums.shape[1] <= ASKED:
        return rate
    return np.maximum(rate, np.minimum(sums[:, ASKED] / total * factor, HIGHEST))
