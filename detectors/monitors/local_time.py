"""Local hours of minutes since the epoch, for the daily and weekly rhythm."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MONDAY = 72  # the epoch was a Thursday: hours from the Monday before it


class LocalTime:
    """Hours since a Monday 0:00 in a time zone; modulo 168 it is the hour of the week.

    >>> LocalTime("UTC").hour(np.array([0, 60 * 24 * 4])).tolist()
    [72, 168]
    """

    def __init__(self, timezone: str = "UTC") -> None:
        self.timezone = timezone
        self._zone = None if timezone == "UTC" else ZoneInfo(timezone)

    def hour(self, minute: Ints) -> Ints:
        """Return the local hour of each minute."""
        return (minute + self._offset(minute)) // 60 + MONDAY

    def _offset(self, minute: Ints) -> Ints | int:
        if self._zone is None:
            return 0
        quarters, index = np.unique(minute // 15, return_inverse=True)
        offsets = [
            datetime.fromtimestamp(q * 900.0, UTC).astimezone(self._zone).utcoffset() for q in quarters
        ]
        return np.array([int(o.total_seconds()) // 60 if o else 0 for o in offsets], dtype=np.int64)[index]
