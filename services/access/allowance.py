"""How much a token may send: events a second and bytes a day, in buckets that time fills again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

Limit = Literal["events_per_second", "bytes_per_day"]

_DAY_S = 86_400
_BURST_S: dict[Limit, float] = {"events_per_second": 10, "bytes_per_day": 3_600}  # may be sent at once
_AGAIN_S = 60  # between two times that it is news


class Limits(NamedTuple):
    """What one token may send; None without a limit."""

    events_per_second: float | None = None
    bytes_per_day: int | None = None


class Over(NamedTuple):
    """A limit that is reached.

    Attributes
    ----------
    after_s : seconds until something may be sent again
    news : nobody was told within the last minute
    """

    limit: Limit
    after_s: float
    news: bool


class Allowance:
    """What is left of a token's limits, within this process; thread-safe, and of constant size.

    A request that begins while something is left is taken whole, however large: what it takes too much is
    missing afterwards. So the mean is exact, and no batch is too large for ever.

    Parameters
    ----------
    clock : seconds that only grow
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._told_at = -float(_AGAIN_S)
        self._buckets: dict[Limit, _Bucket] = {}
        if limits.events_per_second:
            self._buckets["events_per_second"] = self._bucket("events_per_second", limits.events_per_second)
        if limits.bytes_per_day:
            self._buckets["bytes_per_day"] = self._bucket("bytes_per_day", limits.bytes_per_day / _DAY_S)

    def _bucket(self, limit: Limit, per_second: float) -> _Bucket:
        return _Bucket(per_second, max(per_second * _BURST_S[limit], 1.0), self._clock())

    def over(self) -> Over | None:
        """Return the limit that is reached, None where something may be sent."""
        with self._lock:
            now = self._clock()
            waits = {limit: bucket.wait_s(now) for limit, bucket in self._buckets.items()}
            limit = max(waits, key=lambda one: waits[one], default=None)
            if limit is None or not waits[limit]:
                return None
            news = now - self._told_at >= _AGAIN_S
            self._told_at = now if news else self._told_at
            return Over(limit, waits[limit], news)

    def take(self, events: int, size: int) -> None:
        """Count what is sent; `give_back` it where it did not get into the log."""
        with self._lock:
            now = self._clock()
            sent: dict[Limit, int] = {"events_per_second": events, "bytes_per_day": size}
            for limit, bucket in self._buckets.items():
                bucket.take(sent[limit], now)

    def give_back(self, events: int, size: int) -> None:
        """Count what was not kept as not sent."""
        self.take(-events, -size)


class _Bucket:
    """Holds at most `capacity` and fills with `rate` a second; it may be below empty."""

    def __init__(self, rate: float, capacity: float, now: float) -> None:
        self._rate = rate
        self._capacity = capacity
        self._level = capacity
        self._at = now

    def wait_s(self, now: float) -> float:
        """Return how long it takes until there is one."""
        self._fill(now)
        return 0.0 if self._level >= 1 else (1 - self._level) / self._rate

    def take(self, n: float, now: float) -> None:
        self._fill(now)
        self._level = min(self._level - n, self._capacity)

    def _fill(self, now: float) -> None:
        self._level = min(self._capacity, self._level + max(now - self._at, 0.0) * self._rate)
        self._at = now


UNLIMITED = Allowance(Limits())
