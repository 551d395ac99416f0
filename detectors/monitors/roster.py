"""Every leaf seen so far, and how far its learning has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations, SignalName
from detectors.monitors.cells import DAY, KEPT_DAYS, Cells, empty, join, sum_by
from detectors.monitors.cold import lower, stands
from detectors.monitors.cuts import CUT_DAYS, Cuts, first_days
from detectors.monitors.incident import mask
from detectors.monitors.loans import Loans
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
Flags = NDArray[np.bool_]
Renewed = Mapping[SignalName, frozenset[int]]  # leaves whose references are new, by signal

LEAST_DAYS = 2  # of learning before even gross change is looked for in what it has seen itself


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
        self.newest: list[int] = []  # day of each one's last call
        self.yardsticks: list[Yardstick | None] = []
        self.recent = Recents(sources)
        self.learnt: dict[int, Cells] = {}  # what each frozen reference rests on; minutes are local hours
        self.learning: dict[int, Cuts] = {}
        self.renewals: dict[tuple[int, int], Renewal] = {}  # by leaf and subject (`Plan.subjects`)
        self.loans = Loans(plan)
        self._nothing = empty(sources, len(plan.questions))
        self._tally = [self._nothing]  # of learning leaves; its minutes are local hours
        self._number: dict[Leaf, int] = {}
        self._tables: Yardsticks | None = None
        self._lines: tuple[Yardsticks, Floats] | None = None
        self._missing: tuple[Yardsticks, Flags] | None = None

    @property
    def tables(self) -> Yardsticks:
        """The yardsticks of all leaves as tables."""
        if self._tables is None:
            self._tables = Yardsticks.of(self.yardsticks, self.plan)
        return self._tables

    @property
    def lines(self) -> Floats:
        """What each leaf's calls are counted above, (leaves, questions); NaN where not known yet."""
        if self._lines is None or self._lines[0] is not self.tables:
            lines = self.tables.cut.copy()
            for number, cuts in self.learning.items():
                lines[number] = cuts.known
            for (number, _), renewal in self.renewals.items():
                lines[number, renewal.asked] = renewal.cuts.known[renewal.asked]
            self._lines = self.tables, lines
        return self._lines[1]

    @property
    def missing(self) -> Flags:
        """Which questions frozen references saw too little of, and nobody learns yet, (leaves, questions)."""
        if self._missing is None or self._missing[0] is not self.tables:
            found = np.zeros((len(self.leaves), len(self.plan.questions)), dtype=np.bool_)
            for number in self.live:
                stick = self.yardsticks[number]
                found[number] = stick is not None and stick.n < LEAST_SEEN
            for (number, _), renewal in self.renewals.items():
                found[number, renewal.asked] = False
            self._missing = self.tables, found
        return self._missing[1]

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
            known[place] = self._join(names[foreign[place]], int(minute[first[place]]))
        for number in known:
            self.newest[number] = int(minute[-1]) // DAY
        table = np.zeros(len(names), dtype=np.int64)
        table[present] = known
        return table[leaf]

    def begin(self, minute: Ints, leaf: Ints, values: Values) -> None:
        """Begin to learn what references lack because it was not to be seen before, and these calls have."""
        missing = self.missing
        rows = np.flatnonzero(missing[leaf].any(axis=1))
        wanted = missing[leaf[rows]] & ~np.isnan(values[rows][:, self.plan.sources])
        for subject in np.unique(self.plan.subjects).tolist():
            asked = self.plan.about(subject)
            for number in np.unique(leaf[rows[wanted[:, asked].any(axis=1)]]).tolist():
                cuts = Cuts.begin(self.plan, self.sources)
                own = asked[missing[number, asked]]
                self.renewals[number, subject] = Renewal(int(minute[0]) // DAY * DAY, own, cuts)
                self._tables = None

    def knows(self, leaf: Leaf) -> bool:
        """Tell whether a leaf has had calls lately."""
        return leaf in self._number

    def learns(self, leaf: Leaf, signal: SignalName) -> bool:
        """Tell whether a leaf's references for a signal are still to be learnt, or have not begun to."""
        number = self._number.get(leaf)
        stick = self.yardsticks[number] if number is not None else None
        if number is None or stick is None or number in self.learning or self.renewing(number, signal):
            return True
        return bool(self.missing[number, self.plan.of(signal)].all())

    def renewing(self, number: int, signal: SignalName) -> list[Renewal]:
        """Return what of a leaf's references for a signal is learnt later than the others."""
        subjects = dict.fromkeys(self.plan.subjects[self.plan.of(signal)].tolist())
        return [self.renewals[number, one] for one in subjects if (number, one) in self.renewals]

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

    def let_go(self, minute: int, held: frozenset[int]) -> Ints | None:
        """Forget leaves without a call for longer than anything is kept; None where there are none.

        Return the new number of each leaf, -1 of those that are gone. What an incident holds stays.
        """
        oldest = minute // DAY - max(KEPT_DAYS, self.reference_days)
        kept = [i for i, day in enumerate(self.newest) if day >= oldest or i in held]
        if len(kept) == len(self.leaves):
            return None
        numbers = np.full(len(self.leaves), -1, dtype=np.int64)
        numbers[kept] = np.arange(len(kept))
        self.leaves, self.teams = [self.leaves[i] for i in kept], [self.teams[i] for i in kept]
        self.since, self.newest = [self.since[i] for i in kept], [self.newest[i] for i in kept]
        self.yardsticks = [self.yardsticks[i] for i in kept]
        new = {old: number for number, old in enumerate(kept)}
        self.learnt = {new[i]: own.renumbered(numbers) for i, own in self.learnt.items() if i in new}
        self.learning = {new[i]: cuts for i, cuts in self.learning.items() if i in new}
        self.renewals = {(new[i], subject): one for (i, subject), one in self.renewals.items() if i in new}
        self.loans.renumber(new)
        self.recent.renumber(numbers)
        self._tally = [join(self._tally).renumbered(numbers)]
        self._number = {leaf: i for i, leaf in enumerate(self.leaves)}
        self._tables = None
        return numbers

    def arrivals(self, observations: Observations, rows: slice) -> set[int]:
        """Return the full hours at which leaves may borrow: those that wait, and those new in these calls."""
        if not len(self.plan.lent):
            return set()
        present, first = np.unique(observations.leaf[rows], return_index=True)
        joined = [
            int(observations.minute[rows.start + row])
            for foreign, row in zip(present.tolist(), first.tolist(), strict=True)
            if observations.leaves[foreign] not in self._number
        ]
        return self.loans.hours(joined)

    def lend(self, minute: int) -> Renewed:
        """Let leaves that have joined by a full hour borrow from their siblings; return whose are new."""
        due = self.loans.due(minute)
        before = {number: self.yardsticks[number] for number in due}
        self._borrow(due, minute)
        return self._changed(before)

    def midnight(self, minute: int, held: frozenset[int] = frozenset()) -> Renewed:
        """Freeze references that are due, borrow, and renew provisional ones; return whose are new.

        A provisional one is not renewed while an incident holds its leaf: it would learn the incident. Where
        siblings have lent theirs, a day that ends in an incident is no day of learning either, as many days
        as learning takes at most: a leaf that is broken from the start has nothing else to learn from.
        """
        if not self.learning:
            return {}
        self._tally = [join(self._tally)]
        self._pass_over(minute)
        self._find_cuts(minute)
        tally = join(self._tally)
        tally = sum_by(tally.minute, tally.leaf, tally.calls, tally.seen, tally.bad)
        before = {number: self.yardsticks[number] for number in self.learning}
        for number in held & frozenset(self.loans.lent):
            if self.since[number] < self.loans.lent[number].since + self.reference_days * DAY:
                self.since[number] += DAY
        ripe = self._ripe(tally, minute, held)
        for number, age in ripe.items():
            if age >= self.reference_days:
                self._freeze(number, tally[tally.leaf == number], minute)
        self.loans.midnight()
        self._borrow([number for number in self.learning if number not in self.loans.lent], minute)
        for number in sorted(ripe.keys() & self.learning.keys()):
            self._provide(number, tally[tally.leaf == number], minute)
        self._tally = [tally[np.isin(tally.leaf, list(self.learning))]]
        self._tables = None
        return self._changed(before)

    def renew(self, subject: int, leaves: frozenset[int], began: int, minute: int) -> None:
        """Begin a new version of the references for a subject at `minute`, from what came since `began`."""
        for number in sorted(leaves):
            recent = self.recent[number].since(began)
            cuts = Cuts.begin(self.plan, self.sources)
            renewal = Renewal(minute // DAY * DAY, self.plan.about(subject), cuts)
            renewal.take(self.plan, self.time, recent.minute, recent.values)
            self.renewals[number, subject] = renewal
            if stick := self.yardsticks[number]:
                self.yardsticks[number] = stick.without(renewal.asked)
            self._tables = None
            self._stand_in(number, subject, minute)

    def renewed(self, minute: int, held: frozenset[int] = frozenset()) -> Renewed:
        """Bring new versions that are due into force at a midnight; return whose, and of which signals."""
        found: dict[SignalName, set[int]] = {}
        for (number, subject), renewal in list(self.renewals.items()):
            if renewal.find_cuts(self.plan, self.time, minute):
                self._tables = None
            # A leaf that learns for the first time must have done so: it would learn over the new version.
            due = number not in self.learning and renewal.due(self.plan, minute, self.reference_days)
            if due:
                del self.renewals[number, subject]
                self._replace(number, renewal.asked, renewal.version(self.plan, minute))
            elif number in held or not self._stand_in(number, subject, minute):
                continue
            found.setdefault(self.plan.questions[subject].signal, set()).add(number)
        return {signal: frozenset(numbers) for signal, numbers in found.items()}

    def count_anew(self, asked: Ints, minute: int) -> None:
        """Let references hold for these questions from `minute` on only: calls were counted otherwise."""
        self.yardsticks = [stick.in_force(asked, minute) if stick else None for stick in self.yardsticks]
        self._tables = None

    def give_back(self, subject: int, leaves: frozenset[int]) -> None:
        """Let leaves be, of whom a person has said that they only differ from their siblings."""
        for number in leaves & frozenset(self.loans.lent):
            stick = self.yardsticks[number]
            self.yardsticks[number] = self.loans.give_back(number, self.plan.about(subject), stick)
            self._tables = None

    def _stand_in(self, number: int, subject: int, minute: int) -> bool:
        renewal = self.renewals[number, subject]
        if len(renewal.asked) < len(self.plan.about(subject)):
            return False  # the evidence of the questions that are known is worth more
        stick = renewal.stand_in(self.plan, minute)
        if stick is not None:
            self._replace(number, renewal.asked, stick)
        return stick is not None

    def _replace(self, number: int, asked: Ints, other: Yardstick) -> None:
        stick = self.yardsticks[number]
        self.yardsticks[number] = stick.renewed(asked, other) if stick else other
        self._tables = None

    def _measure(self, number: int, stick: Yardstick) -> None:
        """Measure a leaf by a yardstick; where new versions are being learnt, by what stands in for them."""
        before = self.yardsticks[number]
        for (leaf, _), renewal in self.renewals.items():
            if leaf == number:
                asked = renewal.asked
                stick = stick.renewed(asked, before) if before else stick.without(asked)
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
            "newest": self.newest,
            "yardsticks": [stick.state() if stick else None for stick in self.yardsticks],
            "recent": self.recent.state(),
            "learning": {str(number): cuts.state() for number, cuts in self.learning.items()},
            **self.loans.state(),
            "renewals": [[*key, renewal.state()] for key, renewal in self.renewals.items()],
            "learnt": [getattr(everything, name) for name in Cells.__slots__],
            "tally": [getattr(self._tally[0], name) for name in Cells.__slots__],
        }

    def load(self, state: State) -> None:
        """Continue from a `state`."""
        self.leaves = [Leaf(*key) for key in state["leaves"]]
        self.teams, self.since = list(state["teams"]), list(state["since"])
        self.newest = list(state["newest"])
        self.yardsticks = [Yardstick(**stick) if stick else None for stick in state["yardsticks"]]
        self.learning = {int(number): Cuts.from_state(cuts) for number, cuts in state["learning"].items()}
        self.renewals = {
            (number, subject): Renewal.from_state(renewal) for number, subject, renewal in state["renewals"]
        }
        self.loans.load(state)
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

    def _ripe(self, tally: Cells, minute: int, held: frozenset[int]) -> dict[int, int]:
        """Return the learning leaves that have seen enough for a reference of their own, with their age."""
        seen = np.bincount(tally.leaf, tally.seen.max(axis=1), minlength=len(self.leaves))
        age = {number: (minute - self.since[number]) // DAY for number in sorted(self.learning)}
        return {
            number: days
            for number, days in age.items()
            if days >= LEAST_DAYS
            and seen[number] >= LEAST_SEEN
            and (days >= self.reference_days or number not in held)
        }

    def _freeze(self, number: int, own: Cells, minute: int) -> None:
        self.loans.lent.pop(number, None)
        span = (self.since[number], minute)
        self._measure(number, learn(self.plan, own, self.learning.pop(number).known, span))
        self.learnt[number] = own

    def _pass_over(self, minute: int) -> None:
        """Let learning begin on the day with half a usual day's calls so far: a stray call is no day."""
        today = int(self.time.hour(np.array([minute]))[0]) // 24
        begun = first_days(self._tally[0], len(self.leaves), today, self.reference_days)
        for number, day in begun.items():
            if number in self.learning:
                self.since[number] = max(self.since[number], minute - (today - day) * DAY)

    def _provide(self, number: int, own: Cells, minute: int) -> None:
        """Measure a leaf by what it has seen so far, or by what siblings have lent where that allows less."""
        stick = learn_provisional(self.plan, own, (self.since[number], minute))
        loan = self.loans.lent.get(number)
        self._measure(number, lower(stick, loan) if loan else stick)

    def _borrow(self, numbers: Iterable[int], minute: int) -> None:
        """Let leaves without a reference of their own have that of their siblings."""
        lenders = {i: stick for i in self.live if (stick := self.yardsticks[i]) is not None}
        for number, loan in self.loans.borrow(numbers, self.leaves, lenders, self.since, minute).items():
            stick = self.yardsticks[number]
            self._measure(number, lower(stick, loan) if stick else loan)

    def _changed(self, before: Mapping[int, Yardstick | None]) -> Renewed:
        """Return of which signals these leaves have other references than before."""
        found: dict[SignalName, set[int]] = {}
        for number, old in before.items():
            new = self.yardsticks[number]
            if new is None or new is old:
                continue
            for signal in self.plan.signals:
                if number not in self.learning or not stands(self.plan, old, new, signal):
                    found.setdefault(signal, set()).add(number)
        return {signal: frozenset(numbers) for signal, numbers in found.items()}

    def _find_cuts(self, minute: int) -> None:
        """Take the cuts of leaves that have enough values, and count these values above them."""
        for number, cuts in self.learning.items():
            if (minute - self.since[number]) // DAY < CUT_DAYS:
                continue
            found = cuts.find(self.plan, self.time)
            if found is not None:
                self._tally.append(replace(found, leaf=found.leaf + number))

    def _join(self, leaf: Leaf, minute: int) -> int:
        number = len(self.leaves)
        self._number[leaf] = number
        self.leaves.append(leaf)
        self.teams.append("")
        self.since.append(minute // DAY * DAY)
        self.newest.append(minute // DAY)
        self.loans.join(number, minute)
        self.yardsticks.append(None)
        self.learning[number] = Cuts.begin(self.plan, self.sources)
        self._tables = None
        return number
