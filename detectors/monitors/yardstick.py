"""A leaf's references for every question of a monitor, and those of all leaves as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.cells import Cells, Counts, tabulate
from detectors.monitors.question import LABEL_CUT, Plan
from detectors.monitors.reference import HOURS, LEARNING_MARGIN, Reference, expit, fit, flat
from detectors.monitors.snapshot import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[np.float32]

NEVER = np.iinfo(np.int64).max
OWN = 0  # a reference that no other series has lent


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What one leaf is measured by, frozen. The least effect that matters is no part of it (`Yardsticks`).

    Attributes
    ----------
    cut : (questions,) above it is bad; NaN: no reference for this question
    logit, se : (questions, 168)
    margin, n, bad : (questions,)
    sufficient : (questions,) enough bad ones for rhythm and wander
    lent : (questions,) level of the series that has lent it (`cold.LEVELS`, from one); 0: the leaf's own
    since : the minute from which it was learnt
    until : (questions,) up to when; in force from then on. A single number holds for all of them
    """

    cut: Floats
    logit: Floats
    se: Floats
    margin: Floats
    n: Floats
    bad: Floats
    sufficient: NDArray[np.bool_]
    lent: Ints
    since: int
    until: int | Ints

    def without(self, questions: Ints) -> Yardstick:
        """Return one that measures these questions no longer."""
        return self._with(questions, self.until, cut=np.full(len(self.cut), np.nan))

    def renewed(self, questions: Ints, other: Yardstick) -> Yardstick:
        """Return one that measures these questions by another one."""
        names = ("cut", "logit", "se", "margin", "n", "bad", "sufficient", "lent")
        return self._with(questions, other.until, **{name: getattr(other, name) for name in names})

    def in_force(self, questions: Ints, minute: int) -> Yardstick:
        """Return one that is in force for these questions from a minute on."""
        return self._with(questions, minute)

    def _with(self, questions: Ints, until: int | Ints, **columns: NDArray[Any]) -> Yardstick:
        taken = {name: getattr(self, name).copy() for name in columns}
        taken["until"] = np.array(np.broadcast_to(self.until, len(self.cut)), dtype=np.int64)
        for name, values in {**columns, "until": np.broadcast_to(until, len(self.cut))}.items():
            taken[name][questions] = values[questions]
        return replace(self, **taken)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {name: getattr(self, name) for name in self.__slots__}


def cuts_of(plan: Plan, values: Values, least: int) -> Floats:
    """Return what calls are counted above: a label's half, or a quantile of a sample of values.

    Parameters
    ----------
    values : (sample, sources), NaN where unknown
    least : known values without which a quantile is NaN
    """
    cuts = np.full(len(plan.questions), LABEL_CUT)
    for number, question in enumerate(plan.questions):
        if question.quantile is not None:
            column = values[:, question.source]
            known = column[~np.isnan(column)]
            enough = len(known) >= least
            cuts[number] = np.quantile(known, question.quantile, method="lower") if enough else np.nan
    return cuts


def known_cuts(plan: Plan) -> Floats:
    """Return the cuts that need no values: those of labels; NaN for the others."""
    return np.array([LABEL_CUT if question.quantile is None else np.nan for question in plan.questions])


def counted(plan: Plan, hour: Ints, values: Values, cuts: Floats) -> Cells:
    """Return what a leaf's sample counts per hour above cuts; where a cut is NaN, nothing is seen.

    Parameters
    ----------
    hour : local, of each value
    values : (sample, sources), NaN where unknown
    """
    known = np.zeros(values.shape[1], dtype=np.bool_)
    known[plan.sources[~np.isnan(cuts)]] = True
    kept = np.where(known, values, np.float32(np.nan))
    one, everyone = np.zeros(len(hour), dtype=np.int64), np.ones(len(hour), dtype=np.bool_)
    return tabulate(hour, one, everyone, kept, kept[:, plan.sources] > cuts)


def learn(plan: Plan, cells: Cells, cuts: Floats, span: tuple[int, int]) -> Yardstick:
    """Fit a leaf's references.

    Parameters
    ----------
    cells : the leaf's counts above the cuts; their minutes are local hours since a Monday
    """
    used, references = [], []
    for number, question in enumerate(plan.questions):
        n, bad = (column.astype(np.float64) for column in _counts(cells, number, question.source))
        some = n > 0
        reference = fit(cells.minute[some], n[some], bad[some]).lifted(question.least_rate)
        usable = reference.usable and reference.bad <= question.most_rate * reference.n
        used.append(cuts[number] if usable else np.nan)
        references.append(reference)
    return stack(used, references, span)


