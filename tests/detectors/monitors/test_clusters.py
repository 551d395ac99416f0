from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.monitors.clusters import DAY_US, HOUR_US, WINDOW_US, first_of_cluster, lookback_us, open_across

MINUTE_US = 60_000_000
NOON = 20_000 * DAY_US + 12 * HOUR_US


def _first(minutes: list[float], clusters: list[int] | None = None, base: int = NOON) -> list[int]:
    at = np.array([base + round(minute * MINUTE_US) for minute in minutes], dtype=np.int64)
    cluster = np.array(clusters or [7] * len(minutes), dtype=np.uint64)
    return [int(first) for first in first_of_cluster(cluster, at)]


def test_burst() -> None:
    """Fifty retries within ten minutes are one observation."""
    assert sum(_first([index / 10 for index in range(50)])) == 1


def test_fixed_window() -> None:
    """A window is not extended by what falls into it: ten minutes after its first event the next opens."""
    assert _first([0, 6, 9.999, 10, 16, 20]) == [1, 0, 0, 1, 0, 1]


def test_clusters_apart() -> None:
    """Clusters do not touch each other, in whatever order they come."""
    assert _first([5, 0, 4, 1], [1, 2, 1, 2]) == [0, 1, 1, 0]


def test_ties() -> None:
    """Of events at the same moment the one handed in first opens the window."""
    assert _first([3, 3, 3]) == [1, 0, 0]


def test_nothing() -> None:
    """No events give no answers."""
    assert _first([]) == []


def test_over_midnight() -> None:
    """Midnight does not cut a burst, only a cluster that has run for an hour without a pause."""
    midnight = 20_001 * DAY_US
    assert _first([-3, 3], base=midnight) == [1, 0]
    endless = [float(minute) for minute in range(-95, 10)]
    opened = [minute for minute, first in zip(endless, _first(endless, base=midnight), strict=True) if first]
    assert opened[-3:] == [-15, -5, 0]


@given(
    minutes=st.lists(st.integers(0, 3 * 1440), min_size=1, max_size=60),
    gaps=st.lists(st.integers(1, 11), min_size=0, max_size=400),
    cut=st.integers(0, 3 * 1440),
)
def test_past_before_lookback(minutes: list[int], gaps: list[int], cut: int) -> None:
    """What happened before the look-back changes nothing after the cut, even in clusters that never pause."""
    chain = np.cumsum([0, *gaps]).tolist()
    at = np.array(sorted(minutes + chain), dtype=np.int64) * MINUTE_US + NOON
    cluster = np.zeros(len(at), dtype=np.uint64)
    whole = first_of_cluster(cluster, at)
    since = cut * MINUTE_US + NOON
    known = at >= lookback_us(since)
    late = at[known] >= since
    assert first_of_cluster(cluster[known], at[known])[late].tolist() == whole[at >= since].tolist()


@given(gaps=st.lists(st.integers(1, 14), min_size=1, max_size=300), cut=st.integers(0, 1440))
def test_sure_clusters(gaps: list[int], cut: int) -> None:
    """A cluster that is not named as open needs no more than the last hour."""
    at = np.cumsum(gaps).astype(np.int64) * MINUTE_US + NOON
    cluster = np.zeros(len(at), dtype=np.uint64)
    since = cut * MINUTE_US + NOON
    known = at >= since - HOUR_US
    if len(open_across(cluster[known], at[known], since - HOUR_US, since)):
        return
    late = at[known] >= since
    found = first_of_cluster(cluster[known], at[known])[late]
    assert found.tolist() == first_of_cluster(cluster, at)[at >= since].tolist()


def test_window() -> None:
    """The window is the contract's ten minutes."""
    assert WINDOW_US == 600 * 1_000_000
