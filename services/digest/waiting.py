"""What it costs to wait with a move: days left x traffic x saving, with what the days themselves vary."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import fmean, stdev
from typing import NamedTuple

from services.deadlines.deadline import days_until
from services.digest.digest import Interval
from services.wording.advice import Advice
from store.database import Database
from store.digest import spend_days

Named = tuple[str, str, str, str]  # tenant, route, platform, model

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


class Wait(NamedTuple):
    """What it costs to leave a recommendation open.

    Attributes
    ----------
    days : how many more days are counted: those to the last day, where one forces the move
    """

    days: int
    forced: bool
    cost: Cost


def past_days(
    database: Database, at: datetime, tenant: str = "", routes: Collection[str] = ()
) -> Mapping[Named, Sequence[Day]]:
    """Return the whole days that lie behind, of each route and model, or of those routes alone."""
    until = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[Named, dict[date, Day]] = defaultdict(dict)
    for row in spend_days(database, until - timedelta(days=PAST_DAYS), until, tenant, routes):
        key = (row["tenant"], row["route"], row["platform"], row["model"])
        found[key][row["day"]] = Day(row["n"], row["unpriced_n"], row["usd"])
    last = until.date() - timedelta(days=1)
    return {key: filled(days, last) for key, days in found.items()}


def wait(advice: Advice, days: Sequence[Day], ends: date | None, at: datetime) -> Wait:
    """Return what it costs to stay with a model.

    Parameters
    ----------
    days : of its route, as `past_days` has them
    ends : its last day, where one is announced
    """
    left = days_until(ends, at) if ends else None
    ratio = advice.spend_difference_ratio
    if left is not None and left <= 0:
        cost = Cost(unknown="its last day has come, its calls fail or soon will")
    elif not advice.candidate:
        cost = Cost(unknown="there is no candidate")
    else:
        cost = waiting(days, left or USUAL_DAYS, None if ratio is None else -ratio)
    return Wait(max(left, 0) if left is not None else USUAL_DAYS, left is not None, cost)


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
