"""Every leaf seen so far, and how far its learning has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations, SignalName
from detectors.monitors.cells import DAY, Cells, empty, join, sum_by
from detectors.monitors.cuts import CUT_DAYS, Cuts
from detectors.monitors.incident import mask
from detectors.monitors.local_time import LocalTime
from detectors.monitors.question import Plan
from detectors.monitors.reference import LEAST_SEEN
from detectors.monitors.renewal import Renewal
from detectors.monitors.sample import Recents
from detectors.monitors.snapshot import State
from detectors.monitors.yardstick import Yardstick, Yardsticks, learn, learn_provisional

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[np.float32]

LEAST_DAYS = 2  # of learning before even gross change is looked for


class Roster:
    """Leaves in the order they appeared; each learns, then is measured by a frozen yardstick.

    What a leaf learns from are counts per hour of all its calls that no incident held back. To count calls
    above a quantile its cut must be known, so the first days' values are sampled.

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
        self.recent = Recents(sources)
        self.learnt: dict[int, Cells] = {}  # what each frozen reference rests on; minutes are local hours
        self.learning: dict[int, Cuts] = {}
        self.renewals: dict[tuple[int, SignalName], Renewal] = {}
        self._nothing = empty(sources, len(plan.questions))
        self._tally = [self._nothing]  # of learning leaves; its minutes are local hours
        self._number: dict[Leaf, int] = {}
        self._tables: Yardsticks | None = None
        self._lines: tuple[Yardsticks, Floats] | None = None

    @property
    def tables(self) -> Yardsticks:
        """The yardsticks of all leaves as tables."""
        if self._tables is None:
            self._tables = Yardsticks.of(self.yardsticks, len(self.plan.questions))
        return self._tables

    @property
    def lines(self) -> Floats:
        """What each leaf's calls are counted above, (leaves, questions); NaN where not known yet."""
        if self._lines is None or self._lines[0] is not self.tables:
            lines = self.tables.cut.copy()
            for number, cuts in self.learning.items():
                lines[number] = cuts.known
            for (number, signal), renewal in self.renewals.items():
                asked = self.plan.of(signal)
                lines[number, asked] = renewal.cuts.known[asked]
            self._lines = self.tables, lines
        return self._lines[1]

    @property
    def live(self) -> list[int]:
        """Numbers of the leaves with a frozen reference."""
        return [i for i, stick in enumerate(self.yardsticks) if stick and i not in self.learning]

    @property
    def provisional(self) -> list[int]:
        """Numbers of the leaves that still learn, watched for gross change."""
        return [i for i, stick in enumerate(self.yardsticks) if stick and i in self.learning]

    def numbers(self, observations: Observations, minute: Ints, leaf: NDArray[np.int32]) -> Ints:
        """Return our number of each event's leaf; unknown leaves join in order of appearance."""
        present, first = np.unique(leaf, return_index=True)
        names, foreign = observations.leaves, present.tolist()
        known = [self._number.get(names[one], -1) for one in foreign]
        for place in sorted((i for i, number in enumerate(known) if number < 0), key=first.__getitem__):
            known[place] = self._join(names[foreign[place]], int(minute[first[place]]) // DAY * DAY)
        for one, number in zip(foreign, known, strict=True):
            self.teams[number] = observations.teams[one]
        table = np.zeros(len(names), dtype=np.int64)
        table[present] = known
        return table[leaf]

    def count(self, cells: Cells, held: frozenset[int]) -> None:
        """Let learning leaves and new versions that no incident holds take these counts."""
        own = cells[self._among(self._counting() - held, cells.leaf)]
        if not len(own):
            return
        unknown = np.zeros((len(self.leaves), self.sources), dtype=np.bool_)
        unknown[:, self.plan.sources] = np.isnan(self.lines)
        seen = np.where(unknown[own.leaf], np.uint32(0), own.seen)
        hourly = sum_by(self.time.hour(own.minute), own.leaf, own.calls, seen, own.bad)
        self._tally.append(hourly[self._among(self.learning, hourly.leaf)])
        for (number, _), renewal in self.renewals.items():
            renewal.tally.append(hourly[hourly.leaf == number])

    def sample(self, minute: Ints, leaf: Ints, values: Values) -> None:
        """Let leaves that learn keep some of these observations, where a cut is still to be found in them."""
        learning = self._counting()
        if not learning:
            return
        wanted = np.isnan(self.lines[leaf]) & ~np.isnan(values[:, self.plan.sources])
        rows = np.flatnonzero(wanted.any(axis=1) & self._among(learning, leaf))
        for number in np.unique(leaf[rows]).tolist():
            own = rows[leaf[rows] == number]
            for cuts in self._cuts_of(number):
                cuts.sample.add(minute[own], values[own])

    def midnight(self, minute: int, held: frozenset[int] = frozenset()) -> frozenset[int]:
        """Freeze references that are due and renew provisional ones; return the numbers of both.

        A provisional one is not renewed while an incident holds its leaf: it would learn the incident.
        """
        if not self.learning:
            return frozenset()
        self._find_cuts(minute)
        tally = join(self._tally)
        tally = sum_by(tally.minute, tally.leaf, tally.calls, tally.seen, tally.bad)
        seen = np.bincount(tally.leaf, tally.seen.max(axis=1), minlength=len(self.leaves))
        renewed: set[int] = set()
        for number in sorted(self.learning):
            age = (minute - self.since[number]) // DAY
            early = age < LEAST_DAYS or seen[number] < LEAST_SEEN
            if early or (number in held and age < self.reference_days):
                continue
            renewed.add(number)
            self._freeze(number, tally[tally.leaf == number], age, minute)
        self._tally = [tally[np.isin(tally.leaf, list(self.learning))]]
        self._tables = None
        return frozenset(renewed)

    def renew(self, signal: SignalName, leaves: frozenset[int], began: int, minute: int) -> None:
        """Begin a new version of a signal's references at `minute`, from what was seen since `began`."""
        for number in sorted(leaves):
            recent = self.recent[number].since(began)
            renewal = Renewal(minute // DAY * DAY, Cuts.begin(self.plan, self.sources))
            renewal.take(self.plan, self.time, recent.minute, recent.values)
            self.renewals[number, signal] = renewal
            if stick := self.yardsticks[number]:
                self._measure(number, stick)
            self._stand_in(number, signal, minute)

    def renewed(self, minute: int, held: frozenset[int] = frozenset()) -> Mapping[SignalName, frozenset[int]]:
        """Bring new versions that are due into force at a midnight; return whose, and of which signals."""
        found: dict[SignalName, set[int]] = {}
        for (number, signal), renewal in list(self.renewals.items()):
            if renewal.find_cuts(self.plan, self.time, minute):
                self._tables = None
            # A leaf that learns for the first time must have done so: it would learn over the new version.
            due = number not in self.learning and renewal.due(self.plan, signal, minute, self.reference_days)
            if due:
                del self.renewals[number, signal]
                self._replace(number, signal, renewal.version(self.plan, minute))
            elif number in held or not self._stand_in(number, signal, minute):
                continue
            found.setdefault(signal, set()).add(number)
        return {signal: frozenset(numbers) for signal, numbers in found.items()}

    def _stand_in(self, number: int, signal: SignalName, minute: int) -> bool:
        stick = self.renewals[number, signal].stand_in(self.plan, minute)
        if stick is not None:
            self._replace(number, signal, stick)
        return stick is not None

    def _replace(self, number: int, signal: SignalName, other: Yardstick) -> None:
        stick = self.yardsticks[number]
        self.yardsticks[number] = stick.renewed(self.plan.of(signal), other) if stick else other
        self._tables = None

    def _measure(self, number: int, stick: Yardstick) -> None:
        """Measure a leaf by a yardstick, save where new versions are being learnt."""
        for leaf, signal in self.renewals:
            if leaf == number:
                stick = stick.without(self.plan.of(signal))
        self.yardsticks[number] = stick
        self._tables = None

    def _cuts_of(self, number: int) -> list[Cuts]:
        """Return what of a leaf still looks for cuts."""
        first = [self.learning[number]] if number in self.learning else []
        later = [each.cuts for (leaf, _), each in self.renewals.items() if leaf == number]
        return [cuts for cuts in (*first, *later) if np.isnan(cuts.known).any()]

    def state(self) -> State:
        """Return plain data for a snapshot."""
        self._tally = [join(self._tally)]
        everything = join([self._nothing, *(self.learnt[number] for number in sorted(self.learnt))])
        return {
            "leaves": [[leaf.tenant, leaf.platform, leaf.route, leaf.model] for leaf in self.leaves],
            "teams": self.teams,
            "since": self.since,
            "yardsticks": [stick.state() if stick else None for stick in self.yardsticks],
            "recent": self.recent.state(),
            "learning": {str(number): cuts.state() for number, cuts in self.learning.items()},
            "renewals": [[*key, renewal.state()] for key, renewal in self.renewals.items()],
            "learnt": [getattr(everything, name) for name in Cells.__slots__],
            "tally": [getattr(self._tally[0], name) for name in Cells.__slots__],
        }

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self.leaves = [Leaf(*key) for key in state["leaves"]]
        self.teams, self.since = list(state["teams"]), list(state["since"])
        self.yardsticks = [Yardstick(**stick) if stick else None for stick in state["yardsticks"]]
        self.learning = {int(number): Cuts.from_state(cuts) for number, cuts in state["learning"].items()}
        self.renewals = {
            (number, signal): Renewal.from_state(renewal) for number, signal, renewal in state["renewals"]
        }
        self.recent.load(state["recent"])
        self._tally = [Cells(*state["tally"])]
        everything = Cells(*state["learnt"])
        self.learnt = {
            leaf: everything[everything.leaf == leaf] for leaf in np.unique(everything.leaf).tolist()
        }
        self._number = {leaf: i for i, leaf in enumerate(self.leaves)}
        self._tables = None

    def _counting(self) -> frozenset[int]:
        """Return the leaves that learn anything."""
        return frozenset(self.learning) | {number for number, _ in self.renewals}

    def _among(self, numbers: Iterable[int], leaf: Ints) -> NDArray[np.bool_]:
        return mask(frozenset(numbers), len(self.leaves))[leaf]

    def _freeze(self, number: int, own: Cells, age: int, minute: int) -> None:
        span = (self.since[number], minute)
        if age < self.reference_days:
            self._measure(number, learn_provisional(self.plan, own, span))
            return
        self._measure(number, learn(self.plan, own, self.learning.pop(number).known, span))
        self.learnt[number] = own

    def _find_cuts(self, minute: int) -> None:
        """Take the cuts of leaves that have enough values, and count these values above them."""
        for number, cuts in self.learning.items():
            if (minute - self.since[number]) // DAY < CUT_DAYS:
                continue
            found = cuts.find(self.plan, self.time)
            if found is not None:
                self._tally.append(replace(found, leaf=found.leaf + number))

    def _join(self, leaf: Leaf, since: int) -> int:
        number = len(self.leaves)
        self._number[leaf] = number
        self.leaves.append(leaf)
        self.teams.append("")
        self.since.append(since)
        self.yardsticks.append(None)
        self.learning[number] = Cuts.begin(self.plan, self.sources)
        self._tables = None
        return number
