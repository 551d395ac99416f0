"""References learnt later than a leaf's others: a change was accepted, or values have come at last."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.cells import DAY, Cells, empty, join, sum_by
from detectors.monitors.cuts import CUT_DAYS, Cuts
from detectors.monitors.local_time import LocalTime
from detectors.monitors.question import Plan
from detectors.monitors.reference import LEAST_SEEN
from detectors.monitors.snapshot import State
from detectors.monitors.yardstick import Yardstick, counted, learn, learn_provisional

Ints = NDArray[np.int64]
Values = NDArray[np.float32]

LEAST_DAYS = 7  # a week has every hour of the rhythm; a second one adds little
ENOUGH_BAD = 200
BEYOND = 0.1  # of the calls lie beyond the 90 % point of a size


@dataclass
class Renewal:
    """One signal's references of one leaf, while they learn anew, or for the first time after the others.

    In force after a week with 200 bad calls, or as many beyond the 90 % point of a size; at the latest after
    the days of any reference, or when 200 calls have been seen. Until then what was seen since stands in, for
    gross change of labels only.

    Attributes
    ----------
    since : the minute from which they are learnt, the start of a day
    asked : numbers of the questions they are for
    cuts : what calls are counted above, and the values in which they are looked for
    tally : counts since the accepted change began, without those of later incidents; minutes are local hours
    """

    since: int
    asked: Ints
    cuts: Cuts
    tally: list[Cells] = field(default_factory=list)

    def cells(self) -> Cells:
        """Return what was counted, one row per hour."""
        nothing = empty(self.cuts.sample.sources, len(self.cuts.known))
        # All are of one leaf, whose number does not matter here.
        tally = join([nothing, *self.tally])
        self.tally = [sum_by(tally.minute, tally.leaf * 0, tally.calls, tally.seen, tally.bad)]
        return self.tally[0]

    def take(self, plan: Plan, time: LocalTime, minute: Ints, values: Values) -> None:
        """Begin with what was seen before the change was accepted, (calls, sources)."""
        if len(minute):
            self.cuts.sample.add(minute, values)
            self.tally.append(counted(plan, time.hour(minute), values, self.cuts.known))

    def find_cuts(self, plan: Plan, time: LocalTime, now: int) -> bool:
        """Take the cuts, if there are enough values at a midnight; tell whether any was found."""
        found = self.cuts.find(plan, time) if (now - self.since) // DAY >= CUT_DAYS else None
        if found is not None:
            self.tally.append(found)
        return found is not None

    def stand_in(self, plan: Plan, now: int) -> Yardstick | None:
        """Return what is compared with meanwhile; None where too little was seen."""
        cells = self.cells()
        enough = cells.seen[:, plan.sources[self.asked]].sum(axis=0).max(initial=0) >= LEAST_SEEN
        return learn_provisional(plan, cells, (self.since, now)) if enough else None

    def due(self, plan: Plan, now: int, days: int) -> bool:
        """Tell whether the new version may come into force at a midnight."""
        age = (now - self.since) // DAY
        if self.cells().seen[:, plan.sources[self.asked]].sum(axis=0).max(initial=0) < LEAST_SEEN:
            return False
        return age >= days or (age >= LEAST_DAYS and self._bad(plan) >= ENOUGH_BAD)

    def version(self, plan: Plan, now: int) -> Yardstick:
        """Return the new version."""
        return learn(plan, self.cells(), self.cuts.known, (self.since, now))

    def state(self) -> State:
        """Return plain data for a snapshot."""
        cells = self.cells()
        return {
            "since": self.since,
            "asked": self.asked,
            "cuts": self.cuts.state(),
            "tally": [getattr(cells, name) for name in Cells.__slots__],
        }

    @classmethod
    def from_state(cls, state: State) -> Renewal:
        """Return the renewal of a `state`."""
        cuts, tally = Cuts.from_state(state["cuts"]), [Cells(*state["tally"])]
        return cls(state["since"], state["asked"], cuts, tally)

    def _bad(self, plan: Plan) -> float:
        cells = self.cells()
        bad, seen = cells.bad.sum(axis=0), cells.seen.sum(axis=0)
        label = np.array([question.quantile is None for question in plan.questions])
        return float(np.where(label, bad, BEYOND * seen[plan.sources])[self.asked].max(initial=0.0))
