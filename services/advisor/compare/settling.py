"""What the experiment would cost that settles a comparison, or that this traffic cannot settle it.

The number of pairs is that of a declared experiment on fresh requests which decides, either way, with 80 %
chance: averaged over where the difference may be after what is known, not at one guess of it.

Source: assurance (O'Hagan, Stevens, Campbell 2005, Pharmaceutical Statistics 4:187).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.advisor.compare.estimate import Estimate
from services.advisor.compare.interval import below
from services.advisor.compare.looks import BOUNDS
from services.advisor.evidence import Experiment, on_traffic

CHANCE = 0.8
_USUAL_DIFFERENCE = 0.05  # standard deviation between two models that are both taken seriously
_MOST = 10**7
_MOST_DAYS = 28


@dataclass(frozen=True, slots=True)
class Undecidable:
    """The experiment does not fit the route's traffic.

    Attributes
    ----------
    pairs : that it would take; days : with all of the traffic, None where no number of pairs is enough
    """

    margin: float
    pairs: int
    days: int | None


def settle(
    known: Estimate, margin: float, *, per_day: float, usd_per_pair: float | None, most_days: int = _MOST_DAYS
) -> Experiment | Undecidable:
    """Return the experiment that would settle `margin` (share of answers), or why there is none.

    Parameters
    ----------
    per_day : calls of the route; usd_per_pair : the candidate's answer to one of them, labels come on top
    most_days : longer than this is not an experiment but a season
    """
    pairs = pairs_to_settle(known, margin)
    if pairs > per_day * most_days:
        days = math.ceil(pairs / per_day) if per_day > 0 and pairs < _MOST else None
        return Undecidable(margin, pairs, days)
    return on_traffic(margin, pairs, per_day, usd_per_pair)


def pairs_to_settle(known: Estimate, margin: float, chance: float = CHANCE) -> int:
    """Return how many fresh labelled pairs decide with this chance, at most ten million."""
    low, high = 1, 64
    while high < _MOST and _decides(known, margin, high) < chance:
        low, high = high, high * 2
    if high >= _MOST:
        return _MOST
    while high - low > max(1, low // 200):
        middle = (low + high) // 2
        low, high = (low, middle) if _decides(known, margin, middle) >= chance else (middle, high)
    return high


def _decides(known: Estimate, margin: float, pairs: int) -> float:
    """Return the chance that the last look at `pairs` lies wholly on one side of the margin."""
    spread, per_pair = _USUAL_DIFFERENCE**2, known.variance * known.pairs
    believed = spread / (spread + known.variance)
    middle, doubt = believed * known.difference, believed * known.variance
    error = math.sqrt(per_pair / pairs)
    seen = math.sqrt(doubt + per_pair / pairs)
    reach = BOUNDS[-1] * error
    return below((margin - reach - middle) / seen) + below((middle - margin - reach) / seen)
