"""After an alarm: since when, how large, and which leaves it concerns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.bets import odds_llr, shifted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ODDS = np.concatenate([np.geomspace(1.1, 100.0, 48), np.geomspace(150.0, 1e6, 16)])
LEAST_BAD = 2
COVERAGE = (0.025, 0.5, 0.975)
DOUBT = 0.005  # chance left that an effect is smaller than the least it is said to be


@dataclass(frozen=True, slots=True)
class Counts:
    """One question's counts per minute and leaf, with the rate expected there."""

    minute: Ints
    leaf: Ints
    n: Floats
    bad: Floats
    rate: Floats

    def __getitem__(self, rows: NDArray[np.bool_]) -> Counts:
        return Counts(self.minute[rows], self.leaf[rows], self.n[rows], self.bad[rows], self.rate[rows])

    def of(self, leaves: frozenset[int]) -> Counts:
        """Return the counts of these leaves."""
        return self[np.isin(self.leaf, list(leaves))]


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a change began and how large it is, each with a 95 % interval; odds against the reference.

    `surely` is the odds that it exceeds for all one can tell.
    """

    began: int
    low: int
    high: int
    odds: float
    odds_low: float
    odds_high: float
    surely: float

    @property
    def least(self) -> float:
        """The least effect it may be: an alarm happens when an effect looks large."""
        return min(self.surely, math.pow(self.odds, 0.7))


def estimate(counts: Counts, since: int) -> Estimate:
    """Return the posterior of start and effect, P(start j, odds k) ~ gap_j * exp(sum of llr_k from j on).

    Parameters
    ----------
    counts : of one series, ordered by minute, at least one row
    since : minute the evidence counts from; no start lies before it
    """
    minute, first = np.unique(counts.minute, return_index=True)
    llr = np.add.reduceat(odds_llr(counts.n, counts.bad, counts.rate, ODDS), first)
    since_start = np.cumsum(llr[::-1], axis=0)[::-1]
    gap = np.maximum(np.diff(minute, prepend=since), 1)
    log_p = since_start + np.log(gap)[:, None]
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    low, middle, high = (int(minute[_quantile(p.sum(axis=1), level)]) for level in COVERAGE)
    odds = [float(ODDS[_quantile(p.sum(axis=0), level)]) for level in (COVERAGE[0], COVERAGE[2], DOUBT)]
    mean = math.exp(float(p.sum(axis=0) @ np.log(ODDS)))
    mean = min(max(mean, odds[0]), odds[1])  # of a narrow posterior it may lie between two steps of the grid
    return Estimate(middle, low, high, mean, odds[0], odds[1], odds[2])


def evidence(counts: Counts, began: int, odds: float) -> dict[int, float]:
    """Return each leaf's own evidence for the fitted effect since the start, in nats.

    A single bad call is chance: it is no evidence.
    """
    recent = counts[counts.minute >= began]
    llr = odds_llr(recent.n, recent.bad, recent.rate, np.array([odds]))[:, 0]
    totals = np.bincount(recent.leaf, weights=llr) if len(llr) else np.zeros(0)
    bad = np.bincount(recent.leaf, weights=recent.bad) if len(llr) else totals
    return {
        int(leaf): float(totals[leaf]) if bad[leaf] >= LEAST_BAD else min(float(totals[leaf]), 0.0)
        for leaf in np.unique(recent.leaf)
    }


def affected(
    by_leaf: dict[int, float], inside: frozenset[int], kin: Callable[[int, int], bool]
) -> frozenset[int]:
    """Return the leaves that share a change.

    The leaf with most evidence is one. Next to it 3 to 1 is enough: a platform or a route rarely fails in
    one place only. Elsewhere it takes 100 to 1, corrected for how many leaves are asked. If the rest of the
    series that alarmed leans the same way with 100 to 1 in all, the change is everywhere in it.

    Parameters
    ----------
    by_leaf : evidence in nats of every leaf of the tenant
    inside : leaves of the series that alarmed, one of them at least with evidence
    kin : whether two leaves have platform or route in common
    """
    most = max(inside & by_leaf.keys(), key=lambda leaf: (by_leaf[leaf], -leaf))
    far = math.log(100.0 * max(len(by_leaf), 1))
    near = {leaf for leaf, nats in by_leaf.items() if nats > (math.log(3.0) if kin(leaf, most) else far)}
    rest = {leaf: by_leaf.get(leaf, 0.0) for leaf in inside - near - {most}}
    if sum(rest.values()) > math.log(100.0):
        near |= {leaf for leaf, nats in rest.items() if nats > 0.0}
    return frozenset({most} | near)


def size(counts: Counts, found: Estimate) -> tuple[float, float, float, float]:
    """Return observed rate, reference, low and high since the start; shrunk by the posterior."""
    recent = counts[counts.minute >= found.began]
    total = max(float(recent.n.sum()), 1e-9)
    reference = np.array(float((recent.n * recent.rate).sum()) / total)
    rates = [float(shifted(reference, odds)) for odds in (found.odds, found.odds_low, found.odds_high)]
    return rates[0], float(reference), rates[1], rates[2]


def _quantile(p: Floats, level: float) -> int:
    return min(int(np.searchsorted(np.cumsum(p), level)), len(p) - 1)
