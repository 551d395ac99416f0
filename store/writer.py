"""Put rows into the store; a row that never fits is named, a store that is away is the caller's to retry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from fmwatch.event import Change, Feedback

from detectors.base import Column
from detectors.batch import Batch
from detectors.monitors.base import Signal
from store import rows, signals
from store.database import Database, Values
from store.errors import RowRejected, StoreError
from store.refusal import Unfit

Timed = Callable[[str], AbstractContextManager[object]]


class Writer:
    """Stores events, findings and what follows from them; storing the same again changes nothing.

    Every method raises StoreUnavailable where the whole call should be made again later, and returns the
    rows that the store will never take, for the dead letters.

    Parameters
    ----------
    timed : given a table's name, measures what is done inside: an insert
    """

    def __init__(self, database: Database, timed: Timed = lambda _: nullcontext()) -> None:
        self.database = database
        self._timed = timed

    def generations(self, scored: Iterable[tuple[Batch, Mapping[str, Column]]]) -> list[RowRejected]:
        """Store scored batches, all in one insert; each is let go once its rows are made.

        Embeddings go first: once the row is there, all of it is.
        """
        events: rows.Rows = {}
        embeddings: rows.Rows = {}
        for batch, verdicts in scored:
            _extend(embeddings, rows.embedding_columns(batch))
            _extend(events, rows.generation_columns(batch.events, verdicts))
        rejected = self._insert("embeddings", embeddings)
        unfit = {refusal.event_id for refusal in rejected}
        found = self._insert("generations", events)
        known = {refusal.event_id for refusal in found}
        if unfit <= known:
            return found
        raise StoreError(f"embeddings refuse what generations take: {rejected[0].reason}")

    def feedback(self, events: Sequence[Feedback]) -> list[RowRejected]:
        """Store feedback on generations."""
        return self._insert("feedback", rows.feedback_columns(events))

    def changes(self, events: Sequence[Change]) -> list[RowRejected]:
        """Store declared changes."""
        return self._insert("changes", rows.change_columns(events))

    def receipts(self, found: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store receipts; of one source and minute the newest `at` counts."""
        return self.append("receipts", found)

    def signals(self, found: Sequence[Signal]) -> list[RowRejected]:
        """Store signals; each has the id of `store.signals.signal_id`."""
        return self._insert("signals", signals.signal_columns(found))

    def dead_letters(self, letters: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store what could not be taken in; keys are the table's columns."""
        return self.append("dead_letters", letters)

    def dead_letter_replays(self, replays: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store what became of dead letters that were handed in again; the newest `replayed_at` counts."""
        return self.append("dead_letter_replays", replays)

    def alerts(self, alerts: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store alerts; the newest `updated_at` of an id counts."""
        return self.append("alerts", alerts)

    def deliveries(self, deliveries: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store what was told to whom; the newest `updated_at` of an id counts."""
        return self.append("deliveries", deliveries)

    def alert_words(self, words: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store what people say of alerts; the newest `updated_at` of an id counts."""
        return self.append("alert_words", words)

    def content_reads(self, reads: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store who has seen which alert's texts."""
        return self.append("content_reads", reads)

    def series_state(self, states: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store how far series have come; the newest `updated_at` of a series and signal counts."""
        return self.append("series_state", states)

    def advice(self, recommendations: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store recommendations; the newest `updated_at` of an id counts, the newest of each day stays."""
        kept = self.database.types("advice_days").keys()
        days = [{name: row[name] for name in kept & row.keys()} for row in recommendations]
        return [*self.append("advice_days", days), *self.append("advice", recommendations)]

    def deadlines(self, found: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store when models stop; the newest `updated_at` of a model counts."""
        return self.append("deadlines", found)

    def append(self, table: str, found: Sequence[Mapping[str, object]]) -> list[RowRejected]:
        """Store rows given as mappings from column to value; a column left out is empty."""
        types = self.database.types(table)
        unknown = {name for row in found for name in row} - types.keys()
        if unknown:
            raise StoreError(f"table {table} has no column {min(unknown)}; it has {', '.join(types)}")
        columns = {
            name: [_aware(row.get(name, _empty(kind)), name) for row in found] for name, kind in types.items()
        }
        return self._insert(table, columns)

    def _insert(self, table: str, columns: Mapping[str, Values]) -> list[RowRejected]:
        n = len(next(iter(columns.values()), ()))
        if not n:
            return []
        with self._timed(table):
            return self._halves(table, columns, 0, n)

    def _halves(self, table: str, columns: Mapping[str, Values], start: int, end: int) -> list[RowRejected]:
        try:
            self.database.insert(table, {name: values[start:end] for name, values in columns.items()})
        except Unfit as error:
            if end - start == 1:
                return [RowRejected(table, start, str(_value(columns, "event_id", start)), str(error))]
            middle = (start + end) // 2
            return self._halves(table, columns, start, middle) + self._halves(table, columns, middle, end)
        return []


def _extend(columns: rows.Rows, more: rows.Rows) -> None:
    for name, values in more.items():
        columns.setdefault(name, []).extend(values)


def _value(columns: Mapping[str, Values], name: str, index: int) -> object:
    return columns[name][index] if name in columns else ""


def _empty(kind: str) -> Any:  # noqa: ANN401 - whatever the column holds
    if kind.startswith("Nullable"):
        return None
    if kind.startswith("Array"):
        return []
    if kind.startswith("Map"):
        return {}
    return "" if "String" in kind else 0


def _aware(value: Any, name: str) -> Any:  # noqa: ANN401 - whatever the column holds
    if isinstance(value, datetime) and value.tzinfo is None:
        raise StoreError(f"{name} has no time zone; give aware datetimes in UTC")
    return value
