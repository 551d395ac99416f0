"""What a leaf too new for a reference is compared with: its siblings, and how far these lie apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Leaf, Level, Series, SignalName
from detectors.monitors.question import LABEL_CUT, Plan
from detectors.monitors.reference import BOUND, HOURS, LEARNING_MARGIN, Reference, expit, flat
from detectors.monitors.yardstick import OWN, Yardstick, stack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Whose leaves are siblings; the number of a level, from one, says of a question who has lent its reference.
LEVELS: tuple[Level, ...] = ("route", "platform_model", "platform", "fleet")
FAR = 3.09  # standard deviations: of a thousand new leaves one may lie farther out without being broken
LEAST_FREEDOM = 5  # degrees of freedom; with fewer nobody knows how far siblings lie apart
MOST_BOUND = 0.9  # of the calls: above it nothing is left to get worse


def student(freedom: int) -> float:
    """Return how many estimated standard deviations `FAR` is worth, by Student's t (Cornish-Fisher).

    >>> round(student(10), 2), round(student(1000), 2)
    (4.14, 3.1)
    """
    z = FAR
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term * float(freedom) ** -power for power, term in enumerate(terms, 1))


def lender(leaf: Leaf, level: int) -> Series:
    """Return the series that has lent a leaf its reference."""
    parts: dict[Level, Series] = {
        "route": Series("route", leaf.tenant, route=leaf.route),
        "platform_model": Series("platform_model", leaf.tenant, leaf.platform, model=leaf.model),
        "platform": Series("platform", leaf.tenant, leaf.platform),
        "fleet": Series("fleet", leaf.tenant),
    }
    return parts[LEVELS[level - 1]]


@dataclass(frozen=True, slots=True)
class _Group:
    """The leaves of one tenant with a reference for one question, by the series of one level.

    Attributes
    ----------
    number : of each series that has any
    mean : (series, 168) their mean log-odds
    size : (series,) how many they are
    far : standard deviations of a leaf around its siblings, times what is far in units of these
    farthest : how far above its siblings any of them lies
    """

    number: dict[Series, int]
    mean: Floats
    size: Floats
    far: float
    farthest: float

    @classmethod
    def of(cls, leaves: Sequence[Leaf], level: int, logit: Floats) -> _Group | None:
        """Return the groups of a level, None where too few siblings tell how far they lie apart."""
        series = [lender(leaf, level) for leaf in leaves]
        number = {name: i for i, name in enumerate(dict.fromkeys(series))}
        freedom = len(leaves) - len(number)
        if freedom < LEAST_FREEDOM:
            return None
        member = np.array([number[name] for name in series])
        size = np.bincount(member).astype(np.float64)
        total = np.zeros((len(number), HOURS))
        np.add.at(total, member, logit)
        mean = total / size[:, None]
        apart = logit - mean[member]
        sd = math.sqrt(float((apart**2).sum()) / HOURS / freedom)
        others = size[member] > 1
        alone = (apart.mean(axis=1) * size[member] / np.maximum(size[member] - 1, 1.0))[others]
        return cls(number, mean, size, student(freedom) * sd, float(alone.max()))

    def reach(self, at: int) -> float:
        """Return how far above the mean of a series a new leaf of it may lie."""
        return max(self.far * math.sqrt(1.0 + 1.0 / self.size[at]), self.farthest)


class Lenders:
    """Lends references to new leaves of a tenant: the mean of their siblings', and room for how these differ.

    A new leaf is one more draw from its siblings, so it may lie as far from their mean as they lie from each
    other's (a prediction bound, by Student's t at one in a thousand), and no nearer than the farthest of
    them: what a sibling does all the time is no trouble. The siblings are the leaves of that series, route,
    model on a platform, platform or fleet, whose members lie closest together. What wanders within a
    sibling comes on top, in squares; less than odds of 5 is never a finding.

    Parameters
    ----------
    leaves, sticks : of the tenant, those with a reference of their own

    Source: Higgins, Thompson, Spiegelhalter 2009 (prediction of a random effect), here pooled over groups.
    """

    def __init__(self, plan: Plan, leaves: Sequence[Leaf], sticks: Sequence[Yardstick]) -> None:
        self.plan = plan
        self._groups: dict[tuple[int, int], _Group] = {}
        self._margin: dict[int, float] = {}
        for question in plan.lent.tolist():
            known = [i for i, stick in enumerate(sticks) if not np.isnan(stick.cut[question])]
            if len(known) <= LEAST_FREEDOM:
                continue
            logit = np.stack([sticks[i].logit[question] for i in known])
            self._margin[question] = float(np.median([sticks[i].margin[question] for i in known]))
            for level in range(1, len(LEVELS) + 1):
                found = _Group.of([leaves[i] for i in known], level, logit)
                if found is not None:
                    self._groups[question, level] = found

    def lend(self, leaf: Leaf, span: tuple[int, int]) -> Yardstick | None:
        """Return what a leaf is measured by meanwhile; None where nobody has anything to lend."""
        cut, levels = np.full(len(self.plan.questions), np.nan), np.full(len(self.plan.questions), OWN)
        references = [flat(0, 0.0, 0.0)] * len(self.plan.questions)
        for question in self._margin:
            level, reference = self._nearest(leaf, question)
            if reference is not None and reference.upper().max() <= MOST_BOUND:
                cut[question], levels[question], references[question] = LABEL_CUT, level, reference
        return None if (levels == OWN).all() else stack(cut.tolist(), references, span, levels)

    def _nearest(self, leaf: Leaf, question: int) -> tuple[int, Reference | None]:
        """Return the level whose siblings lie closest together, and what these lend."""
        best, reference = math.inf, None
        chosen = OWN
        for level in range(1, len(LEVELS) + 1):
            group = self._groups.get((question, level))
            at = group.number.get(lender(leaf, level)) if group else None
            if group is None or at is None or group.reach(at) >= best:
                continue
            best, chosen = group.reach(at), level
            margin = max(LEARNING_MARGIN, math.hypot(best, self._margin[question]))
            reference = Reference(group.mean[at], np.zeros(HOURS), margin, 0, 0.0, sufficient=False)
            reference = reference.lifted(self.plan.questions[question].least_rate)
        return chosen, reference


def lower(own: Yardstick, lent: Yardstick) -> Yardstick:
    """Return for each question the one that allows less: both hold, so that no more is normal."""
    better = np.flatnonzero(_allowed(lent) < _allowed(own))
    return own.renewed(better, lent)


def _allowed(stick: Yardstick) -> Floats:
    bound = expit(stick.logit + BOUND * stick.se + stick.margin[:, None]).mean(axis=1)
    return np.where(np.isnan(stick.cut), np.inf, bound)


def stands(plan: Plan, before: Yardstick | None, now: Yardstick, signal: SignalName) -> bool:
    """Tell whether a signal's references were lent before and are the same ones now."""
    asked = plan.of(signal)
    if before is None or (before.lent[asked] != now.lent[asked]).any():
        return False
    return bool(((now.lent[asked] != OWN) | np.isnan(now.cut[asked])).all())
