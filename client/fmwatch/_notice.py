"""What the client says in the application's own log, by the logger `fmwatch`; seldom, and never raising."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Callable, Dict

from fmwatch._forking import importing

AGAIN_S = 600.0  # the same thing is said at most so often


class Notices:
    """Warnings, each kind of them at most every ten minutes.

    Parameters
    ----------
    clock : seconds that only grow
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()  # a signal handler may capture in the middle of a warning
        self._said: Dict[str, float] = {}

    def reset(self) -> None:
        """In a child process: locks are its own."""
        self._lock = threading.RLock()

    def warn(self, kind: str, message: str, *values: object) -> None:
        """Log a warning, unless one of its kind was logged lately."""
        with self._lock:
            now = self._clock()
            if now - self._said.get(kind, -AGAIN_S) < AGAIN_S:
                return
            self._said[kind] = now
        _log(message, *values)

    def over(self, kind: str) -> bool:
        """Let the next warning of a kind be logged at once; tell whether there was one."""
        with self._lock:
            return self._said.pop(kind, None) is not None


def _log(message: str, *values: object) -> None:
    with suppress(Exception):  # an application's own log handlers
        with importing():
            import logging  # noqa: PLC0415 - rarely needed
        logging.getLogger("fmwatch").warning(message, *values)
