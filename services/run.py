"""All of fmwatch in one process on one directory: the embedded form, used by `up`, `replay` and `demo`."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from detectors import registry
from services.config import Config
from services.lookout import Clock, Lookout
from services.wiring import allowed, border, check_embedded
from store.database import Database
from stream.border import gathered
from stream.observed import ObservedEncoder, ObservedStep, observed
from stream.sqlite_log import SqliteLog
from stream.step import Counts, Step
from stream.worker import Worker

# A batch is many small objects that all go at once: looking for cycles every 700 costs a twentieth of it.
COLLECT = (50_000, 20, 20)


class Embedded(Lookout):
    """Log, step, store, watcher, alerter and advisor on one data directory.

    Not thread-safe by itself: `score` may run in one thread and `watch` in another.

    Parameters
    ----------
    directory : made if absent; one process at a time
    clock : what time it is; a replay's is its file's own
    notify : how old what is found may be to be sent; None only records alerts

    Raises
    ------
    StoreInUse, LogInUse : another process has the directory
    ConfigError : the configuration refers to nothing
    """

    log: SqliteLog

    def __init__(
        self, directory: Path, config: Config, clock: Clock, *, notify: timedelta | None = None
    ) -> None:
        check_embedded(config)
        self.directory = directory
        database = Database.open(directory=directory)
        super().__init__(config, database, SqliteLog(directory), clock, notify=notify)
        self.rollup.catch_up()  # what was stored and not summed up before the last end
        self.border = border(config)
        self._scorers = observed(registry.scorers(self.prices, allowed(config)), self.meter)
        self._encoder = ObservedEncoder(registry.encoder(), self.meter)
        self._worker = Worker(self.log, ObservedStep(self.step_for(clock), self.meter))
        gc.freeze()  # catalogue, prices and models stay for good: nothing to look for among them
        gc.set_threshold(*COLLECT)

    def ingest(self, lines: Iterable[bytes]) -> None:
        """Take lines in over the border; durable in the log when this returns."""
        for name, records in gathered(self.border.admit(line) for line in lines).items():
            self.log.append(name, records)

    def step_for(self, clock: Clock) -> Step:
        """Return the step at a clock: the wall's for a server, the file's own for a replay."""
        read = self.border.parsed.take
        return Step(self.log, self.writer, self._scorers, self._encoder, clock, read=read)

    def score(self) -> Counts | None:
        """Take the next records of the log through the step; None where nothing waits."""
        counts = self._worker.once()
        if counts:
            self.taken(counts)
        return counts

    def taken(self, counts: Counts) -> None:
        """Remember which sums a round has put out of date."""
        self.rollup.touch(counts.hours)

    def sum_up(self) -> None:
        """Bring the sums up to date with what `score` has stored here."""
        self.rollup.recompute()

    def daily(self, *, looked: bool = True) -> None:
        """Advise, and let go of what every reader of the log has consumed.

        Advice that fails keeps no event longer.
        """
        try:
            super().daily(looked=looked)
        finally:
            self.log.prune()

    def close(self) -> None:
        """Give the directory free; calling it twice is harmless."""
        self.log.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
