"""How many of the next requests each of several candidates gets: Thompson's rule with a floor.

Every candidate answers the first so many calls of the one order that the draw shuffled, so that candidates
are compared on the same requests, and each on a random sample of the route: what labels say decides how far
a candidate goes along that order, never which requests it gets. No weighting by propensity is needed then.
How many there are does hang on what was seen, which biases plain means of such samples; intervals that hold
at every time, as advice uses them, hold all the same.

Source: Thompson 1933; the bias: Nie, Tian, Taylor, Zou 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FLOOR = 0.1  # of the requests, for whoever may still be chosen: what was seen early may mislead
USUAL = 0.05  # how far two models differ on a route, one standard deviation, before anything is known
_DRAWS = 20_000


class Standing(NamedTuple):
    """What labels say of one candidate.

    Attributes
    ----------
    labelled : pairs
    difference, error : of bad shares, candidate minus incumbent, and its standard error; None without labels
    out : it is surely worse than the route accepts, so it cannot be chosen any more
    """

    labelled: int = 0
    difference: float | None = None
    error: float | None = None
    out: bool = False


def shares(found: Sequence[Standing], seed: int = 1) -> list[float]:
    """Return each candidate's share of the next requests; they add up to 1, or to 0 where all are out.

    >>> [round(share, 2) for share in shares([Standing(), Standing(400, 0.1, 0.01, out=True)])]
    [1.0, 0.0]
    """
    open_ = [place for place, one in enumerate(found) if not one.out]
    given = [0.0] * len(found)
    if not open_:
        return given
    floor = min(FLOOR, 1 / len(open_))
    drawn = np.random.default_rng(seed).normal(size=(_DRAWS, len(open_)))
    middle, width = np.transpose([_belief(found[place]) for place in open_])
    best = np.bincount(np.argmin(middle + width * drawn, axis=1), minlength=len(open_)) / _DRAWS
    for place, chance in zip(open_, best, strict=True):
        given[place] = floor + (1 - len(open_) * floor) * float(chance)
    return given


def portions(total: int, given: Sequence[float]) -> list[int]:
    """Return whole numbers of requests that add up to `total`; the largest remainders are rounded up.

    >>> portions(10, [0.55, 0.45]), portions(3, [0.0, 0.0])
    ([6, 4], [0, 0])
    """
    if not any(given):
        return [0] * len(given)
    whole = [int(total * share) for share in given]
    rest = sorted(range(len(given)), key=lambda place: whole[place] - total * given[place])
    for place in rest[: total - sum(whole)]:
        whole[place] += 1
    return whole


def _belief(one: Standing) -> tuple[float, float]:
    """Return where a difference may lie: what labels say, drawn towards none while they are few."""
    if one.difference is None or one.error is None:
        return 0.0, USUAL
    precision = 1 / USUAL**2 + 1 / one.error**2
    return one.difference / one.error**2 / precision, precision**-0.5
