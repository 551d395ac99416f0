"""Read, step, acknowledge: the loop of a score worker, one round at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stream.log import Delivery, Log, Position
from stream.step import Counts
from stream.topics import INGEST

GROUP = "score"
LINES = 4096  # read and inserted at once; fewer, larger parts cost the store less
SIZE_BYTES = 16 * 1024 * 1024  # bounds memory when events are huge

Settle = Callable[[Sequence[Position], Counts], None]


class Worker:
    """Moves events from the ingest topics into the store.

    Parameters
    ----------
    step : what is done with the records read; see `stream.step.Step`
    settle : acknowledges what the step has done; by default a commit to the log
    lines : at most so many at once
    """

    def __init__(
        self,
        log: Log,
        step: Callable[[Sequence[Delivery]], Counts],
        settle: Settle | None = None,
        *,
        lines: int = LINES,
    ) -> None:
        self.log = log
        self.step = step
        self._lines = lines
        self._settle: Settle = settle or self._commit

    def once(self) -> Counts | None:
        """Do the next round; None where nothing waits.

        Raises
        ------
        StoreUnavailable, LogError : nothing was acknowledged; call again later for the same records
        """
        for topic in INGEST:
            deliveries = self.log.read(topic, GROUP, lines=self._lines, size=SIZE_BYTES)
            if deliveries:
                counts = self.step(deliveries)
                self._settle([delivery.position for delivery in deliveries], counts)
                return counts
        return None

    def lag(self) -> int:
        """Return how many lines wait."""
        return sum(self.log.lag(topic, GROUP) for topic in INGEST)

    def _commit(self, positions: Sequence[Position], _: Counts) -> None:
        self.log.commit(GROUP, positions)
