"""Which series are watched for which signal: the rows of the engine, and what minutes are worth to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Series, SignalName
from detectors.monitors.cells import Cells
from detectors.monitors.expected import BAD, SEEN, bound, terms
from detectors.monitors.fleet_mean import FleetEngine, Promises
from detectors.monitors.incident import Incident
from detectors.monitors.page_budget import POOLS, Groups, Months, Shares, Teams, shares
from detectors.monitors.pooled import Pooled, pool
from detectors.monitors.question import Plan
from detectors.monitors.roster import Renewed, Roster
from detectors.monitors.series import members, watched

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bets:
    """Rows with observations, ordered by minute, and their log-likelihood ratios."""

    minute: Ints
    row: Ints
    llr: Floats


class Board:
    """All (signal, series) pairs; row = signal * series + series, components padded to the longest signal.

    Rebuilt whenever references come into force; evidence of pairs that stay is carried over.

    Attributes
    ----------
    teams : of the leaves, those that the shares of the budget rest on
    least : (signals, leaves) ratio to a leaf's reference that matters; what is smaller is not bet on
    live : numbers of the leaves that had a reference of their own
    pooled : what series of several leaves have in common
    """

    least: Floats
    pooled: Pooled

    def __init__(
        self,
        plan: Plan,
        months: Months,
        roster: Roster,
        minute: int,
        *,
        teams: Sequence[str] | None = None,
        old: Board | None = None,
    ) -> None:
        self.plan = plan
        self._width = max(len(plan.weights(signal)) for signal in plan.signals)
        self._signal_of = np.array([plan.signals.index(question.signal) for question in plan.questions])
        leaves = roster.leaves
        number = {leaf: i for i, leaf in enumerate(leaves)}
        groups = watched(leaves[i] for i in roster.live)
        for i in roster.provisional:
            leaf = leaves[i]
            series = Series("route_model", leaf.tenant, leaf.platform, leaf.route, leaf.model)
            groups.setdefault(series, frozenset({leaf}))
        self.series: list[Series] = list(groups)
        self.leaves = [frozenset(number[leaf] for leaf in group) for group in groups.values()]
        self.everything = members(leaves[i] for i in (*roster.live, *roster.provisional))
        self._series_of = self._by_leaf(len(leaves))
        self.teams = list(roster.teams if teams is None else teams)
        self.engine = self._engine(months, groups, dict(zip(leaves, self.teams, strict=True)), minute)
        self.live = frozenset(roster.live)
        if old is None or old.live != self.live:
            self.pool(roster)
        else:  # a leaf that only begins to learn is part of no other series
            place = dict(zip(old.series, old.pooled.row.tolist(), strict=True))
            row = np.array([place.get(series, 0) for series in self.series], dtype=np.int64)
            self.pooled = replace(old.pooled, row=row)

    def pool(self, roster: Roster) -> None:
        """Learn what series of several leaves have in common, by the references in force now."""
        self.pooled = pool(self.plan, self.leaves, roster.learnt, roster.yardsticks)

    def row_of(self, signal: SignalName, series: int) -> int:
        """Return the engine's row of a pair."""
        return self.plan.signals.index(signal) * len(self.series) + series

    def pair(self, row: int) -> tuple[SignalName, int]:
        """Return signal and series number of a row."""
        signal, series = divmod(row, len(self.series))
        return self.plan.signals[signal], series

    def rows_touching(self, signal: SignalName, leaves: frozenset[int]) -> list[int]:
        """Return the rows of a signal whose series contain one of these leaves."""
        return [self.row_of(signal, i) for i, group in enumerate(self.leaves) if group & leaves]

    def rows_within(self, signal: SignalName, leaves: frozenset[int]) -> list[int]:
        """Return the rows of a signal whose series consist of these leaves only."""
        return [self.row_of(signal, i) for i, group in enumerate(self.leaves) if group <= leaves]

    def carry(self, old: Board, renewed: Renewed) -> None:
        """Take over the evidence of pairs that stay, except where all references behind them are new."""
        place = {series: i for i, series in enumerate(old.series)}
        pairs = [
            (self.row_of(signal, i), old.row_of(signal, place[series]))
            for i, series in enumerate(self.series)
            if series in place
            for signal in self.plan.signals
            if not self.leaves[i] <= renewed.get(signal, frozenset())
        ]
        if pairs:
            mine, theirs = np.array(pairs, dtype=np.int64).T
            self.engine.adopt(old.engine, mine, theirs)

    def bets(self, cells: Cells, hour: Ints, roster: Roster, incidents: Sequence[Incident]) -> Bets:
        """Return what these cells are worth to every row, leaving out what incidents hold back."""
        known = cells.leaf < len(self._series_of)  # those that joined later have no series yet
        cells, hour = cells[known], hour[known]
        cell, series = self._expand(cells)
        start = np.flatnonzero(np.diff(cells.minute[cell] * len(self.series) + series, prepend=-1))
        if not len(start):
            return Bets(start, start, np.zeros((0, self._width)))
        counts = self._counts(cells, roster, incidents)
        least = self.least[self._signal_of][:, cells.leaf].T
        sums = np.add.reduceat(terms(roster.tables, counts, cells.leaf, hour, least)[cell], start)
        first, series = cell[start], series[start]
        rate = bound(sums, *self.pooled.at(series, hour[first], np.arange(len(self.plan.questions))))
        asked = [self.plan.of(signal) for signal in self.plan.signals]
        some = [np.flatnonzero(sums[:, SEEN, questions].any(axis=1)) for questions in asked]
        row = np.concatenate([i * len(self.series) + series[group] for i, group in enumerate(some)])
        minute = cells.minute[first[np.concatenate(some)]]
        order = np.lexsort((row, minute))
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        llr = np.zeros((len(order), self._width))
        ends = np.cumsum([0, *map(len, some)])
        for i, (questions, group) in enumerate(zip(asked, some, strict=True)):
            seen, bad = (sums[group[:, None], term, questions] for term in (SEEN, BAD))
            own = self.plan.llr(self.plan.signals[i], seen, bad, rate[group[:, None], questions])
            llr[place[ends[i] : ends[i + 1]], : own.shape[1]] = own
        return Bets(minute[order], row[order], llr)

    def _counts(self, cells: Cells, roster: Roster, incidents: Sequence[Incident]) -> tuple[Floats, Floats]:
        """Return observations that count for each question, and bad ones among them."""
        counted = roster.tables.usable()
        subjects = self.plan.subjects
        for incident in incidents:
            counted[np.ix_(sorted(incident.leaves), subjects == subjects[incident.question])] = False
        own = counted[cells.leaf]
        return np.where(own, cells.seen[:, self.plan.sources], 0.0), np.where(own, cells.bad, 0.0)

    def _expand(self, cells: Cells) -> tuple[Ints, Ints]:
        """Return (cell, series) pairs ordered by minute and series."""
        table = self._series_of[cells.leaf]
        cell, slot = np.nonzero(table >= 0)
        series = table[cell, slot]
        order = np.lexsort((cell, series, cells.minute[cell]))
        return cell[order], series[order]

    def _by_leaf(self, count: int) -> Ints:
        belongs: list[list[int]] = [[] for _ in range(count)]
        for i, group in enumerate(self.leaves):
            for leaf in group:
                belongs[leaf].append(i)
        width = max((len(b) for b in belongs), default=0) or 1
        return np.array([b + [-1] * (width - len(b)) for b in belongs], dtype=np.int64).reshape(count, width)

    def _engine(self, months: Months, groups: Groups, teams: Teams, minute: int) -> FleetEngine:
        signals, series = self.plan.signals, len(self.series)
        weights = np.zeros((len(signals), self._width))
        for i, signal in enumerate(signals):
            own = self.plan.weights(signal)
            weights[i, : len(own)] = own
        shared = [shares(months, signal, groups, teams) for signal in signals]
        # Of values, not of rates, the ratio is in the cuts already.
        self.least = np.stack([np.ones(len(teams)) if self.plan.ranks else one.least for one in shared])
        return FleetEngine(np.repeat(weights, series, axis=0), self._promises(shared), minute)

    def _promises(self, shared: Sequence[Shares]) -> Promises:
        """Return what rows promise; a pool is the series of one signal, tenant and severity."""
        tenants = {tenant: i for i, tenant in enumerate(dict.fromkeys(one.tenant for one in self.series))}
        of = np.array([tenants[one.tenant] for one in self.series], dtype=np.int64)
        pools = []
        for i, one in enumerate(shared):
            first = (i * max(len(tenants), 1) + of) * len(POOLS)
            pools.append(np.where(one.pool >= 0, first + one.pool, -1))
        return Promises(np.log(np.concatenate([one.months for one in shared])), np.concatenate(pools))
