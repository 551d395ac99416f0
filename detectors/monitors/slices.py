"""In which slice of its calls a change sits: a language, a prompt version, a region, a served model.

A slice is judged against its own reference, smoothed towards that of all calls, by its likelihood ratio:
slices differ, and the one that always was worst is not where the change is. A change sits in a slice that has
risen while the rest is as usual. All slices that are asked share one chance to be named where all have risen
alike, be it by the same odds or by the same share of their calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.bets import HIGHEST, shifted

SMOOTHING = 50.0  # imagined calls of a slice at the reference of all
RAREST = 1e-4  # a reference of nothing is unknown, not impossible
BETTER = math.log(20.0)
DOUBT = 0.03  # chance to name a slice where all have risen alike
LEAST_BAD = 3
BESIDE = 0.5  # of a slice's excess: if the rest surely has more, it has risen too
LOG_ODDS = 20.0  # no rise everywhere is larger
STEPS = 40

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """Calls of one value of one dimension: since the start, and in the reference before it.

    Calls without a value are a group with an empty one: part of the rest, and never named.
    """

    by: str
    value: str
    n: int
    bad: int
    before_n: int
    before_bad: int


def ranked(groups: Iterable[Group]) -> list[tuple[float, Group]]:
    """Return the slices with more bad calls than their own reference lets expect, and the evidence in nats.

    >>> usual, risen = Group("language", "en", 900, 20, 9000, 200), Group("language", "de", 100, 30, 1000, 25)
    >>> [group.value for nats, group in ranked([usual, risen]) if nats > 3]
    ['de']
    """
    found = [pair for own in _dimensions(groups) for pair in zip(own.apart.tolist(), own.groups, strict=True)]
    return sorted(found, key=lambda one: (-one[0], one[1].by, one[1].value))


def concentrated(groups: Iterable[Group]) -> Group | None:
    """Return the slice in which a change sits while the rest is as usual, or None.

    Of several that have it, the one with most evidence: of a slice and a part of it, that is the part.
    """
    dimensions = [own for own in _dimensions(groups) if len(own.groups) > 1]
    found = [one for own in dimensions for one in own.sites(DOUBT / len(dimensions))]
    return min(found, key=lambda one: (-one[0], one[1].by, one[1].value))[1] if found else None


def expected(group: Group, groups: Sequence[Group]) -> float:
    """Return how many bad calls a slice should have had since the start, by its reference."""
    overall = _overall([other for other in groups if other.by == group.by])
    return group.n * _usual(group, overall)


def by_mix(groups: Sequence[Group]) -> float:
    """Return which part of a rise the changed shares of one dimension's slices bring by themselves.

    >>> calm = [Group("language", "en", 500, 5, 900, 9), Group("language", "de", 500, 50, 100, 10)]
    >>> round(by_mix(calm), 1)
    1.0
    """
    n, before = sum(group.n for group in groups), sum(group.before_n for group in groups)
    if not n or not before:
        return 0.0
    was = sum(group.before_bad for group in groups) / before
    now = sum(group.bad for group in groups) / n
    known = [group for group in groups if group.before_n]
    moved = sum(group.n * group.before_bad / group.before_n for group in known)
    moved += sum(group.n for group in groups if not group.before_n) * was
    return (moved / n - was) / (now - was) if now > was else 0.0


class _Dimension:
    """The slices of one dimension that have calls since the start.

    Attributes
    ----------
    n, bad, usual : (slices,) calls, bad ones, and the rate that the reference lets expect
    apart : (slices,) nats by which each, taken alone, has risen
    """

    def __init__(self, groups: Sequence[Group], overall: float) -> None:
        self.groups = groups
        self.n = np.array([group.n for group in groups], dtype=np.float64)
        self.bad = np.array([group.bad for group in groups], dtype=np.float64)
        self.usual = np.array([_usual(group, overall) for group in groups])
        self.apart = _risen(self.bad, self.n, self.usual)

    def sites(self, doubt: float) -> list[tuple[float, Group]]:
        """Return the named slices in which the change sits, and the evidence of each.

        Parameters
        ----------
        doubt : chance to return one where all slices have risen alike
        """
        named = [bool(group.value) for group in self.groups]
        line = NormalDist().inv_cdf(1.0 - doubt / max(sum(named), 1)) ** 2 / 2.0
        return [
            (nats, group)
            for at, (nats, group) in enumerate(zip(self.apart.tolist(), self.groups, strict=True))
            if named[at] and group.bad >= LEAST_BAD and nats >= line
            if self._more_than_the_rest(at) >= line and self._rest_is_calm(at)
        ]

    def _more_than_the_rest(self, at: int) -> float:
        """Return the evidence that a slice has risen otherwise than the rest, which all have risen alike."""
        rest = np.arange(len(self.n)) != at
        everything = self.n, self.bad, self.usual
        others = self.n[rest], self.bad[rest], self.usual[rest]
        own = float(self.apart[at])
        return min(own + _alike(shape, *others) - _alike(shape, *everything) for shape in SHAPES)

    def _rest_is_calm(self, at: int) -> bool:
        rest = np.arange(len(self.n)) != at
        n, bad, due = self.n[rest].sum(), self.bad[rest].sum(), (self.n * self.usual)[rest].sum()
        own = self.bad[at] - self.n[at] * self.usual[at]
        return bool(bad - due <= BESIDE * own or _risen(bad, n, due / max(n, 1.0)) < BETTER)


def _on_top(n: Floats, bad: Floats, usual: Floats) -> Floats:
    """Return the rates at which the same share of every slice's calls turns bad."""
    excess = float((bad - n * usual).sum() / (n * (1.0 - usual)).sum())
    return usual + max(excess, 0.0) * (1.0 - usual)


