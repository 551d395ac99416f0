"""What it costs to wait with a move: days left x traffic x saving, with what the days themselves vary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import fmean, stdev
from typing import NamedTuple

from services.digest.digest import Interval

PAST_DAYS = 14  # by which the days to come are judged
LEAST_DAYS = 3
USUAL_DAYS = 7  # counted where nothing forces a move
# 97.5 % quantiles of Student's t by degrees of freedom, up to one less than PAST_DAYS.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160)


class Day(NamedTuple):
    """A day of one model on one route."""

    n: int
    unpriced_n: int
    usd: float


class Cost(NamedTuple):
    """What staying costs more than moving; None with the reason where that is not known."""

    usd: float | None = None
    interval: Interval | None = None
    unknown: str = ""


def filled(found: Mapping[date, Day], last: date) -> Sequence[Day]:
    """Return the days up to `last`, from the first one with calls on; one without any is a day too."""
    if not found:
        return ()
    first = min(found)
    return [
        found.get(first + timedelta(days=number), Day(0, 0, 0.0)) for number in range((last - first).days + 1)
    ]


def waiting(days: Sequence[Day], ahead: int, saving: float | None) -> Cost:
    """Return the cost of `ahead` more days, if they are as the days were.

    The interval is that of a sum of days to come: what their mean is not known by, and what they vary. How
    sure the saving itself is stands with the recommendation.

    Parameters
    ----------
    saving : share of the spend that moving would save; below 0 it costs more
    """
    if saving is None:
        return Cost(unknown="what the candidate costs is not known")
    if any(day.unpriced_n for day in days):
        return Cost(unknown="part of the calls has no price")
    if len(days) < LEAST_DAYS:
        return Cost(unknown=f"{len(days)} days of calls are too few")
    if saving <= 0:
        return Cost(unknown="moving saves nothing")
    spent = [day.usd for day in days]
    n, mean = len(spent), fmean(spent)
    half = _T[n - 2] * stdev(spent) * math.sqrt(ahead + ahead * ahead / n)
    return Cost(
        ahead * mean * saving,
        (max(0.0, ahead * mean - half) * saving, (ahead * mean + half) * saving),
    )
