"""A declared experiment: its size is fixed before it starts, and it is looked at five times.

Looking early is paid for with wider intervals then, so that all five hold together with 95 %. A fixed 95 %
interval looked at every 20 pairs holds in 71 % and switches wrongly in 19 % at the margin.

Source: group-sequential tests (O'Brien, Fleming 1979; Lan, DeMets 1983) at doubling sizes; these bounds spend
.045 of the .05.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.advisor.compare.estimate import estimates, sizes
from services.advisor.compare.interval import ALPHA, ENOUGH, Interval, around, below, quantile
from services.advisor.compare.pairs import Pairs

BOUNDS = (3.5, 3.0, 2.7, 2.4, 2.12)  # standard errors at 1/16, 1/8, 1/4, 1/2 and the whole


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment as it was declared.

    Attributes
    ----------
    pairs : labelled pairs at its end
    candidates : how many are tried at once; each gets its share of the error
    alpha : chance that any look's interval misses the truth of any candidate
    """

    pairs: int
    candidates: int = 1
    alpha: float = ALPHA

    @property
    def looks(self) -> tuple[tuple[int, float], ...]:
        """Return (pairs, standard errors) of each look."""
        last = len(BOUNDS) - 1
        return tuple((-(-self.pairs // 2 ** (last - n)), self._shared(z)) for n, z in enumerate(BOUNDS))

    def intervals(self, pairs: Pairs) -> list[Interval]:
        """Return the intervals of the looks reached so far; what comes after the last look is ignored.

        A look at less than 20 conversations' worth is skipped.
        """
        cuts = list(self._reached(pairs))
        if not cuts:
            return []
        known = estimates(pairs, np.array([cut for cut, _ in cuts]))
        found = ((known.at(place), z) for place, (_, z) in enumerate(cuts))
        return [around(one, z, "look") for one, z in found if one.conversations >= ENOUGH]

    def _reached(self, pairs: Pairs) -> Iterator[tuple[int, float]]:
        ends = np.cumsum(sizes(pairs)) if pairs.n else np.zeros(0, np.intp)
        for wanted, z in self.looks:
            count = int(np.searchsorted(ends, wanted)) + 1
            if count <= len(ends):
                yield count, z

    def _shared(self, z: float) -> float:
        share = self.alpha / ALPHA / self.candidates
        return z if share == 1 else quantile((1 - below(z)) * share)