def _multiplied(n: Floats, bad: Floats, usual: Floats) -> Floats:
    """Return the rates at which the odds of every slice are multiplied alike."""
    low, high = 0.0, LOG_ODDS
    for _ in range(STEPS):
        middle = (low + high) / 2
        less = (n * shifted(usual, math.exp(middle))).sum() < bad.sum()
        low, high = (middle, high) if less else (low, middle)
    return shifted(usual, math.exp(low))


SHAPES = (_on_top, _multiplied)  # of a rise everywhere


def _alike(shape: Callable[[Floats, Floats, Floats], Floats], n: Floats, bad: Floats, usual: Floats) -> float:
    """Return how well a rise of all slices alike explains the numbers, in nats."""
    return float(_nats(bad, n, usual, shape(n, bad, usual)).sum())


def _dimensions(groups: Iterable[Group]) -> list[_Dimension]:
    """Return the dimensions of which there are calls since the start."""
    by: dict[str, list[Group]] = {}
    for group in groups:
        by.setdefault(group.by, []).append(group)
    seen = [([group for group in own if group.n], _overall(own)) for own in by.values()]
    return [_Dimension(own, overall) for own, overall in seen if own]


def _overall(groups: Sequence[Group]) -> float:
    before = sum(group.before_n for group in groups)
    return sum(group.before_bad for group in groups) / before if before else 0.0


def _usual(group: Group, overall: float) -> float:
    rate = (group.before_bad + SMOOTHING * overall) / (group.before_n + SMOOTHING)
    return min(max(rate, RAREST), HIGHEST)


def _risen(bad: Floats, n: Floats, usual: Floats) -> Floats:
    """Return the evidence that rates are higher than usual, in nats; none where they are not."""
    rate = np.maximum(bad / np.maximum(n, 1.0), usual)
    return _nats(bad, n, usual, rate)


def _nats(bad: Floats, n: Floats, usual: Floats, rate: Floats) -> Floats:
    """Return by how much a rate explains the bad calls of n better than the usual one."""
    rate = np.clip(rate, RAREST, HIGHEST)
    found: Floats = bad * np.log(rate / usual) + (n - bad) * np.log((1.0 - rate) / (1.0 - usual))
    return found
