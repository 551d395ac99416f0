"""Samples of many routes' calls, a few routes at a time: no statement grows with the fleet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Series = tuple[str, str, str, str]  # tenant, route, platform, model

# The condition that takes a portion's calls; texts are read of no others.
TAKEN = (
    "(tenant, route, platform, request_model) IN {series:Array(Tuple(String, String, String, String))} "
    "AND cityHash64(event_id) % {every:UInt64} = 0"
)


class Portion(NamedTuple):
    """Series of which one call in `every` is taken, by a hash of its id."""

    every: int
    series: list[Series]


def portions(used: Sequence[Mapping[str, Any]], sample: int, most: int) -> Iterator[Portion]:
    """Yield all series, those of like volume together, with at most `most` calls taken in a portion.

    Parameters
    ----------
    used : rows with tenant, route, platform, request_model and calls
    sample : calls of a series that are enough; up to twice as many are taken

    >>> used = [dict(tenant="t", route=r, platform="p", request_model="m", calls=n) for r, n in
    ...         (("a", 30), ("b", 90), ("c", 30))]
    >>> [(one.every, [route for _, route, *_ in one.series]) for one in portions(used, 40, 50)]
    [(1, ['a']), (1, ['c']), (2, ['b'])]
    """
    alike: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in used:
        alike[1 << max(0, (row["calls"] // sample).bit_length() - 1)].append(row)
    for every, rows in sorted(alike.items(), key=lambda one: one[0]):
        taken: list[Series] = []
        total = 0
        for row in rows:
            n = row["calls"] // every
            if taken and total + n > most:
                yield Portion(every, taken)
                taken, total = [], 0
            taken.append((row["tenant"], row["route"], row["platform"], row["request_model"]))
            total += n
        yield Portion(every, taken)
