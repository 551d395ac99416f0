"""When a server advises: each hour, after a look through the store that keeps nobody from watching."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Protocol, Self

EVERY_S = 3_600.0
PATIENCE_S = 0.5  # in which a small store is looked through, and advice given in the same turn

_log = logging.getLogger("fmwatch")


class Daily(Protocol):
    """Advises, where it was looked, and does what else is due."""

    def __call__(self, *, looked: bool) -> object:
        """Do so once."""


class AdviceRound:
    """Looks in a thread of its own and advises in that of the watcher, who takes a turn each round.

    Parameters
    ----------
    look : slow, and reads only
    daily : advises on what was looked at, and does what else is due; only the latter where the look failed,
        which would hold the watcher up if it were repeated in that thread
    patience_s : how long the turn that begins a look waits for it
    """

    def __init__(
        self,
        look: Callable[[], object],
        daily: Daily,
        clock: Callable[[], float] = time.monotonic,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._look = look
        self._daily = daily
        self._clock = clock
        self._patience_s = patience_s
        self._due = clock()
        self._aside = ThreadPoolExecutor(1, "advisor")
        self._looking: Future[object] | None = None

    def turn(self) -> None:
        """Begin a look where one is due, advise where it is over; else return at once."""
        if self._looking is None and self._clock() >= self._due:
            self._due = self._clock() + EVERY_S
            self._looking = self._aside.submit(self._look)
            wait((self._looking,), self._patience_s)
        if self._looking is not None and self._looking.done():
            failed, self._looking = self._looking.exception(), None
            if failed is not None:
                _log.error("no advice this hour: looking through the store failed", exc_info=failed)
            self._daily(looked=failed is None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._aside.shutdown()  # whoever reads the store ends before it is closed
