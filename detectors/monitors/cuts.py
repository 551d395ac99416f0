"""The cuts of one leaf while it learns, and the values in which they are looked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.cells import Cells
from detectors.monitors.local_time import LocalTime
from detectors.monitors.question import Plan
from detectors.monitors.reference import LEAST_SEEN
from detectors.monitors.sample import Sample
from detectors.monitors.snapshot import State
from detectors.monitors.yardstick import counted, cuts_of, known_cuts

Floats = NDArray[np.float64]

CUT_DAYS = 3  # of values from which the cuts are taken; from then on calls are only counted


def first_days(hourly: Cells, leaves: int, today: int, reference_days: int) -> dict[int, int]:
    """Return of each leaf with calls the first day by whose end it has had half of a usual day's.

    Parameters
    ----------
    hourly : counts whose minutes are local hours
    leaves : how many there are
    today, reference_days : the local day that begins, and the days over which the usual one is taken
    """
    if not len(hourly):
        return {}
    day = hourly.minute // 24
    first = int(day.min())
    days = today - first + 1
    calls = np.bincount(hourly.leaf * days + day - first, hourly.calls, leaves * days)
    until = calls.reshape(leaves, days).cumsum(axis=1)
    begun = (until > until[:, -1:] / (2 * reference_days)).argmax(axis=1)
    return {number: first + int(begun[number]) for number in np.flatnonzero(until[:, -1]).tolist()}


@dataclass
class Cuts:
    """What calls are counted above, as far as it is known.

    Attributes
    ----------
    known : (questions,) NaN where not known yet
    sample : values since learning began, while a cut is unknown
    """

    known: Floats
    sample: Sample

    @classmethod
    def begin(cls, plan: Plan, sources: int) -> Cuts:
        """Return one that knows the cuts of labels only."""
        return cls(known_cuts(plan), Sample(sources))

    def find(self, plan: Plan, time: LocalTime) -> Cells | None:
        """Take cuts from the values seen; return what these values count above them, None where none is.

        The leaf of the cells is 0. Their calls are: they have been counted as they came.
        """
        unknown = np.isnan(self.known)
        if not unknown.any():
            return None
        at, values = self.sample.joined()
        found = np.where(unknown, cuts_of(plan, values, LEAST_SEEN), np.nan)
        if np.isnan(found).all():
            return None
        self.known = np.where(unknown, found, self.known)
        self.sample = Sample(self.sample.sources)
        cells = counted(plan, time.hour(at), values, found)
        return Cells(cells.minute, cells.leaf, cells.calls * 0, cells.seen, cells.bad)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {"known": self.known, "sample": self.sample.state()}

    @classmethod
    def from_state(cls, state: State) -> Cuts:
        """Return the cuts of a `state`."""
        return cls(state["known"], Sample.from_state(state["sample"]))
