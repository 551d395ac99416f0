"""So many requests a minute, whoever sends them; all wait where the endpoint asks for a pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets one request go at a time, evenly spaced. Thread-safe.

    Parameters
    ----------
    per_minute : requests
    clock : seconds that only grow
    sleep : waits so many seconds
    """

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._every_s = 60.0 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()

    def wait(self) -> None:
        """Return when the next request may go."""
        with self._lock:
            now = self._clock()
            mine = max(self._next, now)
            self._next = mine + self._every_s
        if mine > now:
            self._sleep(mine - now)

    def hold(self, seconds: float) -> None:
        """Let nobody go for so long; who waits already is not called back."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
