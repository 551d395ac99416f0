"""Where labels are thin: a route's own difference, helped by routes of its kind where the same two compare.

Pooled intervals hold at a declared number of pairs, so these are looked at five times, at 25 to 400 pairs of
the route, each time with wider intervals as in a declared experiment; between two looks the last one stands.
From 400 pairs on the route speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.advisor.compare.estimate import Estimate, estimate
from services.advisor.compare.interval import ALPHA, ENOUGH, Interval, below
from services.advisor.compare.looks import Experiment
from services.advisor.compare.pairs import Pairs
from services.advisor.compare.pooling import pooled

THIN = 400  # labelled pairs


def helped(
    own: Pairs, sisters: Iterable[Pairs], *, candidates: int = 1, alpha: float = ALPHA
) -> Interval | None:
    """Return the interval at the last look that the route has reached, or None before the first.

    No route brings more pairs than the look has: what a sister has later is for later looks.

    Parameters
    ----------
    candidates : compared on the route at once; each gets its share of the error
    alpha : chance that any look's interval misses the truth of any candidate
    """
    looks = Experiment(THIN, candidates, alpha).looks
    reached = [(pairs, z) for pairs, z in looks if pairs <= own.n]
    if not reached:
        return None
    wanted, z = reached[-1]
    sizes = [pairs for pairs, _ in reached]
    mine = _known(own, wanted)
    if mine is None:
        return None
    others = [_known(one, max((size for size in sizes if size <= one.n), default=0)) for one in sisters]
    return pooled([mine, *(one for one in others if one)], 2 * (1 - below(z)))[0]


def _known(pairs: Pairs, count: int) -> Estimate | None:
    """Return the estimate from the first pairs that were labelled, None while it says too little."""
    found = estimate(pairs.first(count)) if count else None
    return found if found and found.conversations >= ENOUGH else None
