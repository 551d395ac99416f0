"""At which step of a move a route stands: 1, 5, 25, 50 or 100 % of its calls, and since when.

Hours are few and shares noisy, so steps are not read off hour by hour: the likeliest course of steps over all
hours is taken, and a change of step must be worth it (Viterbi 1967). Calls of one conversation go the same
way, so an hour says less than its calls: its likelihood counts half.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

LADDER = (0.0, 0.01, 0.05, 0.25, 0.5, 1.0)
LAST = len(LADDER) - 1
_SEEN = np.array((0.0005, 0.01, 0.05, 0.25, 0.5, 0.998))  # stray calls are no step, nor the end of one
_COUNTS = 0.5
_CHANGE = 15.0  # in log-likelihood: a quiet night of a small step is not its end

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """Hours at one step, [start, end) as places among the hours.

    Attributes
    ----------
    place : in `LADDER`
    share : of the calls of both models that were the candidate's; calls : of the candidate
    """

    place: int
    start: int
    end: int
    share: float
    calls: int


def steps(incumbent: Floats, candidate: Floats) -> list[Step]:
    """Return the steps of a move in order.

    Parameters
    ----------
    incumbent, candidate : (h,) calls of each hour
    """
    if not len(candidate):
        return []
    places = _likeliest(incumbent, candidate)
    edges = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist(), len(places)]
    return [_step(int(places[start]), start, end, incumbent, candidate) for start, end in pairwise(edges)]


def under_way(course: list[Step], *, declared: bool = False) -> list[Step]:
    """Return the steps since the candidate last came from nothing; empty where it never did.

    A last step at 0 belongs to them: the move was taken back. Of a declared move that was under way already
    in the first hour all steps are returned: when it began is older than these hours.
    """
    last = len(course) - 1
    if last >= 0 and course[last].place == 0:
        last -= 1
    start = next((place for place in range(last, -1, -1) if course[place].place == 0), None)
    if start is None:
        return course if declared and last >= 0 else []
    return course[start + 1 :]


def first_hour(incumbent: Floats, candidate: Floats) -> int:
    """Return the place of the first hour with calls of either, 0 where there is none."""
    return int(np.argmax(incumbent + candidate > 0))


def _step(place: int, start: int, end: int, incumbent: Floats, candidate: Floats) -> Step:
    calls = candidate[start:end].sum()
    both = calls + incumbent[start:end].sum()
    return Step(place, start, end, float(calls / both) if both else 0.0, int(calls))


def _likeliest(incumbent: Floats, candidate: Floats) -> NDArray[np.intp]:
    fit = _COUNTS * (np.outer(candidate, np.log(_SEEN)) + np.outer(incumbent, np.log1p(-_SEEN)))
    best, came = fit[0], np.zeros(fit.shape, np.intp)
    stay = np.arange(len(_SEEN))
    for hour in range(1, len(fit)):
        other = int(best.argmax())
        changed = best[other] - _CHANGE > best
        came[hour] = np.where(changed, other, stay)
        best = np.where(changed, best[other] - _CHANGE, best) + fit[hour]
    places = np.zeros(len(fit), np.intp)
    places[-1] = int(best.argmax())
    for hour in range(len(fit) - 1, 0, -1):
        places[hour - 1] = came[hour, places[hour]]
    return places
