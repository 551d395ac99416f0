"""A confidence sequence: intervals that hold together, however often somebody looks and whenever they stop.

For watching champion and challenger in live traffic, where no size was declared. The price is about half as
much width again as an interval for one look.

Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, Annals of Statistics 52(6), theorem 2.2: the
asymptotic form, from 50 conversations on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from services.advisor.compare.estimate import Counts, estimates, sizes
from services.advisor.compare.interval import ALPHA, Interval, around
from services.advisor.compare.pairs import Pairs

START = 50  # conversations; before that the normal approximation carries nothing that holds for ever


@dataclass(frozen=True, slots=True)
class Sequence:
    """How a comparison is watched; fixed before the first label, as it decides where the width is spent.

    Attributes
    ----------
    tightest : pairs at which the intervals are narrowest for their number
    candidates : how many are watched at once; each gets its share of the error
    alpha : chance that any interval ever misses the truth of any candidate
    """

    tightest: int = 250
    candidates: int = 1
    alpha: float = ALPHA

    def bound(self, pairs: float) -> float:
        """Return how many standard errors the interval is wide, to each side."""
        alpha = self.alpha / self.candidates
        spent = -2 * math.log(alpha)
        grown = pairs * (spent + math.log(spent) + 1) / self.tightest + 1
        return math.sqrt(2 * grown / (grown - 1) * math.log(math.sqrt(grown) / alpha))

    def intervals(self, pairs: Pairs, every: int = 1) -> list[Interval]:
        """Return the interval after each `every`-th conversation, and after the last, from the 50th on."""
        after = looked(len(sizes(pairs)), every)
        if not len(after):
            return []
        known = estimates(pairs, after)
        found = (known.at(place) for place in range(len(after)))
        return [around(one, self.bound(one.pairs), "sequence") for one in found if one.conversations >= START]


def looked(conversations: int, every: int) -> Counts:
    """Return after how many conversations somebody looks."""
    if conversations < START:
        return np.zeros(0, np.intp)
    return np.unique(np.append(np.arange(START, conversations + 1, every), conversations))
