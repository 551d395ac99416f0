"""An engine whose rows spend of common budgets, and whose many small suspicions count together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.engine import Engine, Floats, Rows
from detectors.monitors.page_budget import MEAN_SHARE

WHOLE = (
    1.0 - MEAN_SHARE
) / MEAN_SHARE  # so many alarms' worth of evidence over a pool is an alarm of its mean


@dataclass(frozen=True, slots=True)
class Promises:
    """What each row of an engine has promised.

    Attributes
    ----------
    log_months : (rows,) log of the mean time to a false alarm of the row itself
    pool : (rows,) number of the pool whose mean it belongs to; -1: none
    """

    log_months: Floats
    pool: NDArray[np.int64]


class FleetEngine(Engine):
    """Rows that alarm each by itself, and pools of rows that alarm by their mean.

    A row's evidence in alarms is `W = M / months`: it is injected with elapsed time times the rate that is
    promised now, and one alarm's worth of it is an alarm. `sum(W) - promised rates x elapsed` stays a
    supermartingale whenever rates change, so that a month has as many false alarms as the sum of the rates
    was, however rows came and went. So evidence keeps its worth in alarms, not in months, when a row takes
    another promise over.

    The mean of a pool has a fixed part of its budget: `sum(min(W, 1)) * part / (1 - part)` has promised
    that part of what its rows may spend, and alarms at one. Where many rows lean the same way none need
    have reached its own threshold. The pool's strongest row then stands for it; whoever looks into that
    alarm has to `reset` the whole pool.
    """

    def __init__(self, weights: Floats, promises: Promises, start: int) -> None:
        super().__init__(weights, promises.log_months, start)
        self.pool = promises.pool
        largest = int(np.bincount(self.pool[self.pool >= 0]).max(initial=0))
        self._possible = math.log(WHOLE / largest) if largest > WHOLE else math.inf

    def update(self, minute: int, rows: Rows, llr: Floats) -> Rows:
        """Take a minute as any engine does; return the rows that alarm, or stand for a pool that does."""
        found = super().update(minute, rows, llr)
        if math.isinf(self._possible):
            return found
        if (self.log_total - self.log_months).max(initial=-np.inf) < self._possible:
            return found
        return np.union1d(found, self._together())

    def adopt(self, other: Engine, mine: Rows, theirs: Rows) -> None:
        """Carry evidence over, at its worth in alarms."""
        super().adopt(other, mine, theirs)
        self._worth(mine, other.log_months[theirs])

    def state(self) -> dict[str, object]:
        """Return what `load` needs, with the promises under which evidence was gathered."""
        return {**super().state(), "log_months": self.log_months}

    def load(self, m: Floats, top: Floats, last: Rows, since: Rows, log_months: Floats | None = None) -> None:
        """Continue from a `state`; if promises have changed since, evidence keeps its worth in alarms."""
        super().load(m, top, last, since)
        everything = np.arange(len(self.last))
        self._worth(everything, self.log_months if log_months is None else log_months)

    def _worth(self, rows: Rows, before: Floats) -> None:
        self.m[rows] *= np.exp(self.log_months[rows] - before)[:, None]
        self._sum_up(rows)

    def _together(self) -> Rows:
        """Return the strongest row of each pool whose mean alarms."""
        pooled = np.flatnonzero(self.pool >= 0)
        excess = self.excess(pooled)
        total = np.bincount(self.pool[pooled], weights=np.exp(np.minimum(excess, 0.0)))
        loud = np.flatnonzero(total >= WHOLE).tolist()
        return np.array([self._strongest(pooled[self.pool[pooled] == one]) for one in loud], dtype=np.int64)

    def _strongest(self, rows: Rows) -> int:
        return int(rows[self.excess(rows).argmax()])
