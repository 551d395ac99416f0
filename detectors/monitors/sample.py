"""What is kept of calls: a bounded sample for references, and the last few for examples and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.snapshot import State

Ints = NDArray[np.int64]
Values = NDArray[np.float32]

SLOT_MINUTES = 5
PER_SLOT = 10  # values kept per leaf and slot: at most 2,880 a day
RECENT = 256


@dataclass
class Sample:
    """Values of one leaf while it learns: at most ten per five minutes, the first ones.

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
    event_id: tuple[str, ...]

    @classmethod
    def empty(cls, sources: int) -> Recent:
        """Return one that has seen nothing."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros((0, sources), dtype=np.float32), ())

    def then(self, minute: Ints, values: Values, event_id: Sequence[str]) -> Recent:
        """Return these observations followed by newer ones, the last 256 of all."""
        return Recent(
            np.concatenate([self.minute, minute[-RECENT:]])[-RECENT:],
            np.concatenate([self.values, values[-RECENT:]])[-RECENT:],
            (*self.event_id, *event_id[-RECENT:])[-RECENT:],
        )

    def since(self, minute: int) -> Recent:
        """Return those from a minute on."""
        first = int(np.searchsorted(self.minute, minute))
        return Recent(self.minute[first:], self.values[first:], self.event_id[first:])
