"""Quantiles of durations, of the histograms that a rollup keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.wording.numbers import Z95, milliseconds, span
from store.sums import HISTOGRAM_BASE


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of durations with its 95 % interval, in ms.

    Attributes
    ----------
    value : None where nothing was measured
    low, high : None where so few were measured that nothing is known; high where it is not known how high
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def text(self) -> str:
        """The quantile in words."""
        return milliseconds(self.value)

    @property
    def between(self) -> str:
        """The interval in words, "" where nothing was measured or so few that they tell nothing."""
        return span(self.low, self.high, "ms")


def quantile(histogram: Mapping[int, int], share: float) -> float | None:
    """Return a quantile of a log-spaced histogram, within 2 %; None where it is empty."""
    n = sum(histogram.values())
    return float(HISTOGRAM_BASE ** (_bucket(histogram, share * n) + 0.5)) if n else None


def estimated(histogram: Mapping[int, int], share: float) -> Quantile:
    """Return a quantile with its 95 % interval."""
    n = sum(histogram.values())
    if not n:
        return Quantile(None, None, None, 0)
    low, high = ends(histogram, share)
    return Quantile(quantile(histogram, share), low if low or high else None, high, n)


def ends(
    histogram: Mapping[int, int], share: float, *, z: float = Z95, worth: float | None = None
) -> tuple[float, float | None]:
    """Return both ends of the interval of a quantile by order statistics; few values have no upper end: None.

    The ranks are those of the normal approximation, rounded outwards by up to two: so it holds 95 % or more,
    of few values too. A value may be anywhere in its bucket, so ends are edges of theirs. A duration is never
    less than nothing: where there is no lower rank the lower end is 0.

    Parameters
    ----------
    z : normal deviate of the interval
    worth : as how many independent values those are that there are, where not as all of them
    """
    n = sum(histogram.values())
    of = worth or n
    reach = z * math.sqrt(of * share * (1 - share))
    lower, upper = math.floor(of * share - reach), math.ceil(of * share + reach) + 1
    low = HISTOGRAM_BASE ** _bucket(histogram, math.floor(lower * n / of)) if lower >= 1 else 0.0
    high = HISTOGRAM_BASE ** (_bucket(histogram, math.ceil(upper * n / of)) + 1) if upper <= of else None
    return low, high


def needed(share: float) -> int:
    """Return of how many values a quantile has an upper end.

    >>> needed(0.5), needed(0.95), needed(0.99)
    (8, 110, 563)
    """
    spread, rest = Z95 * math.sqrt(share * (1 - share)), 1 - share
    return math.ceil(((spread + math.sqrt(spread**2 + 4 * rest)) / (2 * rest)) ** 2)


def _bucket(histogram: Mapping[int, int], rank: float) -> int:
    """Return the bucket of the value with a rank; raises ValueError where the histogram is empty."""
    below = 0
    for bucket in sorted(histogram):
        below += histogram[bucket]
        if below >= rank and below:
            return bucket
    return max(histogram)
