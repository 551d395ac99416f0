"""What leaves have in common: rhythm too weak to see in each of them, and wander that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.cells import Cells, join
from detectors.monitors.question import Plan
from detectors.monitors.reference import HOURS, LEAST_BAD, cell_factor, expit, wander
from detectors.monitors.yardstick import Yardstick

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """How series of several leaves differ from the sum of their leaves' references.

    Attributes
    ----------
    row : (series,) of the tables; their first stands for all series of one leaf, which do not differ
    factor : (rows, questions, 168) of the expected rate
    margin : (rows, questions) log-odds for wander, at least
    """

    row: Ints
    factor: Floats
    margin: Floats

    def at(self, series: Ints, hour: Ints, questions: Ints) -> tuple[Floats, Floats]:
        """Return factor and margin for each series and hour, (series, questions)."""
        row = self.row[series][:, None]
        return self.factor[row, questions, hour[:, None] % HOURS], self.margin[row, questions]


def pool(
    plan: Plan,
    groups: Sequence[frozenset[int]],
    counts: Mapping[int, Cells],
    yardsticks: Sequence[Yardstick | None],
) -> Pooled:
    """Compare what groups of leaves counted while they learnt with what their references expect of it.

    Twenty leaves of fifty calls a day have no rhythm of their own; together they have one. A platform that
    is slow for an afternoon is slow for all of its routes: each alone may not show it.

    Parameters
    ----------
    groups : leaves of each series; one whose reference has been renewed since it was learnt is left out
    counts : by leaf, what its reference was learnt from; minutes are local hours
    """
    known = [[leaf for leaf in sorted(group) if leaf in counts] for group in groups]
    several = np.array([len(leaves) > 1 for leaves in known], dtype=np.bool_)
    found = [_of_group(plan, leaves, counts, yardsticks) for leaves in known if len(leaves) > 1]
    alike = np.ones((len(plan.questions), HOURS)), np.zeros(len(plan.questions))
    factor, margin = (np.stack(parts) for parts in zip(alike, *found, strict=True))
    return Pooled(np.where(several, np.cumsum(several), 0), factor, margin)


def _of_group(
    plan: Plan, leaves: Sequence[int], counts: Mapping[int, Cells], yardsticks: Sequence[Yardstick | None]
) -> tuple[Floats, Floats]:
    factor, margin = np.ones((len(plan.questions), HOURS)), np.zeros(len(plan.questions))
    cells = join([counts[leaf] for leaf in leaves])
    hours, place = np.unique(cells.minute, return_inverse=True)
    sticks = [stick for leaf in leaves if (stick := yardsticks[leaf]) is not None]
    logits = np.stack([stick.logit for stick in sticks])
    seen = np.stack([counts[leaf].seen.sum(axis=0)[plan.sources] for leaf in leaves])
    same = seen == np.stack([stick.n for stick in sticks])
    row = np.searchsorted(leaves, cells.leaf)
    for number, question in enumerate(plan.questions):
        rate = expit(logits[row, number, cells.minute % HOURS])
        n = np.where(same[row, number], cells.seen[:, question.source], 0)
        counted = (np.where(n > 0, cells.bad[:, number], 0.0), n * rate, n * rate * (1 - rate))
        summed = np.zeros((len(counted), len(hours)))
        for kind, of in enumerate(counted):
            summed[kind] = np.bincount(place, weights=of, minlength=len(hours))
        bad, expected, variance = summed
        if bad.sum() >= LEAST_BAD:
            factor[number] = cell_factor(hours, bad, expected)
            own = factor[number, hours % HOURS]
            margin[number] = 2.0 * wander(hours, bad - own * expected, own * variance, float(bad.sum()))
    return factor, margin
