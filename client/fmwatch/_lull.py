"""A moment in which the application has nothing to do."""

from __future__ import annotations

import time
from typing import Callable

NAP_S = 0.005
IDLE = 0.3  # share of a processor that an application with nothing to do takes at most
PATIENCE_S = 0.5


def lull(
    nap: Callable[[float], bool],
    clock: Callable[[], float] = time.monotonic,
    worked: Callable[[], float] = time.process_time,
) -> None:
    """Wait until the application is idle, for `PATIENCE_S` at most.

    Threads share one interpreter: what the sender does while an event loop works through answers, every one
    of these waits for.

    Parameters
    ----------
    nap : nap(seconds) sleeps, and tells whether it was woken because somebody is waiting
    clock, worked : seconds that have passed, and that the process has used a processor for
    """
    end = clock() + PATIENCE_S
    while (before := clock()) < end:
        work = worked()
        if nap(NAP_S) or worked() - work < IDLE * (clock() - before):
            return
