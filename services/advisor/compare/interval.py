"""An interval of a difference in quality, and the normal quantiles it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from services.advisor.compare.estimate import Estimate

Rule = Literal["look", "sequence", "pooled"]
ALPHA = 0.05
ENOUGH = 20  # conversations, before any interval is given
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """What labels say of the candidate's bad share minus the incumbent's, in shares of answers.

    Attributes
    ----------
    rule : holds at this look of a declared experiment, at any time of watching, or with sister routes' help
    pairs : labelled requests behind it
    """

    difference: float
    low: float
    high: float
    pairs: int
    rule: Rule

    def covers(self, difference: float) -> bool:
        """Whether a value is inside."""
        return self.low <= difference <= self.high


def around(estimate: Estimate, z: float, rule: Rule) -> Interval:
    """Return the estimate plus and minus `z` standard errors, a little more where conversations are few."""
    half = widened(z, max(estimate.conversations - 1, 1.0)) * estimate.variance**0.5
    middle = estimate.difference
    return Interval(middle, middle - half, middle + half, estimate.pairs, rule)


def quantile(tail: float) -> float:
    """Return the normal quantile that leaves `tail` above it.

    >>> round(quantile(0.025), 3)
    1.96
    """
    return _NORMAL.inv_cdf(1 - tail)


def below(z: float) -> float:
    """Return the normal probability below `z`."""
    return _NORMAL.cdf(z)


def widened(z: float, freedom: float) -> float:
    """Return Student's quantile where the normal one is `z`.

    Source: Abramowitz, Stegun 1964, 26.7.5, two terms; within 1 % from 10 degrees of freedom on.

    >>> round(widened(1.96, 19), 2)
    2.09
    """
    first = (z**3 + z) / (4 * freedom)
    return z + first + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
