"""Counts of tokens in our one convention: input includes what the cache had, output includes reasoning."""

from __future__ import annotations

from collections.abc import Iterable

Counts = dict[str, int]
Pair = tuple[bool, bool]

CACHE = ("cache_read", "cache_write_5m", "cache_write_1h")


def inclusive(told: Counts, *, beside: bool = False) -> tuple[Counts, bool]:
    """Return the counts of one source, and whether it had the parts of a side beside it.

    Parameters
    ----------
    told : of one source alone; `cache_write` where it does not tell how long that stays, `total` of all
    beside : the source is known to count the cache beside the input; else its numbers tell

    >>> inclusive({"input": 10, "cache_read": 90, "output": 5})
    ({'input': 100, 'cache_read': 90, 'output': 5}, True)
    >>> inclusive({"input": 10, "output": 50, "reasoning": 40, "total": 100})
    ({'input': 10, 'output': 90, 'reasoning': 40}, True)
    """
    found = dict(told)
    total, write = found.pop("total", None), found.pop("cache_write", 0)
    if write and not {"cache_write_5m", "cache_write_1h"} & found.keys():
        found["cache_write_5m"] = write  # the usual way, where nobody says which
    cache = sum(max(0, found.get(name, 0)) for name in CACHE) if found.get("input", -1) >= 0 else 0
    reasoning = found.get("reasoning", 0) if found.get("output", -1) >= 0 else 0
    given, output = found.get("input", 0), found.get("output", 0)
    known = (cache > 0 and (beside or cache > given), reasoning > output)
    more = apart(None if total is None else total - given - output, (cache, reasoning), known, known)
    for name, part, is_beside in zip(("input", "output"), (cache, reasoning), more, strict=True):
        if is_beside and part:
            found[name] += part
    return found, any(more)


def apart(over: int | None, parts: tuple[int, int], sure: Pair, usual: Pair) -> Pair:
    """Return which of two parts, cache and reasoning, are beside the input and the output.

    Parameters
    ----------
    over : how much the total is above input and output, None without a total
    sure : those that must be, for they are larger
    usual : what is so where the total does not tell
    """
    if over is None:
        return usual
    can = (pair for pair in _pairs(parts) if pair[0] >= sure[0] and pair[1] >= sure[1])
    return next((pair for pair in can if over == parts[0] * pair[0] + parts[1] * pair[1]), usual)


def _pairs(parts: tuple[int, int]) -> Iterable[Pair]:
    """Return what can be; of a part of nothing it makes no difference."""
    return [
        (cache, reasoning)
        for reasoning in ((False, True) if parts[1] else (False,))
        for cache in ((False, True) if parts[0] else (False,))
    ]
