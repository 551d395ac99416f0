"""A leaf's references for every question of a monitor, and those of all leaves as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.bets import HIGHEST, LOWEST
from detectors.monitors.local_time import LocalTime
from detectors.monitors.question import LABEL_CUT, Plan
from detectors.monitors.reference import BOUND, HOURS, LEARNING_MARGIN, Reference, expit, fit, flat, logit
from detectors.monitors.snapshot import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What one leaf is measured by, frozen.

    Attributes
    ----------
    cut : (questions,) above it is bad; NaN: no reference for this question
    logit, se : (questions, 168)
    margin, n, bad : (questions,)
    sufficient : (questions,) enough bad ones for rhythm and wander
    since, until : the minutes it was learnt from; in force from `until` on
    """

    cut: Floats
    logit: Floats
    se: Floats
    margin: Floats
    n: Floats
    bad: Floats
    sufficient: NDArray[np.bool_]
    since: int
    until: int

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {name: getattr(self, name) for name in self.__slots__}


def learn(plan: Plan, time: LocalTime, minute: Ints, values: Values, span: tuple[int, int]) -> Yardstick:
    """Fit a leaf's references from its sample of values."""
    hours, index = np.unique(time.hour(minute), return_inverse=True)
    cuts, references = [], []
    for question in plan.questions:
        column = values[:, question.source]
        known = ~np.isnan(column)
        cut = _cut(column[known], question.quantile)
        n = np.bincount(index[known], minlength=len(hours)).astype(np.float64)
        bad = np.bincount(index[known], weights=column[known] > cut, minlength=len(hours)).astype(np.float64)
        some = n > 0
        reference = fit(hours[some], n[some], bad[some], question.at_least)
        cuts.append(cut * question.ratio if reference.usable else np.nan)
        references.append(reference)
    return _stack(cuts, references, span)


def learn_provisional(plan: Plan, values: Values, span: tuple[int, int]) -> Yardstick:
    """Take what has been seen so far as the reference of labels: only gross change stands out from it."""
    cuts, references = [], []
    for question in plan.questions:
        column = values[:, question.source]
        column = column[~np.isnan(column)]
        reference = flat(len(column), float((column > LABEL_CUT).sum()), LEARNING_MARGIN)
        label = question.quantile is None
        cuts.append(LABEL_CUT if label and reference.usable else np.nan)
        references.append(reference)
    return _stack(cuts, references, span)


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """The yardsticks of all leaves as tables; leaves without one have only NaN cuts.

    `logit` and `se` have one row for each yardstick and a first one for all leaves without: most leaves of
    a fleet with many short-lived routes never get one. `row` says which is whose.
    """

    cut: Floats
    row: Ints
    logit: Floats
    se: Floats
    margin: Floats
    since: Ints

    @classmethod
    def of(cls, leaves: Sequence[Yardstick | None], questions: int) -> Yardsticks:
        """Return the tables of these leaves."""
        none = np.full(questions, np.nan)
        flat_none = np.zeros((questions, HOURS))
        sticks = [leaf for leaf in leaves if leaf]
        has = np.array([leaf is not None for leaf in leaves], dtype=np.bool_)
        return cls(
            np.array([leaf.cut if leaf else none for leaf in leaves]).reshape(-1, questions),
            np.where(has, np.cumsum(has), 0),
            np.stack([flat_none, *(stick.logit for stick in sticks)]),
            np.stack([flat_none, *(stick.se for stick in sticks)]),
            np.array([leaf.margin if leaf else np.zeros(questions) for leaf in leaves]).reshape(
                -1, questions
            ),
            np.array([leaf.until if leaf else np.iinfo(np.int64).max for leaf in leaves], dtype=np.int64),
        )

    def usable(self) -> NDArray[np.bool_]:
        """Tell for each leaf and question whether there is a reference."""
        return ~np.isnan(self.cut)

    def rate(self, leaf: Ints, hour: Ints, question: int) -> Floats:
        """Return the expected rate of a question at each (leaf, hour)."""
        return expit(self.logit[self.row[leaf], question, hour % HOURS])

    def bound(self, n: Floats, leaf: Ints, hour: Ints, start: Ints, questions: Ints) -> Floats:
        """Return the rate that bets are made against, for groups of cells.

        A group expects the n-weighted sum of its leaves; errors add in squares, margins n-weighted.

        Parameters
        ----------
        n : (cells, questions) observations
        leaf, hour : of each cell
        start : first cell of each group
        questions : numbers of the questions asked
        """
        at = (self.row[leaf][:, None], questions[None, :], hour[:, None] % HOURS)
        rate = expit(self.logit[at])
        error = n * self.se[at] * rate * (1 - rate)
        total = np.maximum(np.add.reduceat(n, start), 1e-9)
        mean = np.clip(np.add.reduceat(n * rate, start) / total, LOWEST, HIGHEST)
        se = np.sqrt(np.add.reduceat(error**2, start)) / total / (mean * (1 - mean))
        margin = np.add.reduceat(n * self.margin[leaf[:, None], questions[None, :]], start) / total
        return expit(logit(mean) + BOUND * se + margin)


def _cut(known: Values, quantile: float | None) -> float:
    if quantile is None:
        return LABEL_CUT
    return float(np.quantile(known, quantile, method="lower")) if len(known) else 0.0


def _stack(cuts: Sequence[float], references: Sequence[Reference], span: tuple[int, int]) -> Yardstick:
    return Yardstick(
        cut=np.array(cuts, dtype=np.float64),
        logit=np.stack([reference.logit for reference in references]),
        se=np.stack([reference.se for reference in references]),
        margin=np.array([reference.margin for reference in references]),
        n=np.array([reference.n for reference in references], dtype=np.float64),
        bad=np.array([reference.bad for reference in references], dtype=np.float64),
        sufficient=np.array([reference.sufficient for reference in references]),
        since=span[0],
        until=span[1],
    )
