"""Ctrl-C as a wish: what is in hand is finished first; a second one ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def wished() -> Iterator[Callable[[], bool]]:
    """Tell whether SIGINT or SIGTERM came; the same signal again does what it would have done."""
    came = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _: object) -> None:
        came.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield came.is_set
    finally:
        for number, former in before.items():
            signal.signal(number, former)
