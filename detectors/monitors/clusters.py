"""Count retries of one question once: the first event of each ten minutes of a cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WINDOW_US = 10 * 60 * 1_000_000
HOUR_US = 3_600 * 1_000_000
DAY_US = 24 * HOUR_US


def first_of_cluster(cluster: NDArray[np.uint64], at_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which events open a window of their cluster; the others are retries within it.

    A window lasts ten minutes from the event that opens it and is never extended; the next event opens the
    next one. A cluster that never pauses for ten minutes would tie every window to the very first event
    ever, so one that has run for an hour at midnight UTC starts afresh there: what happened before
    `lookback_us` of a moment never matters after it.

    Parameters
    ----------
    cluster : (n,) which events belong together
    at_us : (n,) when each happened, microseconds since the epoch, in any order; ties keep their order

    >>> at = np.array([0, 1, 9, 10, 19, 20]) * 60_000_000
    >>> first_of_cluster(np.zeros(6, np.uint64), at).astype(int).tolist()
    [1, 0, 0, 1, 0, 1]
    """
    order, at, starts, ends = _runs(cluster, at_us)
    opens = np.zeros(len(order), dtype=np.bool_)
    opens[starts] = True
    long = at[ends - 1] - at[starts] >= WINDOW_US
    for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        opens[start + _openings(at[start:end])] = True
    first = np.empty(len(order), dtype=np.bool_)
    first[order] = opens
    return first


def lookback_us(since_us: int) -> int:
    """Return from when on events must be known, to tell which open a window at or after `since_us`."""
    return since_us // DAY_US * DAY_US - HOUR_US - WINDOW_US


def open_across(
    cluster: NDArray[np.uint64], at_us: NDArray[np.int64], known_us: int, since_us: int
) -> NDArray[np.uint64]:
    """Return the clusters whose windows after `since_us` may depend on events before `known_us`.

    Parameters
    ----------
    cluster, at_us : all events from `known_us` on
    """
    order, at, starts, ends = _runs(cluster, at_us)
    unsure = (at[starts] < known_us + WINDOW_US) & (at[ends - 1] >= since_us)
    return np.unique(cluster[order[starts[unsure]]])


def _runs(
    cluster: NDArray[np.uint64], at_us: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """Sort by cluster and time and cut wherever a cluster pauses: a pause always ends a window."""
    order = np.lexsort((at_us, cluster))
    at, key = at_us[order], cluster[order]
    cut = np.ones(len(order), dtype=np.bool_)
    cut[1:] = (key[1:] != key[:-1]) | (at[1:] - at[:-1] >= WINDOW_US)
    starts = np.flatnonzero(cut)
    ends = np.append(starts[1:], len(order)).astype(np.intp)
    return order, at, starts, ends[: len(starts)]


def _openings(at: NDArray[np.int64]) -> NDArray[np.intp]:
    found = [0]
    began = int(at[0])
    while True:
        opened = int(at[found[-1]])
        closes = opened + WINDOW_US
        midnight = (opened // DAY_US + 1) * DAY_US
        if midnight < closes and midnight - began >= HOUR_US:
            closes = midnight
        following = int(np.searchsorted(at, closes))
        if following == len(at):
            return np.array(found, dtype=np.intp)
        found.append(following)
