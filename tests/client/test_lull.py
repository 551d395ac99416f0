"""When the sender takes its turn beside the application's own threads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

from fmwatch._lull import NAP_S, PATIENCE_S, lull


class Application:
    """An application that works for these shares of the time, nap by nap."""

    def __init__(self, busy: Iterator[float], woken_at: float = 1e9) -> None:
        self.busy = busy
        self.woken_at = woken_at
        self.now = self.work = 0.0

    def wait(self) -> float:
        """Return the seconds until the sender takes its turn."""
        lull(self._nap, lambda: self.now, lambda: self.work)
        return self.now

    def _nap(self, seconds: float) -> bool:
        self.now += seconds
        self.work += seconds * next(self.busy)
        return self.now >= self.woken_at


def test_idle() -> None:
    """Where nobody else has work, one nap is all it takes."""
    assert Application(repeat(0.02)).wait() == NAP_S


def test_busy() -> None:
    """While an event loop works it waits, and goes on when the loop has done."""
    assert Application(chain(repeat(0.9, 20), repeat(0.1))).wait() == sum([NAP_S] * 21)


def test_always_busy() -> None:
    """An application that always has work is asked for a turn after half a second."""
    assert PATIENCE_S <= Application(repeat(1.0)).wait() < PATIENCE_S + 2 * NAP_S


def test_woken() -> None:
    """Whoever waits for the sender does not wait for a lull."""
    assert Application(repeat(1.0), woken_at=0.03).wait() < 0.03 + NAP_S
