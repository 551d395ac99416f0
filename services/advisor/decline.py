"""Whether a model answers worse on a route than it did: against its own past, like compared with like.

Only calls with the same prompt, detectors, language, length and passages are compared, the past weighted as
today's are mixed; a day is as uncertain as days of the past were. It began up to two weeks ago, and the bound
is a sequence's, shared by all days on which it may have begun: it may be asked every day.

Source: direct standardisation (Rothman, Modern Epidemiology, ch. 3); variance by conversations as in
`compare.estimate`, overdispersion by days (McCullagh, Nelder 1989, 4.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.advisor.compare.interval import widened
from services.advisor.compare.pairs import Floats
from services.advisor.compare.sequence import Sequence

RECENT_DAYS, PAST_DAYS = 14, 42  # the past ends before the recent days
_STARTS = (1, 2, 3, 5, 7, 10, RECENT_DAYS)  # days ago on which it may have begun
LEAST_CALLS = 200  # in either, before anything is said
FLOOR = 0.02  # share of answers; less is true now and then, and matters to nobody
_ALPHA = 0.05
_SEEN = 30  # calls of one kind in the past, before today's are compared with them
_COMPARABLE = 0.5  # of today's calls; if more are of a kind that is new, the requests changed, not the model
_LEAST_DAYS = 7

_EPOCH = date(1970, 1, 1)


class Tallies(NamedTuple):
    """What happened on a day to calls that are alike; every array is (k,), counts by conversation squared."""

    day: NDArray[np.int64]
    alike: NDArray[np.uint64]
    n: Floats
    bad: Floats
    mm: Floats
    bb: Floats
    mb: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Any], rows: slice = slice(None)) -> Tallies:
        """Return some rows of columns as arrays; `day` is days since 1970."""
        day, alike = np.asarray(columns["day"][rows], np.int64), np.asarray(columns["alike"][rows], np.uint64)
        n, bad, mm, bb, mb = (np.asarray(columns[name][rows], np.float64) for name in cls._fields[2:])
        return cls(day, alike, n, bad, mm, bb, mb)

    def where(self, kept: NDArray[np.bool_]) -> Tallies:
        """Return the rows that are kept."""
        day, alike, *counts = self
        return Tallies(day[kept], alike[kept], *(column[kept] for column in counts))


@dataclass(frozen=True, slots=True)
class Decline:
    """A rise of bad answers, in shares of answers.

    Attributes
    ----------
    then : of the past, mixed as today; now : since `since`
    low, high : interval of now - then
    n : calls since
    """

    since: date
    then: float
    now: float
    low: float
    high: float
    n: int

    @property
    def began(self) -> datetime:
        """The first moment of it."""
        return datetime.combine(self.since, time(), UTC)


def decline(tallies: Tallies, today: date) -> Decline | None:
    """Return the rise that is surest, or None: there is none, it is small, or nothing compares."""
    end = (today - _EPOCH).days
    past = tallies.where(tallies.day <= end - RECENT_DAYS)
    known, place = np.unique(past.alike, return_inverse=True)
    enough = np.bincount(place, past.n, len(known)) >= _SEEN
    known = known[enough]
    past = past.where(np.isin(past.alike, known))
    if len(np.unique(past.day)) < _LEAST_DAYS:
        return None
    found = [
        rise
        for days in _STARTS
        if (rise := _rise(tallies.where(tallies.day > end - days), past, known, today, days))
    ]
    return max(found, key=lambda rise: rise.low, default=None)


def _rise(now: Tallies, past: Tallies, known: NDArray[np.uint64], today: date, days: int) -> Decline | None:
    compared = now.where(np.isin(now.alike, known))
    calls = float(compared.n.sum())
    if calls < LEAST_CALLS or calls < _COMPARABLE * now.n.sum():
        return None
    recent, before = np.searchsorted(known, compared.alike), np.searchsorted(known, past.alike)
    size = len(known)
    seen_n, seen_bad = np.bincount(before, past.n, size), np.bincount(before, past.bad, size)
    share = np.bincount(recent, compared.n, size) / calls
    then, level = float(share @ (seen_bad / seen_n)), float(compared.bad.sum() / calls)
    both = (seen_bad + np.bincount(recent, compared.bad, size)) / (
        seen_n + np.bincount(recent, compared.n, size)
    )
    variance = _spread(compared, both[recent]).sum() / calls**2
    variance += ((share / seen_n)[before] ** 2 * _spread(past, both[before])).sum()
    unsteady, freedom = _unsteady(past, (seen_bad / seen_n)[before])
    half = _bound(calls, freedom) * float(np.sqrt(variance * unsteady))
    rise = level - then
    if rise < FLOOR or rise <= half:
        return None
    since = today - timedelta(days=days - 1)
    return Decline(since, then, level, rise - half, rise + half, int(now.n.sum()))


def _spread(tallies: Tallies, rate: Floats) -> Floats:
    """Return the sum over conversations of (bad - rate * calls) squared."""
    return np.maximum(tallies.bb - 2 * rate * tallies.mb + rate**2 * tallies.mm, 0.0)


def _unsteady(past: Tallies, rate: Floats) -> tuple[float, int]:
    """Return how much more days of the past differ than chance has it, and from how many that is known."""
    _, day = np.unique(past.day, return_inverse=True)
    off = np.bincount(day, past.bad - rate * past.n)
    chance = np.bincount(day, _spread(past, rate))
    days = len(chance)
    return max(1.0, float((off**2).sum() / max(chance.sum(), 1e-9)) * days / (days - 1)), days - 1


def _bound(calls: float, freedom: int) -> float:
    """Return how many standard errors wide the interval is."""
    return widened(Sequence(tightest=1_000, candidates=len(_STARTS), alpha=_ALPHA).bound(calls), freedom)
