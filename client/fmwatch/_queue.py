"""A bounded queue of lines that counts what it could not keep."""

from __future__ import annotations

import threading
from collections import deque
from typing import Deque, Dict, List, Sequence


class Queue:
    """Lines that wait for the sender. `put` never blocks on more than a few instructions.

    Parameters
    ----------
    max_events, max_bytes : what may wait; more is refused
    """

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.reset()

    def reset(self) -> None:
        """Begin anew; a child process does, because its parent sends what was waiting."""
        # Re-entrant: a signal handler may capture in the middle of a capture.
        self._lock = threading.RLock()
        self._lines: Deque[bytes] = deque()
        self._bytes = 0
        self._taken = 0  # by the sender, and not yet settled
        self.sent = 0
        self.reasons: Dict[str, int] = {}
        self._untold: Dict[str, int] = {}

    def put(self, line: bytes) -> bool:
        """Keep a line; False where the queue is full."""
        with self._lock:
            if len(self._lines) >= self.max_events or self._bytes + len(line) > self.max_bytes:
                return False
            self._lines.append(line)
            self._bytes += len(line)
            return True

    def take(self, most: int, most_bytes: int) -> List[bytes]:
        """Return the oldest lines; they wait until `settle` says what became of them."""
        batch: List[bytes] = []
        size = 0
        with self._lock:
            while (
                self._lines and len(batch) < most and (not batch or size + len(self._lines[0]) <= most_bytes)
            ):
                line = self._lines.popleft()
                batch.append(line)
                size += len(line)
            self._taken += len(batch)
        return batch

    def put_back(self, batch: Sequence[bytes]) -> None:
        """Let the lines wait again, in front."""
        with self._lock:
            self._lines.extendleft(reversed(batch))
            self._taken -= len(batch)

    def settle(self, batch: Sequence[bytes], lost: int = 0, reason: str = "rejected") -> None:
        """Say what became of lines taken."""
        with self._lock:
            self._taken -= len(batch)
            self._bytes -= sum(map(len, batch))
            self.sent += len(batch) - lost
        if lost:
            self.lose(reason, lost)

    def lose(self, reason: str, n: int = 1) -> None:
        """Count events that are lost."""
        with self._lock:
            for counts in (self.reasons, self._untold):
                counts[reason] = counts.get(reason, 0) + n

    def untold(self) -> Dict[str, int]:
        """Return the losses that no receiver knows of yet."""
        with self._lock:
            return dict(self._untold)

    def told(self, losses: Dict[str, int]) -> None:
        """Say that a receiver knows of these losses now."""
        with self._lock:
            for reason, n in losses.items():
                self._untold[reason] -= n
            self._untold = {reason: n for reason, n in self._untold.items() if n}

    @property
    def waiting(self) -> int:
        """How many lines are neither sent nor lost."""
        with self._lock:
            return len(self._lines) + self._taken
