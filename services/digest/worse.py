"""Which rates are higher than the week before: all comparisons together hold with 95 %."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

from services.digest.digest import Interval, Worse

LEAST_N = 100  # judged calls in each of both weeks
LEAST_HOURS = 24  # with judged calls in each of both weeks
LEVEL = 0.05  # that any one of all intervals misses

Key = tuple[str, str, str, str, str]  # tenant, route, platform, model, rate


class Share(NamedTuple):
    """A week's share of bad ones, by the sums of its hours.

    Attributes
    ----------
    bad_bad, bad_n, n_n : sums over hours of the products
    """

    bad: float
    n: float
    hours: int
    bad_bad: float
    bad_n: float
    n_n: float

    @property
    def ratio(self) -> float:
        """The share itself."""
        return self.bad / self.n

    @property
    def enough(self) -> bool:
        """Whether it may be compared."""
        return self.n >= LEAST_N and self.hours >= LEAST_HOURS

    @property
    def effective_n(self) -> float:
        """How many independent calls would say as much: bad ones come together, hour by hour.

        Of few hours that cannot be told, and calls are taken as independent.
        """
        p = self.ratio
        alone = p * (1 - p) * self.n
        if alone <= 0 or self.hours < LEAST_HOURS:
            return self.n
        apart = self.bad_bad - 2 * p * self.bad_n + p * p * self.n_n
        return self.n / max(1.0, apart * self.hours / (self.hours - 1) / alone)


def worse(now: Mapping[Key, Share], before: Mapping[Key, Share]) -> tuple[Sequence[Worse], int]:
    """Return the rates that got worse, the most additional bad calls first, and how many were compared."""
    both = [key for key in now if key in before and now[key].enough and before[key].enough]
    if not both:
        return (), 0
    z = NormalDist().inv_cdf(1 - LEVEL / 2 / len(both))
    found = [(key, difference(now[key], before[key], z)) for key in both]
    higher = [(key, interval) for key, interval in found if interval[0] > 0]
    ranked = sorted(higher, key=lambda one: (-_extra(now[one[0]], before[one[0]]), one[0]))
    return tuple(_worse(key, now[key], before[key], interval) for key, interval in ranked), len(both)


def difference(now: Share, before: Share, z: float) -> Interval:
    """Return the interval of now minus before (Newcombe 1998, method 10, on effective numbers of calls)."""
    p2, (l2, u2) = now.ratio, wilson(now, z)
    p1, (l1, u1) = before.ratio, wilson(before, z)
    d = p2 - p1
    return d - math.hypot(p2 - l2, u1 - p1), d + math.hypot(u2 - p2, p1 - l1)


def shares(rows: Iterable[Mapping[str, object]]) -> dict[Key, Share]:
    """Return the shares of rows as `store.digest.rates` has them."""
    return {_key(row): Share(*(row[name] for name in Share._fields)) for row in rows}  # type: ignore[arg-type]  # rows are of our own query


def wilson(share: Share, z: float) -> Interval:
    """Return the score interval of a share, on its effective number of calls."""
    p, n = share.ratio, share.effective_n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _extra(now: Share, before: Share) -> float:
    return (now.ratio - before.ratio) * now.n


def _worse(key: Key, now: Share, before: Share, interval: Interval) -> Worse:
    return Worse(*key, now.ratio, round(now.n), before.ratio, round(before.n), interval)


def _key(row: Mapping[str, object]) -> Key:
    tenant, route, platform, model, rate = (
        str(row[name]) for name in ("tenant", "route", "platform", "model", "rate")
    )
    return tenant, route, platform, model, rate
