"""Alerts of a data directory that this process has open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from services.alerter.ledger import Ledger
from services.alerts.saying import Saying
from services.lookout import Lookout

PATIENCE_S = 5.0  # for the watcher's round; what is said meanwhile it takes in the next one

Turn = Callable[[float], AbstractContextManager[bool]]


@contextmanager
def alone(_: float) -> Iterator[bool]:
    """Wait for nobody: no watcher runs beside."""
    yield True


class Directory(Saying):
    """Takes what is said to the alerter between two rounds of the watcher.

    Parameters
    ----------
    turn : keeps the watcher from its next round while a block runs; False where it cannot for so many seconds
    """

    def __init__(self, lookout: Lookout, turn: Turn = alone) -> None:
        super().__init__(lookout.database, lookout.config, lookout.clock)
        self.lookout = lookout
        self._turn = turn

    def _ledger(self) -> Ledger:
        return self.lookout.alerter.ledger

    def _pass_on(self, word_id: str) -> None:  # noqa: ARG002 -- all that was said is taken
        with self._turn(PATIENCE_S) as mine:
            if mine:
                self.lookout.hear()
