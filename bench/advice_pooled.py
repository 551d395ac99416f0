"""Coverage of several routes' intervals with the help of each other, against three ways to pool."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from bench.advice_draws import from_people, made
from bench.advice_made import MARGIN
from bench.advice_people import Compared
from bench.advice_tally import Row
from services.advisor.compare.estimate import Estimate, estimate
from services.advisor.compare.interval import Interval, around
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.pooling import pooled

_PAIRS = 100
_Z = 1.96
Truths = Sequence[float]
Case = tuple[list[Estimate], Truths]


def pooling(refchecker: Sequence[Compared], times: int, seed: int) -> list[Row]:
    """Return coverage and width per way to pool: real routes unlike and alike, and ten made ones."""
    random = np.random.default_rng(seed)
    unlike = sorted({one.route for one in refchecker})
    cases: Mapping[str, Callable[[], Case]] = {
        "3 routes, one without context": lambda: _real(refchecker, unlike, random),
        "2 routes with context": lambda: _real(refchecker, unlike[:2], random),
        "10 routes, spread 3 points": lambda: _made(10, 0.03, random),
    }
    return [row for name, draw in cases.items() for row in _rows(name, [draw() for _ in range(times)])]


def _rows(name: str, cases: Sequence[Case]) -> Iterator[Row]:
    for way, pool in WAYS.items():
        covered = Counter[bool]()
        width = abstained = 0.0
        for known, truths in cases:
            for interval, truth in zip(pool(known), truths, strict=True):
                covered[interval.covers(truth)] += 1
                width += interval.high - interval.low
                abstained += interval.low <= MARGIN < interval.high
        n = covered.total()
        yield {
            "part": "pooled",
            "routes": name,
            "method": way,
            "n": n,
            "covered": round(100 * covered[True] / n, 2),
            "width": round(100 * width / n, 1),
            "abstain": round(100 * abstained / n, 1),
        }


def _real(people: Sequence[Compared], routes: Sequence[str], random: np.random.Generator) -> Case:
    by_names: dict[tuple[str, str], list[Compared]] = defaultdict(list)
    for one in people:
        if one.route in routes:
            by_names[one.names].append(one)
    names = sorted(by_names)
    chosen = by_names[names[random.integers(len(names))]]
    known, truths = [], []
    for one in chosen:
        even = np.full(len(one.incumbent), 1 / len(one.incumbent))
        draw = from_people(one, even, _PAIRS, MARGIN, random)
        known.append(_estimate(draw.pairs))
        truths.append(draw.truth)
    return known, truths


def _made(routes: int, spread: float, random: np.random.Generator) -> Case:
    truths = [float(random.normal(0.01, spread)) for _ in range(routes)]
    return [
        _estimate(made(max(0.10, 0.01 - truth), truth, _PAIRS, MARGIN, random).pairs) for truth in truths
    ], truths


def _estimate(pairs: Pairs) -> Estimate:
    found = estimate(pairs)
    assert found
    return found


def _alone(known: Sequence[Estimate]) -> list[Interval]:
    return [around(one, _Z, "look") for one in known]


def _complete(known: Sequence[Estimate]) -> list[Interval]:
    """One truth for all routes."""
    weight = np.array([1 / one.variance for one in known])
    middle = float(weight @ np.array([one.difference for one in known]) / weight.sum())
    half = _Z * float(weight.sum()) ** -0.5
    return [Interval(middle, middle - half, middle + half, one.pairs, "pooled") for one in known]


def _plugged(known: Sequence[Estimate]) -> list[Interval]:
    """Empirical Bayes: the spread's best guess (DerSimonian, Laird 1986) as if it were known."""
    seen, variance = np.array([one.difference for one in known]), np.array([one.variance for one in known])
    weight = 1 / variance
    centre = weight @ seen / weight.sum()
    excess = weight @ (seen - centre) ** 2 - (len(known) - 1)
    spread = max(0.0, float(excess / (weight.sum() - (weight**2).sum() / weight.sum())))
    if not spread:
        return _complete(known)
    total = 1 / (variance + spread)
    centre = total @ seen / total.sum()
    own = spread / (spread + variance)
    middle, half = own * seen + (1 - own) * centre, _Z * np.sqrt(own * variance)
    return [
        Interval(float(m), float(m - h), float(m + h), one.pairs, "pooled")
        for m, h, one in zip(middle, half, known, strict=True)
    ]


WAYS: Mapping[str, Callable[[Sequence[Estimate]], list[Interval]]] = {
    "full Bayes": pooled,
    "each alone": _alone,
    "as one route": _complete,
    "empirical Bayes": _plugged,
}
