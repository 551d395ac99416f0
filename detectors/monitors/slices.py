"""In which slice of its calls a change sits: a language, a prompt version, a region, a served model.

A slice is judged against its own reference, smoothed towards that of all calls, by its Poisson likelihood
ratio: slices differ, and the one that always was worst is not where the change is. A change sits in a slice
if that alone explains the numbers better than a rise everywhere does, by 20 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMOOTHING = 50.0  # imagined calls of a slice at the reference of all
RAREST = 1e-4  # a reference of nothing is unknown, not impossible
BETTER = math.log(20.0)
LEAST_BAD = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Calls of one value of one dimension: since the start, and in the reference before it."""

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
    found = list(groups)
    scored = [(_nats(group.bad, expected(group, found)), group) for group in found if group.n]
    return sorted(scored, key=lambda one: (-one[0], one[1].by, one[1].value))


def concentrated(groups: Sequence[Group]) -> Group | None:
    """Return the slice in which a change sits while the rest is as usual, or None."""
    best: tuple[float, Group] | None = None
    for nats, group in ranked(groups):
        own = [other for other in groups if other.by == group.by]
        everywhere = _nats(sum(o.bad for o in own), sum(expected(o, own) for o in own))
        if nats - everywhere >= BETTER and group.bad >= LEAST_BAD and (best is None or nats > best[0]):
            best = (nats, group)
    return best[1] if best else None


def expected(group: Group, groups: Sequence[Group]) -> float:
    """Return how many bad calls a slice should have had since the start, by its reference."""
    own = [other for other in groups if other.by == group.by]
    before, bad = sum(other.before_n for other in own), sum(other.before_bad for other in own)
    overall = bad / before if before else 0.0
    rate = (group.before_bad + SMOOTHING * overall) / (group.before_n + SMOOTHING)
    return group.n * max(rate, RAREST)


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


def _nats(bad: float, usual: float) -> float:
    return bad * math.log(bad / usual) - (bad - usual) if bad > usual > 0 else 0.0
