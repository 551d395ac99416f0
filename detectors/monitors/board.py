"""Which series are watched for which signal: the rows of the engine, and what minutes are worth to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Series, SignalName
from detectors.monitors.cells import Cells
from detectors.monitors.engine import Engine
from detectors.monitors.incident import Incident, held, mask
from detectors.monitors.page_budget import Months
from detectors.monitors.question import Plan
from detectors.monitors.roster import Roster
from detectors.monitors.series import members, watched

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bets:
    """Rows with observations, ordered by minute, and their log-likelihood ratios."""

    minute: Ints
    row: Ints
    llr: Floats


@dataclass(frozen=True, slots=True)
class _Groups:
    """Cells repeated for every series they belong to, one group per minute and series.

    Attributes
    ----------
    cell, hour : of each repetition
    start, series : of each group
    """

    cells: Cells
    cell: Ints
    start: Ints
    series: Ints
    hour: Ints


class Board:
    """All (signal, series) pairs; row = signal * series + series, components padded to the longest signal.

    Rebuilt whenever references come into force; evidence of pairs that stay is carried over.
    """

    def __init__(self, plan: Plan, months: Months, roster: Roster, minute: int) -> None:
        self.plan = plan
        self._width = max(len(plan.weights(signal)) for signal in plan.signals)
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
        self.engine = self._engine(months, minute)

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

    def carry(self, old: Board, renewed: frozenset[int]) -> None:
        """Take over the evidence of pairs that stay, except where all references behind them are new."""
        place = {series: i for i, series in enumerate(old.series)}
        pairs = [
            (self.row_of(signal, i), old.row_of(signal, place[series]))
            for i, series in enumerate(self.series)
            if series in place and not self.leaves[i] <= renewed
            for signal in self.plan.signals
        ]
        if pairs:
            mine, theirs = np.array(pairs, dtype=np.int64).T
            self.engine.adopt(old.engine, mine, theirs)

    def bets(self, cells: Cells, hour: Ints, roster: Roster, incidents: Sequence[Incident]) -> Bets:
        """Return what these cells are worth to every row, leaving out what incidents hold back."""
        cell, series = self._expand(cells)
        key = cells.minute[cell] * len(self.series) + series
        start = np.flatnonzero(np.diff(key, prepend=-1))
        if not len(start):
            return Bets(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, self._width)))
        groups = _Groups(cells, cell, start, series[start], hour[cell])
        found = [self._signal_bets(signal, groups, roster, incidents) for signal in self.plan.signals]
        minute, row = (np.concatenate([getattr(bets, name) for bets in found]) for name in ("minute", "row"))
        order = np.lexsort((row, minute))
        return Bets(minute[order], row[order], np.concatenate([bets.llr for bets in found])[order])

    def _signal_bets(
        self, signal: SignalName, groups: _Groups, roster: Roster, incidents: Sequence[Incident]
    ) -> Bets:
        questions, leaf, start = self.plan.of(signal), groups.cells.leaf[groups.cell], groups.start
        counted = roster.tables.usable()[leaf][:, questions]
        counted &= ~mask(held(incidents, signal), len(roster.leaves))[leaf][:, None]
        n = np.where(counted, groups.cells.seen[groups.cell][:, self.plan.sources[questions]], 0.0)
        bad = np.where(counted, groups.cells.bad[groups.cell][:, questions], 0.0)
        total: Floats = np.add.reduceat(n, start)
        rate = roster.tables.bound(n, leaf, groups.hour, start, questions)
        some = total.sum(axis=1) > 0
        narrow = self.plan.llr(signal, total[some], np.add.reduceat(bad, start)[some], rate[some])
        llr = np.zeros((len(narrow), self._width))
        llr[:, : narrow.shape[1]] = narrow
        first_row = self.row_of(signal, 0)
        minute = groups.cells.minute[groups.cell[start]]
        return Bets(minute[some], first_row + groups.series[some], llr)

    def _expand(self, cells: Cells) -> tuple[Ints, Ints]:
        """Return (cell, series) pairs ordered by minute and series."""
        # Leaves that joined after the board was made have no series yet.
        if not len(cells):
            return cells.leaf, cells.leaf
        table = np.full((max(int(cells.leaf.max()) + 1, len(self._series_of)), self._series_of.shape[1]), -1)
        table[: len(self._series_of)] = self._series_of
        table = table[cells.leaf]
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

    def _engine(self, months: Months, minute: int) -> Engine:
        signals, series = self.plan.signals, len(self.series)
        weights = np.zeros((len(signals), self._width))
        for i, signal in enumerate(signals):
            own = self.plan.weights(signal)
            weights[i, : len(own)] = own
        log_months = np.log([months(signal, max(series, 1)) for signal in signals])
        return Engine(np.repeat(weights, series, axis=0), np.repeat(log_months, series), minute)
