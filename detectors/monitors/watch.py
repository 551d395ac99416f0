"""One watch over all series of a fleet: minutes in, signals out, for monitors that ask questions of calls."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Observations, Ruling, Series, Signal, SignalName, Standing
from detectors.monitors.board import Bets, Board
from detectors.monitors.cells import DAY, Cells, compact, empty, join, portions, tabulate
from detectors.monitors.finding import (
    Desk,
    Scope,
    beside,
    counts_of,
    raised,
    rescope,
    scope,
    series_for,
    signal_leaves,
)
from detectors.monitors.incident import Incident, cleared, held, mask, said
from detectors.monitors.localise import Counts
from detectors.monitors.owners import name_teams
from detectors.monitors.page_budget import Months
from detectors.monitors.roster import Renewed, Roster
from detectors.monitors.snapshot import State

Ints = NDArray[np.int64]
Values = NDArray[np.float32]
Measure = Callable[[slice], Values]  # of a part of the calls, asked for when all before it is known
Complete = Callable[[Signal, Sequence[Leaf]], Signal]  # says more of what was found on these leaves

PENDING_MINUTES = 10  # between alarm and signal, so that a parent can claim it: one outage, one page
SAME_INCIDENT_MINUTES = 12 * 60  # starts further apart are two incidents, not one that widens
COUNTED_ANEW = "A rule asks for another least ratio since then: watched by that from now on."


Topic = tuple[SignalName, str]  # signal and tenant


@dataclass(frozen=True, slots=True)
class Pending:
    """An alarm that waits to be looked into.

    Attributes
    ----------
    first : the series that alarmed first, or that stands for a mean
    due : minute at which it is looked into
    mean : the mean of many series has alarmed, not the series by itself
    """

    first: Series
    due: int
    mean: bool


class Watch:
    """Learn references, bet against them, and report what alarms: once, and when it is over.

    While an incident stands, what it is about is asked of no call of its leaves, so a coarser series alarms
    only if other leaves have shifted too; then one widened signal replaces the first. Whatever else the
    signal asks of these calls goes on, by the same promise: the bets of one row are one mixture.

    Parameters
    ----------
    desk : the questions and how to speak of them
    months : months(signal, watched series), the promise of the page budget
    reference_days : days of learning
    complete : completes what is raised; what comes after that is measured anew
    """

    def __init__(
        self, desk: Desk, months: Months, reference_days: int, complete: Complete | None = None
    ) -> None:
        self.desk, self.months, self._complete = desk, months, complete
        self.roster = Roster(desk.plan, len(desk.units), reference_days, desk.time)
        self.history = [empty(len(desk.units), len(desk.plan.questions))]
        self.board = Board(desk.plan, months, self.roster, 0)
        self.incidents: list[Incident] = []
        self.pending: dict[Topic, Pending] = {}
        self.until: int | None = None
        self.ratios = desk.plan.ratios  # that calls have been counted by

    def update(self, observations: Observations, values: Values | Measure) -> list[Signal]:
        """Take the next closed minutes with each call's values (n, sources), NaN where unknown."""
        begin = observations.start if self.until is None else min(self.until, observations.start)
        midnights = range(-(-begin // DAY) * DAY, observations.end, DAY)
        signals = self._count_anew(begin)
        for span in itertools.pairwise(sorted({begin, *midnights, observations.end})):
            signals += self._day(observations, values, span)
        self.until = observations.end
        return signals

    def _day(
        self, observations: Observations, values: Values | Measure, span: tuple[int, int]
    ) -> list[Signal]:
        """Take the minutes between two midnights: leaves join at full hours, people speak when they do."""
        start, end = span
        signals = self._midnight(start) if start % DAY == 0 else []
        rows = slice(*np.searchsorted(observations.minute, span).tolist())
        hours = {hour for hour in self.roster.arrivals(observations, rows) if start <= hour < end}
        ruled = {ruling.minute for ruling in observations.rulings if start <= ruling.minute < end}
        for first, after in itertools.pairwise(sorted({start, *hours, *ruled, end})):
            if first in hours and first % DAY:
                self._rebuild(self.roster.lend(first), first)
            signals += self._ruled([one for one in observations.rulings if one.minute == first])
            reached = first
            while reached < after:
                found, reached = self._part(observations, values, (reached, after))
                signals += found
        return signals

    def _count_anew(self, minute: int) -> list[Signal]:
        """Count by other least ratios, where they are asked for, and end what was found by those before."""
        plan, before, self.ratios = self.desk.plan, self.ratios, self.desk.plan.ratios
        changed = {plan.questions[i].signal for i in np.flatnonzero(before != plan.ratios).tolist()}
        if not changed:
            return []
        for signal in changed:
            self.roster.count_anew(plan.of(signal), minute)
            rows = [self.board.row_of(signal, i) for i in range(len(self.board.series))]
            self.board.engine.reset(rows, minute)
        self.pending = {topic: one for topic, one in self.pending.items() if topic[0] not in changed}
        over = [incident for incident in self.incidents if incident.signal in changed]
        return [replace(signal, note=COUNTED_ANEW) for signal in self._clear(over, minute - 1)]

    def _midnight(self, minute: int) -> list[Signal]:
        """Look into what is pending by the references it alarmed under; then new ones come into force."""
        self.pending = {topic: replace(one, due=minute) for topic, one in self.pending.items()}
        signals = self._raise_due(minute)
        self.history = [compact(join(self.history), minute)]
        gone = self._let_go(minute)
        renewed = self.roster.midnight(minute, held(self.incidents))
        if gone or self.board.teams != self.roster.teams:  # shares are others, and so may numbers be
            self._watch_by(Board(self.desk.plan, self.months, self.roster, minute), renewed)
        else:
            self._rebuild(renewed, minute)
        versions = self.roster.renewed(minute, held(self.incidents))
        for signal, leaves in versions.items():
            self.board.engine.reset(self.board.rows_within(signal, leaves), minute)
        if versions:
            self.board.pool(self.roster)
        return signals

    def _let_go(self, minute: int) -> bool:
        """Forget leaves without calls, whose shares the others get; tell whether there were any."""
        numbers = self.roster.let_go(minute, held(self.incidents))
        if numbers is None:
            return False
        self.history = [join(self.history).renumbered(numbers)]
        for incident in self.incidents:
            incident.leaves = frozenset(numbers[sorted(incident.leaves)].tolist())
        return True

    def _rebuild(self, renewed: Renewed, minute: int) -> None:
        """Watch by new references; evidence stays where the old ones do, shares until midnight."""
        if renewed:
            teams = self._teams(self.board.teams)
            board = Board(self.desk.plan, self.months, self.roster, minute, teams=teams, old=self.board)
            self._watch_by(board, renewed)

    def _teams(self, known: Sequence[str]) -> list[str]:
        """Return what the shares rest on until midnight: these, and of leaves that joined later their own."""
        return [*known, *self.roster.teams[len(known) :]]

    def _watch_by(self, board: Board, renewed: Renewed) -> None:
        board.carry(self.board, renewed)
        self.board = board

    def _ruled(self, rulings: Sequence[Ruling]) -> list[Signal]:
        """End the incidents that people have spoken about; accept the changes that they expected."""
        signals: list[Signal] = []
        for ruling in rulings:
            meant = [
                incident
                for incident in self.incidents
                if incident.signal == ruling.signal and ruling.series & set(incident.covers)
            ]
            if ruling.expected and meant:
                for incident in sorted(meant, key=lambda one: one.began):
                    self.roster.renew(self._subject(incident), incident.leaves, incident.began, ruling.minute)
                self.board.pool(self.roster)
            elif not ruling.expected:
                for incident in meant:
                    self.roster.give_back(self._subject(incident), incident.leaves)
            signals += [said(one, ruling) for one in self._clear(meant, ruling.minute - 1)]
        return signals

    def _part(
        self, observations: Observations, measure: Values | Measure, span: tuple[int, int]
    ) -> tuple[list[Signal], int]:
        """Take events between two midnights, until an incident comes or goes; references stand still.

        Return what was found, and the minute that has been reached.
        """
        rows = slice(*np.searchsorted(observations.minute, span).tolist())
        values = measure(rows) if callable(measure) else measure[rows]
        minute, (begin, end) = observations.minute[rows], span
        leaf = self.roster.numbers(observations, minute, observations.leaf[rows])
        first, event_id = observations.first[rows], observations.event_id[rows]
        team = observations.team[rows]
        self.roster.begin(minute, leaf, values)
        above = values[:, self.desk.plan.sources] > self.roster.lines[leaf]
        cells = tabulate(minute, leaf, first, values, above)
        signals: list[Signal] = []
        while begin < end:
            stop, alarms, over = self._run(cells[cells.minute >= begin], end)
            new = cells[(cells.minute >= begin) & (cells.minute < stop)]
            self.history.append(new)
            own = slice(*np.searchsorted(minute, [begin, stop]).tolist())
            name_teams(self.roster.teams, leaf[own], team[own], observations.teams)
            seen = np.arange(own.start, own.stop)[first[own]]
            self.roster.recent.add(seen, minute, leaf, values, event_id)
            busy = held(self.incidents)
            self.roster.count(new, busy)
            calm = seen[~mask(busy, len(self.roster.leaves))[leaf[seen]]]
            self.roster.sample(minute[calm], leaf[calm], values[calm])
            signals = self._clear(over, stop - 1) + self._raise_due(stop)
            self.pending |= alarms
            begin = stop
            if over or signals:
                break
        return signals, begin

    def _run(self, cells: Cells, end: int) -> tuple[int, dict[Topic, Pending], list[Incident]]:
        """Bet until the first alarm, recovery or pending signal that is due.

        Return the minute after it, what alarmed and the incidents that are over.
        """
        own = [self._counts(incident, cells) for incident in self.incidents]
        recoveries = [i.copy().recovered(c, end) for i, c in zip(self.incidents, own, strict=True)]
        stop = min(
            [
                end,
                *(at + 1 for at in recoveries if at is not None),
                *(one.due for one in self.pending.values()),
            ]
        )
        alarms: dict[Topic, Pending] = {}
        for part in portions(cells):
            if alarms or part.minute[0] >= stop:
                break
            bets = self.board.bets(part, self.desk.time.hour(part.minute), self.roster, self.incidents)
            stop, alarms = self._bet(bets, stop)
        last = [i.recovered(c, stop) for i, c in zip(self.incidents, own, strict=True)]
        return stop, alarms, [i for i, at in zip(self.incidents, last, strict=True) if at is not None]

    def _bet(self, bets: Bets, stop: int) -> tuple[int, dict[Topic, Pending]]:
        start = np.flatnonzero(np.diff(bets.minute, prepend=-1)).tolist()
        for first, after in itertools.pairwise([*start, len(bets.minute)]):
            minute = int(bets.minute[first])
            if minute >= stop:
                break
            rows = self.board.engine.update(minute, bets.row[first:after], bets.llr[first:after])
            alarms = self._suspected(rows, minute + 1)
            if alarms:
                return minute + 1, alarms
        return stop, {}

    def _suspected(self, rows: Ints, now: int) -> dict[Topic, Pending]:
        """Return what rows that have just alarmed say of topics that nobody has suspected yet."""
        found: dict[Topic, Pending] = {}
        for row, excess in zip(rows.tolist(), self.board.engine.excess(rows).tolist(), strict=True):
            signal, number = self.board.pair(row)
            series = self.board.series[number]
            topic = signal, series.tenant
            if topic not in self.pending:
                found.setdefault(topic, Pending(series, now + PENDING_MINUTES, mean=excess < 0))
        return found

    def _counts(self, incident: Incident, cells: Cells) -> Counts:
        return counts_of(self.desk, self.roster, cells, incident.question, incident.leaves)

    def _clear(self, incidents: list[Incident], minute: int) -> list[Signal]:
        """End incidents; a series is over when no other incident stands under its name."""
        signals = []
        for incident in incidents:
            self.incidents.remove(incident)
            self._restart(incident, minute)
            others = (one.covers for one in self.incidents if one.signal == incident.signal)
            standing = set(itertools.chain.from_iterable(others))
            covers = (series for series in incident.covers if series not in standing)
            signals += [cleared(incident, series, minute) for series in covers]
        return signals

    def _raise_due(self, now: int) -> list[Signal]:
        signals: list[Signal] = []
        for topic, pending in list(self.pending.items()):
            if pending.due <= now:
                del self.pending[topic]
                signals += self._raise(topic, pending, now - 1)
        return signals

    def _raise(self, topic: Topic, pending: Pending, minute: int) -> list[Signal]:
        """Explain a topic's alarms, the strongest first, until none is left."""
        signal, tenant = topic
        history = join(self.history)
        self.history = [history]
        series = [i for i, name in enumerate(self.board.series) if name.tenant == tenant]
        rows = np.array([self.board.row_of(signal, i) for i in series], dtype=np.int64)
        excess = self.board.engine.excess(rows)
        alarmed = (excess >= 0) | np.array([self.board.series[i] == pending.first for i in series])
        order = rows[alarmed][np.argsort(-excess[alarmed], kind="stable")].tolist()
        opened = [self._open(row, history, minute) for row in order]
        if pending.mean:  # the evidence of all series is spent
            self.board.engine.reset(rows, minute + 1)
        return [found for found in opened if found is not None]

    def _open(self, row: int, history: Cells, minute: int) -> Signal | None:
        if self.board.engine.since[row] > minute:  # the row before it explains it and has restarted it
            return None
        signal, series = self.board.pair(row)
        tenant = self.board.series[series].tenant
        question = self.desk.plan.strongest(signal, self.board.engine.m[row])
        subject = self.desk.plan.subjects[question]
        busy = held(one for one in self.incidents if self._subject(one) == subject)
        free = signal_leaves(signal, self.desk.plan, self.roster, tenant, busy)
        at = scope(self.desk, self.board, self.roster, history, row=row, question=question, free=free)
        if at is None:
            return None
        name, found = series_for(self.board, self.roster, at.leaves), at.found
        ended_by = self.desk.plan.questions[question].ended_by
        stands = question if ended_by is None else ended_by
        incident = Incident(signal, [name], at.leaves, stands, found.least, found.began, minute + 1)
        mate = next((other for other in self.incidents if self._one(other, incident)), None)
        if mate is not None:
            incident, at = self._widen(mate, incident, history)
        if self._said(incident, minute, mate):
            return None
        if mate is not None:
            self.incidents.remove(mate)
        found_now = raised(self.desk, self.roster, history, minute=minute, incident=incident, at=at)
        incident.raised = self._completed(incident, beside(found_now, self._beside(incident)))
        self.incidents.append(incident)
        self._restart(incident, minute)
        return incident.raised

    def _said(self, incident: Incident, minute: int, mate: Incident | None) -> bool:
        """Tell whether something else was raised under its name this minute: its row is heard in the next."""
        others = (one.raised for one in self.incidents if one is not mate and one.signal == incident.signal)
        name = incident.covers[-1]
        return any(one is not None and (one.series, one.minute) == (name, minute) for one in others)

    def _beside(self, incident: Incident) -> Sequence[str]:
        """Return what else that the signal asks about stands on calls of an incident."""
        others = (
            one.question
            for one in self.incidents
            if one.signal == incident.signal
            and self._subject(one) != self._subject(incident)
            and one.leaves & incident.leaves
        )
        return sorted({self.desk.names[int(self.desk.plan.sources[question])] for question in others})

    def _completed(self, incident: Incident, signal: Signal) -> Signal:
        if self._complete is None:
            return signal
        return self._complete(signal, [self.roster.leaves[leaf] for leaf in sorted(incident.leaves)])

    def _subject(self, incident: Incident) -> int:
        return int(self.desk.plan.subjects[incident.question])

    def _one(self, standing: Incident, new: Incident) -> bool:
        """Tell whether both are one incident: same subject, tenant and start, and one platform or route."""
        same = self._subject(standing) == self._subject(new)
        if not same or standing.covers[-1].tenant != new.covers[-1].tenant:
            return False
        common = series_for(self.board, self.roster, standing.leaves | new.leaves)
        near = abs(standing.began - new.began) <= SAME_INCIDENT_MINUTES
        return near and (common.level != "fleet" or standing.covers[-1].level == "fleet")

    def _widen(self, standing: Incident, new: Incident, history: Cells) -> tuple[Incident, Scope]:
        leaves = standing.leaves | new.leaves
        name = series_for(self.board, self.roster, leaves)
        since = min(standing.began, new.began) - DAY
        history = history[history.minute >= since]
        counts = counts_of(self.desk, self.roster, history, question := standing.question, leaves)
        if not len(counts.minute):  # its leaves have had no call since their references are new
            counts = counts_of(self.desk, self.roster, history, question := new.question, leaves)
        at = rescope(question, leaves, counts, since)
        covers = [*(series for series in standing.covers if series != name), name]
        least, began = at.found.least, at.found.began
        return Incident(new.signal, covers, leaves, question, least, began, new.last), at

    def _restart(self, incident: Incident, minute: int) -> None:
        self.board.engine.reset(self.board.rows_touching(incident.signal, incident.leaves), minute + 1)

    def standing(self) -> frozenset[Standing]:
        """Return what is raised and not over."""
        return frozenset((one.signal, series) for one in self.incidents for series in one.covers)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        self.history = [join(self.history)]
        return {
            "roster": self.roster.state(),
            "history": [getattr(self.history[0], name) for name in Cells.__slots__],
            "teams": self.board.teams,
            "engine": self.board.engine.state(),
            "incidents": [incident.state() for incident in self.incidents],
            "pending": [[*topic, asdict(one)] for topic, one in self.pending.items()],
            "until": self.until,
            "ratios": self.ratios,
        }

    def load(self, state: State) -> None:
        """Continue from a `state` of a watch with the same questions; their least effects may be others."""
        self.roster.load(state["roster"])
        self.history = [Cells(*state["history"])]
        self.board = Board(self.desk.plan, self.months, self.roster, 0, teams=self._teams(state["teams"]))
        self.board.engine.load(**state["engine"])
        self.incidents = [Incident.from_state(incident) for incident in state["incidents"]]
        self.pending = {
            (signal, tenant): Pending(**{**one, "first": Series(**one["first"])})
            for signal, tenant, one in state["pending"]
        }
        self.until, self.ratios = state["until"], state["ratios"]
