"""The one hot path: read -> decode -> score -> insert -> return; the caller acknowledges after that.

Whatever happens, a line ends as a row or as a dead letter. A crash anywhere repeats the step, and repeating
it changes nothing: identity is a pure function of the event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple

from fmwatch.event import Change, Event, Feedback, Generation

from detectors.base import Column, Scorer
from detectors.batch import Batch, Encoder
from store.erasures import Erasures
from store.errors import RowRejected
from store.writer import Writer
from stream import receipt
from stream.again import Again
from stream.border import tenant_of
from stream.dead_letters import DeadLetter, letter, reasons
from stream.decode import RETENTION, Clock, Read, decode
from stream.errors import InvalidEvent
from stream.json_object import parse
from stream.log import Delivery, Log, Position
from stream.receipt import Receipt
from stream.scoring import assessable, verdicts
from stream.topics import DEAD_LETTERS, RECEIPTS

TOGETHER = 512  # events scored at once: what they need stays near the processor


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of some lines.

    Attributes
    ----------
    events : lines taken in
    accepted : of them, those that are in the store, duplicates included
    dead_letters : the others, by reason
    hours : those that got generations; their rollups are out of date
    """

    events: int = 0
    accepted: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)
    hours: frozenset[datetime] = frozenset()


class _Line(NamedTuple):
    source: Position
    number: int
    raw: bytes
    key: bytes
    again: Again | None


_Taken = list[tuple[_Line, Event | Receipt]]
_Refused = list[tuple[_Line, InvalidEvent]]


