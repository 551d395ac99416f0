"""Counts per minute and leaf: all that the engine and the search for a start need to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Counts = NDArray[np.uint32]

KEPT_DAYS = 30
FINE_DAYS = 3  # older cells are summed to hours
DAY = 1440
AT_ONCE = 16_384  # rows that are bet on together: what that takes of memory is bounded


@dataclass(frozen=True, slots=True)
class Cells:
    """A table with one row per minute and leaf that had calls, ordered by both.

    Attributes
    ----------
    calls : (rows,) all calls, retries too
    seen : (rows, sources) observations, one per retry cluster, whose value is known
    bad : (rows, questions) observations above the question's cut
    """

    minute: Ints
    leaf: Ints
    calls: Counts
    seen: Counts
    bad: Counts

    def __len__(self) -> int:
        return len(self.minute)

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> Cells:
        return Cells(*(getattr(self, column.name)[rows] for column in fields(self)))

    def renumbered(self, numbers: Ints) -> Cells:
        """Return the rows of leaves that stay under their new numbers; those that are gone have -1."""
        leaf = numbers[self.leaf]
        return replace(self, leaf=leaf)[leaf >= 0]


def empty(sources: int, questions: int) -> Cells:
    """Return a table without rows."""
    none = np.zeros(0, dtype=np.int64)
    counts = [np.zeros((0, columns), dtype=np.uint32) for columns in (sources, questions)]
    return Cells(none, none, np.zeros(0, dtype=np.uint32), counts[0], counts[1])


def tabulate(
    minute: Ints,
    leaf: Ints,
    first: NDArray[np.bool_],
    values: NDArray[np.float32],
    above: NDArray[np.bool_],
) -> Cells:
    """Count events into cells.

    Parameters
    ----------
    first : first of its retry cluster; the others only count as calls
    values : (events, sources), NaN where not assessable
    above : (events, questions)
    """
    if not len(minute):
        return empty(values.shape[1], above.shape[1])
    seen = (first[:, None] & ~np.isnan(values)).astype(np.uint32)
    bad = (first[:, None] & above).astype(np.uint32)
    return sum_by(minute, leaf, np.ones(len(minute), dtype=np.uint32), seen, bad)


def join(tables: Sequence[Cells]) -> Cells:
    """Return consecutive tables as one."""
    if len(tables) == 1:
        return tables[0]
    return Cells(*(np.concatenate([getattr(t, column.name) for t in tables]) for column in fields(Cells)))


def portions(cells: Cells) -> Iterator[Cells]:
    """Yield consecutive parts of a table, each of whole minutes and about 16,384 rows."""
    begin = 0
    while begin < len(cells):
        last = min(begin + AT_ONCE, len(cells)) - 1
        end = int(np.searchsorted(cells.minute, cells.minute[last], side="right"))
        yield cells[begin:end]
        begin = end


def compact(cells: Cells, now: int) -> Cells:
    """Sum cells older than three days to hours and drop those older than thirty."""
    kept = cells[cells.minute >= now - KEPT_DAYS * DAY]
    minute = np.where(kept.minute < now - FINE_DAYS * DAY, kept.minute // 60 * 60, kept.minute)
    return sum_by(minute, kept.leaf, kept.calls, kept.seen, kept.bad)


def sum_by(minute: Ints, leaf: Ints, calls: Counts, seen: Counts, bad: Counts) -> Cells:
    """Return rows of the same minute (or hour) and leaf as one, ordered by both."""
    if not len(minute):
        return Cells(minute, leaf, calls, seen, bad)
    order = np.lexsort((leaf, minute))
    minute, leaf = minute[order], leaf[order]
    new = np.concatenate([[True], (np.diff(minute) != 0) | (np.diff(leaf) != 0)])
    start = np.flatnonzero(new)
    total = [np.add.reduceat(column[order], start, axis=0, dtype=np.uint32) for column in (calls, seen, bad)]
    return Cells(minute[start], leaf[start].astype(np.int64), total[0], total[1], total[2])
