"""Feed files through the log and the step, in event time, with counts that are exact whatever happens.

How far the files were read, what waits in the log and what became of it are kept in one transaction each:
a replay that was killed goes on where it was and ends with the same counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from store.database import Database
from stream.border import Border
from stream.decode import Clock
from stream.feed import Feed, Place, ReplayCounts, StepFor, forget, remembered
from stream.latest import LatestTime
from stream.sources import Source, SourceLine
from stream.sqlite_log import SqliteLog
from stream.step import Counts
from stream.worker import LINES, SIZE_BYTES

Progress = Callable[[int, int, int], None]  # bytes done, bytes in all, events


class Replay:
    """One replay of some sources; `run` may be called again after a crash, `done` ends it.

    Parameters
    ----------
    step_for : makes the step for a clock; the clock stands at the files' own time
    progress : called after each round with bytes done, bytes in all, events
    taken : called with what each round did, e.g. to mark rollups as out of date
    wall : the real time; says which times in a file can't be
    round_lines : lines between two places from which it can go on
    """

    def __init__(
        self,
        log: SqliteLog,
        database: Database,
        border: Border,
        step_for: StepFor,
        *,
        progress: Progress | None = None,
        taken: Callable[[Counts], None] | None = None,
        wall: Clock = lambda: datetime.now(UTC),
        round_lines: int = LINES,
    ) -> None:
        self.log = log
        self.database = database
        self.border = border
        self.step_for = step_for
        self.progress = progress
        self.taken = taken
        self.wall = wall
        self.round_lines = round_lines

    def run(self, sources: Sequence[Source], now: datetime | None = None) -> ReplayCounts:
        """Take in every line of the sources and return what became of them.

        Parameters
        ----------
        now : what time it is; by default the latest sensible time of the sources
        """
        feed = self._feed(sources, now)
        feed.drain()  # what a killed run had put into the log
        total = sum(source.size for source in sources)
        for index in range(feed.place.source, len(sources)):
            feed.go_to(index)
            before = sum(source.size for source in sources[:index])
            for batch in batches(sources[index].lines(), skip=feed.place.line, most=self.round_lines):
                feed.take([line.raw for line in batch])
                if self.progress:
                    self.progress(before + batch[-1].read_bytes, total, feed.place.events)
        self.log.prune()
        return feed.counts()

    def done(self) -> None:
        """Forget the place; the next run of the same sources begins anew."""
        forget(self.log)

    def _feed(self, sources: Sequence[Source], now: datetime | None) -> Feed:
        place = remembered(self.log)
        if place is not None:
            feed = Feed(self.log, self.database, self.border, self.step_for, place, taken=self.taken)
            if _same(place, sources):
                return feed
            feed.drain()  # another replay's: its events are stored, its counts are nobody's
        now = now or LatestTime().of(_raws(sources), self.wall())
        place = Place([source.fingerprint() for source in sources], now)
        feed = Feed(self.log, self.database, self.border, self.step_for, place, taken=self.taken)
        feed.begin()
        return feed


def _same(place: Place, sources: Sequence[Source]) -> bool:
    """Tell whether these are the sources of an unfinished replay; they may have grown since."""
    return (
        place.begun
        and len(place.fingerprints) == len(sources)
        and all(
            source.fingerprint(n) == (known, n)
            for source, (known, n) in zip(sources, place.fingerprints, strict=True)
        )
    )


def _raws(sources: Sequence[Source]) -> Iterator[bytes]:
    return (line.raw for source in sources for line in source.lines())


def batches(lines: Iterable[SourceLine], *, skip: int = 0, most: int = LINES) -> Iterator[list[SourceLine]]:
    """Cut what follows the first `skip` lines into rounds of bounded size."""
    batch: list[SourceLine] = []
    size = 0
    for line in islice(lines, skip, None):
        batch.append(line)
        size += len(line.raw)
        if len(batch) >= most or size >= SIZE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