class Step:
    """Turns what was read from the log into rows.

    Called from one thread. Raises StoreUnavailable and LogError, where the same deliveries should be handed
    in again; nothing else, whatever the bytes.

    Parameters
    ----------
    log : gets the dead letters
    scorers, encoder : of tier 0, for every generation
    clock : what time it is; in a replay the file's own
    retention : how old an event may be
    erased : knows whose data was erased: what comes back of it is read, counted and not stored
    read : gives the object of a line; the border's memory, where border and step share a process
    """

    def __init__(
        self,
        log: Log,
        writer: Writer,
        scorers: Sequence[Scorer],
        encoder: Encoder,
        clock: Clock,
        *,
        retention: timedelta = RETENTION,
        erased: Erasures | None = None,
        read: Read = parse,
    ) -> None:
        self.log = log
        self.writer = writer
        self.scorers = scorers
        self.encoder = encoder
        self.clock = clock
        self.retention = retention
        self.erased = erased or Erasures(writer.database)
        self.read = read

    def __call__(self, deliveries: Sequence[Delivery]) -> Counts:
        """Take in what was read and say what became of it; done when this returns."""
        self.erased.renew()
        events, refused = self._decoded(deliveries)
        total = sum(not isinstance(event, Receipt) for _, event in events) + len(refused)
        kept = [pair for pair in events if not self._gone(pair[1])]
        judged: list[bool] = []
        refused += self._stored(kept, judged)
        self._bury([(line, error) for line, error in refused if line.again is None])
        self._tell(events, refused)
        self._receipts(receipt.of_batch(deliveries, self.clock(), _owed(events, kept, judged)))
        self._receipts([one for one in receipt.of_clients(deliveries, self.clock()) if not self._gone(one)])
        return Counts(total, total - len(refused), reasons(error for _, error in refused), _hours(events))

    def _decoded(self, deliveries: Sequence[Delivery]) -> tuple[_Taken, _Refused]:
        events: _Taken = []
        refused: _Refused = []
        for line in _lines(deliveries):
            try:
                events.append((line, self._one(line)))
            except InvalidEvent as error:
                refused.append((line, error))
        return events, refused

    def _one(self, line: _Line) -> Event | Receipt:
        if line.source.topic == RECEIPTS:
            return receipt.read(line.raw)
        return decode(line.raw, self._clock(line), self.retention, self.read)

    def _gone(self, event: Event | Receipt) -> bool:
        """Tell whether it is of somebody whose data was erased after it happened."""
        if isinstance(event, Receipt):
            return self.erased.of_tenant(event.tenant, event.minute)
        return self.erased.event(event)

    def _clock(self, line: _Line) -> Clock:
        """Return the time to read a line at; a letter's own, where it is handed in again."""
        again = line.again
        return self.clock if again is None else lambda: again.at

    def _stored(self, events: _Taken, judged: list[bool]) -> _Refused:
        """Store all events, one type at a time, and return those the store refuses for ever."""
        refused: _Refused = []
        for kind, store in (
            (Generation, partial(self._generations, judged)),
            (Feedback, self.writer.feedback),
            (Change, self.writer.changes),
            (Receipt, self._receipts),
        ):
            mine = [pair for pair in events if isinstance(pair[1], kind)]
            if mine:
                refused += self._store_all(mine, store)
        return refused

    def _store_all(self, events: _Taken, store: Callable[[list[Any]], list[RowRejected]]) -> _Refused:
        rejected = store([event for _, event in events])
        return [
            (events[row.index][0], InvalidEvent("wrong_type", "", f"the store says: {row.reason}"))
            for row in rejected
        ]

    def _generations(self, judged: list[bool], events: Sequence[Generation]) -> list[RowRejected]:
        return self.writer.generations(self._scored(events, judged))

    def _scored(
        self, events: Sequence[Generation], judged: list[bool]
    ) -> Iterator[tuple[Batch, dict[str, Column]]]:
        for start in range(0, len(events), TOGETHER):
            batch = Batch(events[start : start + TOGETHER], self.encoder)
            columns = verdicts(batch, self.scorers)
            judged += assessable(columns, len(batch))
            yield batch, columns

    def _receipts(self, found: Sequence[Receipt]) -> list[RowRejected]:
        return self.writer.receipts([one.row() for one in found])

    def _bury(self, refused: _Refused) -> None:
        """Keep what was refused for the first time."""
        if refused:
            letters = [self._letter(line, error) for line, error in refused]
            letters = [one for one in letters if not self.erased.letter(one.tenant, one.original.head)]
            self.log.append(DEAD_LETTERS, [one.record() for one in letters])
            self.writer.dead_letters([one.row() for one in letters])

    def _letter(self, line: _Line, error: InvalidEvent) -> DeadLetter:
        return letter(line.source, line.number, line.raw, error, self.clock(), tenant=tenant_of(line.key))

    def _tell(self, events: _Taken, refused: _Refused) -> None:
        """Keep what became of the dead letters among the lines, which were handed in again."""
        outcomes: dict[Again, InvalidEvent | None] = {
            line.again: None for line, _ in events if line.again is not None
        }
        outcomes |= {line.again: error for line, error in refused if line.again is not None}
        self.writer.dead_letter_replays([again.row(error) for again, error in outcomes.items()])


def _owed(events: _Taken, kept: _Taken, judged: Sequence[bool]) -> Iterator[receipt.Stored]:
    """Yield the calls that are stored, and those that were erased: what is gone is not missing."""
    flags = iter(judged)
    for line, event in kept:
        if isinstance(event, Generation):
            yield line.source, event, next(flags)
    if len(kept) < len(events):
        there = {id(event) for _, event in kept}
        for line, event in events:
            if isinstance(event, Generation) and id(event) not in there:
                yield line.source, event, False


def _hours(events: _Taken) -> frozenset[datetime]:
    """Return the hours that have generations among these; few, however many events."""
    times = [event.occurred_at for _, event in events if isinstance(event, Generation)]
    hours = {(at.date(), at.hour) for at in times}
    return frozenset(datetime.combine(day, time(hour), UTC) for day, hour in hours)


def _lines(deliveries: Sequence[Delivery]) -> Iterator[_Line]:
    for delivery in deliveries:
        key = delivery.record.key
        again = Again.of(key)
        for index, raw in enumerate(delivery.record.lines):
            yield _Line(delivery.position, index, raw, key, again)
