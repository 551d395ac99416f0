"""Put lines through border, log and step, and know exactly what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from store.database import Database
from stream.border import Border, gathered
from stream.decode import Clock
from stream.log import Delivery, Position
from stream.sqlite_log import SqliteLog
from stream.step import Counts
from stream.worker import GROUP, Worker

_NOTE = "replay"
_PRUNE_EVERY = 16  # rounds
_ROWS = """
SELECT (SELECT count() FROM generations FINAL) + (SELECT count() FROM feedback FINAL)
    + (SELECT count() FROM changes FINAL) AS n
"""

StepFor = Callable[[Clock], Callable[[Sequence[Delivery]], Counts]]


@dataclass(frozen=True, slots=True)
class ReplayCounts:
    """What became of the lines: events == stored + duplicates + dead_letters, always.

    Attributes
    ----------
    events : lines that are not blank
    stored : rows that are new in the store
    duplicates : events whose identity was there already
    dead_letter_reasons : dead letters by reason
    now : what time it was for these lines
    """

    events: int
    stored: int
    duplicates: int
    dead_letter_reasons: dict[str, int]
    now: datetime

    @property
    def dead_letters(self) -> int:
        """How many lines could not be taken in."""
        return sum(self.dead_letter_reasons.values())


class Place(msgspec.Struct):
    """How far a feed came; kept in the log, in the same transaction as what it tells about.

    Attributes
    ----------
    fingerprints : of the sources, each with the number of bytes it is about
    now : what time it is for these lines
    begun : whether `before` is known; until then nothing was taken
    before : rows in the store at the beginning
    source, line : the next line to take
    events, accepted, dead_letters : what became of the lines taken
    """

    fingerprints: list[tuple[str, int]]
    now: datetime
    begun: bool = False
    before: int = 0
    source: int = 0
    line: int = 0
    events: int = 0
    accepted: int = 0
    dead_letters: dict[str, int] = msgspec.field(default_factory=dict)


def remembered(log: SqliteLog) -> Place | None:
    """Return the place of a feed that was not forgotten."""
    note = log.noted(_NOTE)
    return None if note is None else msgspec.json.decode(note, type=Place)


def forget(log: SqliteLog) -> None:
    """Let the next feed begin anew."""
    log.note(_NOTE, None)


class Feed:
    """Takes lines in, a batch at a time.

    Parameters
    ----------
    step_for : makes the step for a clock, which stands at the place's `now`
    place : where to go on; a fresh one needs `begin`
    taken : called with what each round did, e.g. to mark rollups as out of date
    """

    def __init__(
        self,
        log: SqliteLog,
        database: Database,
        border: Border,
        step_for: StepFor,
        place: Place,
        *,
        taken: Callable[[Counts], None] | None = None,
    ) -> None:
        self.log = log
        self.database = database
        self.border = border
        self.place = place
        self.taken = taken
        self._worker = Worker(log, step_for(lambda: place.now), self._settle)
        self._rounds = 0

    def begin(self) -> None:
        """Start to count; what still waits in the log is taken in first and counts for nobody."""
        self.drain()
        self.place.accepted, self.place.dead_letters = 0, {}
        self.place.before = self._rows()
        self.place.begun = True
        self._note()

    def take(self, raws: Sequence[bytes]) -> None:
        """Append lines that are not blank, and take in everything that waits."""
        topics = gathered(map(self.border.admit, raws))
        with self.log.together():
            for topic, records in topics.items():
                self.log.append(topic, records)
            self.place.line += len(raws)
            self.place.events += len(raws)
            self._note()
        self.drain()
        self._rounds += 1
        if self._rounds % _PRUNE_EVERY == 0:
            self.log.prune()

    def drain(self) -> None:
        """Take in everything that waits in the log."""
        while self._worker.once():
            pass

    def go_to(self, source: int) -> None:
        """Begin with a source, unless it is the one that was begun already."""
        if source != self.place.source:
            self.place.source, self.place.line = source, 0
            self._note()

    def counts(self) -> ReplayCounts:
        """Return what became of all lines taken so far."""
        stored = self._rows() - self.place.before
        letters = dict(self.place.dead_letters)
        duplicates = self.place.accepted - stored
        return ReplayCounts(self.place.events, stored, duplicates, letters, self.place.now)

    def _rows(self) -> int:
        """Count distinct events in the store."""
        return int(self.database.query(_ROWS)["n"][0])

    def _note(self) -> None:
        """Keep the place."""
        self.log.note(_NOTE, msgspec.json.encode(self.place))

    def _settle(self, positions: Sequence[Position], counts: Counts) -> None:
        with self.log.together():
            self.log.commit(GROUP, positions)
            self.place.accepted += counts.accepted
            for reason, n in counts.dead_letters.items():
                self.place.dead_letters[reason] = self.place.dead_letters.get(reason, 0) + n
            self._note()
        if self.taken:
            self.taken(counts)
