"""When a loop was last seen to move, and what it waits for if it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pulse:
    """Beaten by a loop each time round, read by whoever wants to know whether it still moves; thread-safe.

    Parameters
    ----------
    clock : seconds that only grow
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._at = clock()
        self._waiting_for = ""

    def beat(self, waiting_for: str = "") -> None:
        """The loop moves; it waits for something of ours that is away, where that is said."""
        with self._lock:
            self._at = self._clock()
            self._waiting_for = waiting_for

    def age_s(self) -> float:
        """Return how long ago the loop last moved."""
        with self._lock:
            return self._clock() - self._at

    def waiting_for(self) -> str:
        """Return what the loop said it waits for, "" where it goes on."""
        with self._lock:
            return self._waiting_for
