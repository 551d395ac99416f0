"""What a thread of the client's sleeps on."""

from __future__ import annotations

import threading
from contextlib import suppress


class Wake:
    """Wakes one thread, as an `Event` would that it clears.

    An event has a lock that its own thread may hold when a signal handler or a `__del__` captures something;
    here `set` waits for nothing.
    """

    def __init__(self) -> None:
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def set(self) -> None:
        """Let the thread go on, now or as soon as it waits."""
        with suppress(RuntimeError):  # it is set already
            self._asleep.release()

    def wait(self, timeout_s: float) -> bool:
        """Sleep until it is set, for at most `timeout_s`, and tell whether it was."""
        return self._asleep.acquire(timeout=timeout_s)
