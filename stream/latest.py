"""What time it is in an old file: the latest time in it that makes sense."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from stream.decode import AHEAD, RETENTION
from stream.errors import InvalidEvent
from stream.moment import moment

_TIME = re.compile(rb'"(?:occurred_at|at)"\s*:\s*(?:"([^"]{10,40})"|([0-9][0-9.]{0,24}))')
_HOUR_S = 3600
_ENOUGH = 0.5  # of the events that the best choice would keep


class LatestTime:
    """Collects the times of lines and says which of them to call now.

    A single broken clock must not make all other events look too old or too new. So: the latest time that
    keeps within retention at least half as many events as the best choice would; times after the real now
    count only where most of the file is there. Memory is a few bytes per hour of the file.
    """

    def __init__(self, retention: timedelta = RETENTION) -> None:
        self.retention = retention
        self._hours: dict[int, tuple[int, float]] = {}  # events, and the latest second among them

    def add(self, raw: bytes) -> None:
        """Look at one line; whatever it holds is fine."""
        found = _TIME.search(raw)
        if not found:
            return
        try:
            value = found[1].decode() if found[1] is not None else float(found[2])
            second = moment(value, "").timestamp()
        except (InvalidEvent, ValueError):
            return
        hour = int(second // _HOUR_S)
        count, latest = self._hours.get(hour, (0, second))
        self._hours[hour] = (count + 1, max(latest, second))

    def of(self, raws: Iterable[bytes], wall: datetime) -> datetime:
        """Look at all lines and return what to call now."""
        for raw in raws:
            self.add(raw)
        return self.now(wall)

    def now(self, wall: datetime) -> datetime:
        """Return the latest sensible time; the wall clock's where there is none at all."""
        hours = self._believable(wall)
        if not hours:
            return wall
        kept = self._kept(hours)
        enough = _ENOUGH * max(kept.values())
        latest = max(hour for hour in hours if kept[hour] >= enough)
        return datetime.fromtimestamp(self._hours[latest][1], UTC)

    def _believable(self, wall: datetime) -> list[int]:
        last = int((wall + AHEAD).timestamp() // _HOUR_S)
        past = [hour for hour in self._hours if hour <= last]
        total = sum(count for count, _ in self._hours.values())
        in_past = sum(self._hours[hour][0] for hour in past)
        return sorted(past if in_past * 2 >= total else self._hours)

    def _kept(self, hours: list[int]) -> dict[int, int]:
        """Return how many events each choice would keep within retention."""
        sums = [0, *accumulate(self._hours[hour][0] for hour in hours)]
        span = int(self.retention.total_seconds() // _HOUR_S)
        return {
            hour: sums[index + 1] - sums[bisect_left(hours, hour - span)] for index, hour in enumerate(hours)
        }
