"""What is kept of calls: a bounded sample to find cuts in, and the last few for examples and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.snapshot import State

Ints = NDArray[np.int64]
Values = NDArray[np.float32]
Ids = NDArray[np.object_]

SLOT_MINUTES = 5
PER_SLOT = 10  # values kept per leaf and slot: at most 2,880 a day
RECENT = 256
SLACK = 65_536  # observations that may wait before the older ones of their leaves are dropped


@dataclass
class Sample:
    """Values of one leaf while its cuts are not known: at most ten per five minutes, the first ones.

    Attributes
    ----------
    minute : of each value kept
    values : (kept, sources)
    """

    sources: int
    minute: list[Ints] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    slot: int = -1
    in_slot: int = 0

    def add(self, minute: Ints, values: Values) -> None:
        """Keep what still fits; minutes ascend, within and between calls."""
        slot = minute // SLOT_MINUTES
        position = np.arange(len(slot)) - np.searchsorted(slot, slot, side="left")
        position += np.where(slot == self.slot, self.in_slot, 0)
        kept = position < PER_SLOT
        self.minute.append(minute[kept])
        self.values.append(values[kept])
        self.slot, self.in_slot = int(slot[-1]), int(position[-1]) + 1

    def joined(self) -> tuple[Ints, Values]:
        """Return all minutes and values kept."""
        if not self.minute:
            return np.zeros(0, dtype=np.int64), np.zeros((0, self.sources), dtype=np.float32)
        if len(self.minute) > 1:
            self.minute, self.values = [np.concatenate(self.minute)], [np.concatenate(self.values)]
        return self.minute[0], self.values[0]

    def state(self) -> State:
        """Return plain data for a snapshot."""
        minute, values = self.joined()
        return {"minute": minute, "values": values, "slot": self.slot, "in_slot": self.in_slot}

    @classmethod
    def from_state(cls, state: State) -> Sample:
        """Return the sample of a `state`."""
        values = state["values"]
        return cls(values.shape[1], [state["minute"]], [values], state["slot"], state["in_slot"])


@dataclass(frozen=True, slots=True)
class Recent:
    """The last observations of one leaf with their event ids."""

    minute: Ints
    values: Values
    event_id: Sequence[str]

    def since(self, minute: int) -> Recent:
        """Return those from a minute on."""
        first = int(np.searchsorted(self.minute, minute))
        return Recent(self.minute[first:], self.values[first:], self.event_id[first:])


class Recents:
    """The last 256 observations of every leaf; `recents[leaf]` are those of one.

    Parameters
    ----------
    sources : columns of values
    """

    def __init__(self, sources: int) -> None:
        self._leaf = [np.zeros(0, dtype=np.int64)]
        self._minute = [np.zeros(0, dtype=np.int64)]
        self._values = [np.zeros((0, sources), dtype=np.float32)]
        self._ids: list[Ids] = [np.zeros(0, dtype=object)]
        self._waiting = 0

    def __getitem__(self, leaf: int) -> Recent:
        self._compact()
        own = slice(*np.searchsorted(self._leaf[0], [leaf, leaf + 1]).tolist())
        return Recent(self._minute[0][own], self._values[0][own], self._ids[0][own].tolist())

    def add(self, rows: Ints, minute: Ints, leaf: Ints, values: Values, event_id: Sequence[str]) -> None:
        """Keep the last of these rows of a table of calls."""
        kept = rows[np.sort(_last(leaf[rows]))]
        self._leaf.append(leaf[kept])
        self._minute.append(minute[kept])
        self._values.append(values[kept])
        self._ids.append(_objects([event_id[i] for i in kept.tolist()]))
        self._waiting += len(kept)
        if self._waiting > SLACK + len(self._leaf[0]):
            self._compact()

    def renumber(self, numbers: Ints) -> None:
        """Give leaves new numbers, in the same order; of those with -1 nothing is kept."""
        self._compact()
        leaf = numbers[self._leaf[0]]
        kept = leaf >= 0
        self._leaf, self._minute = [leaf[kept]], [self._minute[0][kept]]
        self._values, self._ids = [self._values[0][kept]], [self._ids[0][kept]]

    def state(self) -> State:
        """Return plain data for a snapshot."""
        self._compact()
        columns: dict[str, Any] = {"leaf": self._leaf, "minute": self._minute, "values": self._values}
        return {**{name: column[0] for name, column in columns.items()}, "event_id": self._ids[0].tolist()}

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self._leaf, self._minute, self._values = [state["leaf"]], [state["minute"]], [state["values"]]
        self._ids, self._waiting = [_objects(state["event_id"])], 0

    def _compact(self) -> None:
        if not self._waiting:
            return
        # Ordered by leaf, and by time within it: what came later stands later.
        leaf = np.concatenate(self._leaf)
        kept = _last(leaf)
        self._leaf, self._minute = [leaf[kept]], [np.concatenate(self._minute)[kept]]
        self._values, self._ids = [np.concatenate(self._values)[kept]], [np.concatenate(self._ids)[kept]]
        self._waiting = 0


def _last(leaf: Ints) -> NDArray[np.intp]:
    """Return the rows of the last 256 of each leaf, ordered by leaf."""
    order = np.argsort(leaf, kind="stable")
    ordered = leaf[order]
    end = np.searchsorted(ordered, ordered, side="right")
    return order[end - np.arange(len(order)) <= RECENT]


def _objects(ids: Sequence[str]) -> Ids:
    found = np.empty(len(ids), dtype=object)
    found[:] = ids
    return found
