"""Many routes a few at a time, so that one statement's memory does not grow with the fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def portions(used: Sequence[Mapping[str, Any]], most: int) -> Iterator[list[str]]:
    """Yield routes, together of at most `most` calls, or one that has more.

    Parameters
    ----------
    used : rows with route and calls

    >>> used = [{"route": "a", "calls": 3}, {"route": "b", "calls": 3}, {"route": "a", "calls": 1}]
    >>> list(portions(used, 4))
    [['a'], ['b']]
    """
    calls: Counter[str] = Counter()
    for row in used:
        calls[row["route"]] += row["calls"]
    taken: list[str] = []
    total = 0
    for route, n in sorted(calls.items()):
        if taken and total + n > most:
            yield taken
            taken, total = [], 0
        taken.append(route)
        total += n
    if taken:
        yield taken
