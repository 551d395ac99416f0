"""Every leaf seen so far, and how far its learning has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations
from detectors.monitors.cells import DAY
from detectors.monitors.local_time import LocalTime
from detectors.monitors.question import Plan
from detectors.monitors.reference import LEAST_SEEN
from detectors.monitors.sample import Recent, Sample
from detectors.monitors.snapshot import State
from detectors.monitors.yardstick import Yardstick, Yardsticks, learn, learn_provisional

Ints = NDArray[np.int64]
Values = NDArray[np.float32]

Stage = Literal["learning", "insufficient", "live"]

LEAST_DAYS = 2  # of learning before even gross change is looked for


class Roster:
    """Leaves in the order they appeared; each learns, then is measured by a frozen yardstick.

    Parameters
    ----------
    plan : the questions asked
    sources : columns of values
    reference_days : days of learning
    time : local hours
    """

    def __init__(self, plan: Plan, sources: int, reference_days: int, time: LocalTime) -> None:
        self.plan, self.sources, self.reference_days, self.time = plan, sources, reference_days, time
        self.leaves: list[Leaf] = []
        self.teams: list[str] = []
        self.since: list[int] = []
        self.yardsticks: list[Yardstick | None] = []
        self.recent: list[Recent] = []
        self.learning: dict[int, Sample] = {}
        self._number: dict[Leaf, int] = {}
        self._tables: Yardsticks | None = None

    @property
    def tables(self) -> Yardsticks:
        """The yardsticks of all leaves as tables."""
        if self._tables is None:
            self._tables = Yardsticks.of(self.yardsticks, len(self.plan.questions))
        return self._tables

    @property
    def live(self) -> list[int]:
        """Numbers of the leaves with a frozen reference."""
        return [i for i, stick in enumerate(self.yardsticks) if stick and i not in self.learning]

    @property
    def provisional(self) -> list[int]:
        """Numbers of the leaves that still learn, watched for gross change."""
        return [i for i, stick in enumerate(self.yardsticks) if stick and i in self.learning]

    def stages(self) -> dict[Leaf, Stage]:
        """Return how far each leaf has come; `insufficient` where every question had too few bad calls."""
        return {leaf: self._stage(number) for number, leaf in enumerate(self.leaves)}

    def numbers(self, observations: Observations, minute: Ints, leaf: NDArray[np.int32]) -> Ints:
        """Return our number of each event's leaf; unknown leaves join in order of appearance."""
        present, first = np.unique(leaf, return_index=True)
        table = np.zeros(len(observations.leaves), dtype=np.int64)
        for foreign in present[np.argsort(first)].tolist():
            name = observations.leaves[foreign]
            if name not in self._number:
                began = int(minute[leaf == foreign][0])
                self._join(name, began // DAY * DAY)
            table[foreign] = self._number[name]
            self.teams[int(table[foreign])] = observations.teams[foreign]
        return table[leaf]

    def sample(self, minute: Ints, leaf: Ints, values: Values) -> None:
        """Let learning leaves keep some of these observations."""
        for number in np.unique(leaf).tolist():
            if number in self.learning:
                own = leaf == number
                self.learning[number].add(minute[own], values[own])

    def remember(self, minute: Ints, leaf: Ints, values: Values, event_id: Sequence[str]) -> None:
        """Keep the last observations of each leaf."""
        for number in np.unique(leaf).tolist():
            own = np.flatnonzero(leaf == number)
            ids = [event_id[i] for i in own[-256:].tolist()]
            self.recent[number] = self.recent[number].then(minute[own], values[own], ids)

    def midnight(self, minute: int, held: frozenset[int] = frozenset()) -> frozenset[int]:
        """Freeze references that are due and renew provisional ones; return the numbers of both.

        A provisional one is not renewed while an incident holds its leaf: it would learn the incident.
        """
        renewed: set[int] = set()
        for number in list(self.learning):
            age = (minute - self.since[number]) // DAY
            at, values = self.learning[number].joined()
            early = age < LEAST_DAYS or len(at) < LEAST_SEEN
            if early or (number in held and age < self.reference_days):
                continue
            renewed.add(number)
            span = (self.since[number], minute)
            if age >= self.reference_days:
                self.yardsticks[number] = learn(self.plan, self.time, at, values, span)
                del self.learning[number]
            else:
                self.yardsticks[number] = learn_provisional(self.plan, values, span)
        if renewed:
            self._tables = None
        return frozenset(renewed)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {
            "leaves": [[leaf.tenant, leaf.platform, leaf.route, leaf.model] for leaf in self.leaves],
            "teams": self.teams,
            "since": self.since,
            "yardsticks": [stick.state() if stick else None for stick in self.yardsticks],
            "recent": [[r.minute, r.values, list(r.event_id)] for r in self.recent],
            "learning": {str(number): sample.state() for number, sample in self.learning.items()},
        }

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self.leaves = [Leaf(*key) for key in state["leaves"]]
        self.teams, self.since = list(state["teams"]), list(state["since"])
        self.yardsticks = [Yardstick(**stick) if stick else None for stick in state["yardsticks"]]
        self.recent = [Recent(minute, values, tuple(ids)) for minute, values, ids in state["recent"]]
        self.learning = {int(n): Sample.from_state(sample) for n, sample in state["learning"].items()}
        self._number = {leaf: i for i, leaf in enumerate(self.leaves)}
        self._tables = None

    def _stage(self, number: int) -> Stage:
        stick = self.yardsticks[number]
        if stick is None or number in self.learning:
            return "learning"
        return "live" if stick.sufficient.any() else "insufficient"

    def _join(self, leaf: Leaf, since: int) -> None:
        number = len(self.leaves)
        self._number[leaf] = number
        self.leaves.append(leaf)
        self.teams.append("")
        self.since.append(since)
        self.yardsticks.append(None)
        self.recent.append(Recent.empty(self.sources))
        self.learning[number] = Sample(self.sources)
        self._tables = None
