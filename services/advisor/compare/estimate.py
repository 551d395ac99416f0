"""How much worse a candidate is than the incumbent: PPI++ on paired labels, clustered by conversation.

The mean of the labelled differences is corrected by what detectors say of the unlabelled requests, weighted
so that a useless detector changes nothing and no detector can bias it. The variance is robust to answers of
one conversation being alike, and four pairs that differ are added to it, two either way: where almost all
pairs agree, the few that differ say too little about how often they do.

Source: Angelopoulos, Duchi, Zrnic 2023 (PPI++), eq. 10 for the mean, with cluster sums in place of single
observations (Liang, Zeger 1986, with g / (g - 1)), and added pairs as in Agresti, Min 2005. They add two;
with four the false switches stay inside the nominal share at bad rates of 1 to 2 %, and nothing else moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.advisor.compare.pairs import Floats, Pairs

Counts = NDArray[np.intp]
_WEIGHABLE = 50  # conversations before scores are trusted with a weight: with fewer, coverage is short
_ADDED = 4.0  # pairs that differ


class Estimate(NamedTuple):
    """The difference of bad shares, candidate minus incumbent, in shares of answers (0.02 is two points).

    Attributes
    ----------
    variance : of `difference`
    pairs : what it rests on
    conversations : of equal size that would say as much; one of 200 pairs among 200 of one pair counts little
    weight : of the detector's scores; 0 is labels alone
    """

    difference: float
    variance: float
    pairs: int
    conversations: float
    weight: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates as they stood after some of the conversations; every array is (k,)."""

    difference: Floats
    variance: Floats
    pairs: Counts
    conversations: Floats
    weight: Floats

    def at(self, place: int) -> Estimate:
        """Return one of them."""
        return Estimate(
            float(self.difference[place]),
            float(self.variance[place]),
            int(self.pairs[place]),
            float(self.conversations[place]),
            float(self.weight[place]),
        )


class _Sums(NamedTuple):
    """Running sums over conversations: m pairs, y labels and s scores of each, and their products (G,)."""

    m: Floats
    y: Floats
    s: Floats
    mm: Floats
    yy: Floats
    ss: Floats
    ys: Floats
    my: Floats
    ms: Floats
    inner_yy: Floats  # products pair by pair, as if no two shared a conversation
    inner_ss: Floats
    inner_ys: Floats


def estimate(pairs: Pairs) -> Estimate | None:
    """Return the estimate from all pairs, or None below two conversations."""
    count = len(sizes(pairs))
    return estimates(pairs, np.array([count])).at(0) if count > 1 else None


def sizes(pairs: Pairs) -> Counts:
    """Return how many pairs each conversation has (G,), in the order in which conversations began."""
    return np.bincount(_numbered(pairs.conversation)).astype(np.intp)


def estimates(pairs: Pairs, after: Counts) -> Estimates:
    """Return what was known after the first `after` conversations (k,), each at least 2.

    Cost: O(n) once and O(k), so that watching costs no more than looking once.
    """
    sums = _sums(pairs, after)
    m, many = sums.m, sums.m**2 / sums.mm
    y, s = sums.y / m, sums.s / m
    # Sums over conversations of (Y - y m)(S - s m), multiplied out, so that running sums give them.
    yy = sums.yy - 2 * y * sums.my + y * y * sums.mm
    ss = sums.ss - 2 * s * sums.ms + s * s * sums.mm
    ys = sums.ys - y * sums.ms - s * sums.my + y * s * sums.mm
    others = pairs.unlabelled
    weight = _weight(ys, ss, m, others.n, many)
    clustered = np.maximum(yy - 2 * weight * ys + weight**2 * ss, 0.0)
    alone = (sums.inner_yy - m * y * y) - 2 * weight * (sums.inner_ys - m * y * s)
    alone += weight**2 * (sums.inner_ss - m * s * s)
    alike = _alike(clustered, alone, sums.mm / m)
    freedom = many / np.maximum(many - 1 - (weight > 0), 1.0)
    variance = clustered * freedom / m**2 + _ADDED / (m + _ADDED) * alike / m
    variance += weight**2 * others.variance / max(others.n, 1)
    return Estimates(y - weight * s, variance, m.astype(np.intp), many, weight)


def _weight(ys: Floats, ss: Floats, m: Floats, unlabelled: int, conversations: Floats) -> Floats:
    """Return PPI++'s weight of the scores: least variance, never negative, 0 until there is enough."""
    if not unlabelled:
        return np.zeros_like(ys)
    usable = (ss > 0) & (conversations >= _WEIGHABLE)
    raw = ys / np.where(usable, ss, 1.0) / (1 + m / unlabelled)
    return np.where(usable, np.maximum(raw, 0.0), 0.0)


def _alike(clustered: Floats, alone: Floats, size: Floats) -> Floats:
    """Return by how much conversations inflate the variance; where no pair differs, as if all were alike."""
    seen = alone > 1e-12 * size
    return np.where(seen, np.maximum(clustered / np.where(seen, alone, 1.0), 1.0), size)


def _sums(pairs: Pairs, after: Counts) -> _Sums:
    group = _numbered(pairs.conversation)
    difference, score = pairs.difference, pairs.score
    # Against the unlabelled: 0 on average, so that what labels do not explain corrects nothing.
    score = score - pairs.unlabelled.mean if pairs.unlabelled.n else np.zeros_like(score)

    def totals(values: Floats) -> Floats:
        return np.bincount(group, values).astype(np.float64)

    m, y, s = totals(np.ones(pairs.n)), totals(difference), totals(score)
    products = (m * m, y * y, s * s, y * s, m * y, m * s)
    inner = (totals(difference**2), totals(score**2), totals(difference * score))
    return _Sums(*(np.cumsum(one)[after - 1] for one in (m, y, s, *products, *inner)))


def _numbered(conversation: Counts) -> Counts:
    """Return conversations numbered from 0 in the order in which they began."""
    _, first, place = np.unique(conversation, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.intp)
    order[np.argsort(first)] = np.arange(len(first))
    return order[place]