def learn_provisional(plan: Plan, cells: Cells, span: tuple[int, int]) -> Yardstick:
    """Take what has been counted so far as the reference of labels: only gross change stands out from it."""
    cuts, references = [], []
    for number, question in enumerate(plan.questions):
        n, bad = _counts(cells, number, question.source)
        reference = flat(int(n.sum()), float(bad.sum()), LEARNING_MARGIN).lifted(question.least_rate)
        label = question.quantile is None
        usable = reference.usable and reference.bad <= question.most_rate * reference.n
        cuts.append(LABEL_CUT if label and usable else np.nan)
        references.append(reference)
    return stack(cuts, references, span)


def _counts(cells: Cells, question: int, source: int) -> tuple[Counts, Counts]:
    return cells.seen[:, source], cells.bad[:, question]


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """The yardsticks of all leaves as tables; leaves without one have only NaN cuts.

    Here the least effects that matter come in, so that others hold at once: `cut` is the multiple of the
    leaf's own that its calls are compared with, and no `margin` is below that of its question.
    `logit` and `se` have one row for each yardstick and a first one for all leaves without: most leaves of
    a fleet with many short-lived routes never get one. Both are (rows, 168, questions); `row` says which is
    whose; `since`, from which minute on each question's holds.
    """

    cut: Floats
    row: Ints
    logit: Floats
    se: Floats
    margin: Floats
    since: Ints

    @classmethod
    def of(cls, leaves: Sequence[Yardstick | None], plan: Plan) -> Yardsticks:
        """Return the tables of these leaves."""
        questions = len(plan.questions)
        none = np.full(questions, np.nan)
        flat_none = np.zeros((questions, HOURS))
        sticks = [leaf for leaf in leaves if leaf]
        has = np.array([leaf is not None for leaf in leaves], dtype=np.bool_)
        return cls(
            np.array([leaf.cut if leaf else none for leaf in leaves]).reshape(-1, questions) * plan.ratios,
            np.where(has, np.cumsum(has), 0),
            _by_hour([flat_none, *(stick.logit for stick in sticks)]),
            _by_hour([flat_none, *(stick.se for stick in sticks)]),
            np.array(
                [np.maximum(leaf.margin, plan.margins) if leaf else plan.margins for leaf in leaves]
            ).reshape(-1, questions),
            np.array(
                [np.broadcast_to(leaf.until if leaf else NEVER, questions) for leaf in leaves], dtype=np.int64
            ).reshape(-1, questions),
        )

    def usable(self) -> NDArray[np.bool_]:
        """Tell for each leaf and question whether there is a reference."""
        return ~np.isnan(self.cut)

    def rate(self, leaf: Ints, hour: Ints, question: int) -> Floats:
        """Return the expected rate of a question at each (leaf, hour)."""
        return expit(self.logit[self.row[leaf], hour % HOURS, question])


def _by_hour(columns: Sequence[Floats]) -> Floats:
    """Return (rows, 168, questions): what is asked of one minute lies together in memory."""
    found = np.empty((len(columns), columns[0].shape[1], columns[0].shape[0]))
    for row, column in enumerate(columns):
        found[row] = column.T
    return found


def stack(
    cuts: Sequence[float], references: Sequence[Reference], span: tuple[int, int], lent: Ints | None = None
) -> Yardstick:
    """Return the references of all questions as one yardstick, its own where nobody has lent them."""
    return Yardstick(
        cut=np.array(cuts, dtype=np.float64),
        logit=np.stack([reference.logit for reference in references]),
        se=np.stack([reference.se for reference in references]),
        margin=np.array([reference.margin for reference in references]),
        n=np.array([reference.n for reference in references], dtype=np.float64),
        bad=np.array([reference.bad for reference in references], dtype=np.float64),
        sufficient=np.array([reference.sufficient for reference in references]),
        lent=np.full(len(cuts), OWN) if lent is None else lent,
        since=span[0],
        until=span[1],
    )
