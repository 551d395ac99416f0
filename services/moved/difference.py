"""How a candidate's calls differ from the incumbent's of the same hours, and how sure that is.

Calls are not paired in live traffic, and as a share grows the candidate gets more of the later hours. So each
hour is compared in itself and hours are weighed as Mantel and Haenszel (1959) do, for rates as Greenland and
Robins (1985). The error comes from how hours scatter, so that an outage of an hour is one surprise and not a
thousand, and is at least that of independent calls with two imagined ones on each side (Agresti, Caffo 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from services.advisor.compare.interval import widened
from services.advisor.compare.pairs import Floats
from services.advisor.compare.sequence import START, Sequence

LEAST_HOURS = 5  # with calls of both
_TINY = 1e-300


class Counts(NamedTuple):
    """Calls and a sum over them, of each hour (h,): bad answers, say, or USD."""

    n: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class Difference:
    """Of shares candidate minus incumbent, or of means candidate over incumbent.

    Attributes
    ----------
    incumbent, candidate : share or mean of each, over the hours compared
    low, high : an interval that holds however often somebody looks; None where there is too little
    error : standard error; width : of the interval to each side, in errors
    n_incumbent, n_candidate : calls compared
    """

    value: float
    incumbent: float
    candidate: float
    n_incumbent: int
    n_candidate: int
    error: float = 0.0
    width: float = 0.0
    low: float | None = None
    high: float | None = None


def shares(incumbent: Counts, candidate: Counts, asked: int = 1) -> Difference | None:
    """Return the difference of two shares; None where no hour has calls of both.

    Parameters
    ----------
    asked : questions that share the chance of ever being wrong
    """
    hours = _Hours.of(incumbent, candidate)
    if hours is None:
        return None
    value = float((hours.weight * (hours.candidate - hours.incumbent)).sum())
    rest = hours.weight * (hours.candidate - hours.incumbent - value)
    error = max(hours.scatter(rest), sum(_alone(*one) for one in hours.calls)) ** 0.5
    return _bounded(value, hours, error, asked)


def ratio(incumbent: Counts, candidate: Counts, asked: int = 1) -> Difference | None:
    """Return candidate over incumbent of two means; None where no hour has both, or the incumbent's is 0."""
    hours = _Hours.of(incumbent, candidate)
    if hours is None or not (base := float((hours.weight * hours.incumbent).sum())):
        return None
    value = float((hours.weight * hours.candidate).sum()) / base
    rest = hours.weight * (hours.candidate - value * hours.incumbent) / base
    return _bounded(value, hours, hours.scatter(rest) ** 0.5, asked)


class _Hours(NamedTuple):
    """Hours with calls of both: their weights, which sum to 1, and each side's share or mean in them (k,)."""

    weight: Floats
    incumbent: Floats
    candidate: Floats
    calls: tuple[tuple[float, float], tuple[float, float]]  # n and total of each side

    @classmethod
    def of(cls, incumbent: Counts, candidate: Counts) -> _Hours | None:
        both = (incumbent.n > 0) & (candidate.n > 0)
        if not both.any():
            return None
        a, b = (Counts(one.n[both], one.total[both]) for one in (incumbent, candidate))
        weight = a.n * b.n / (a.n + b.n)
        calls = tuple((float(one.n.sum()), float(one.total.sum())) for one in (a, b))
        return cls(weight / weight.sum(), a.total / a.n, b.total / b.n, (calls[0], calls[1]))

    def scatter(self, rest: Floats) -> float:
        """Return the variance that the scatter of weighed residuals gives."""
        k = len(rest)
        return float(k / (k - 1) * (rest**2).sum()) if k > 1 else 0.0

    @property
    def worth(self) -> float:
        """How many hours of equal weight would say as much."""
        return float(1 / (self.weight**2).sum())


def _bounded(value: float, hours: _Hours, error: float, asked: int) -> Difference:
    (n_incumbent, _), (n_candidate, _) = hours.calls
    found = Difference(
        value,
        float((hours.weight * hours.incumbent).sum()),
        float((hours.weight * hours.candidate).sum()),
        int(n_incumbent),
        int(n_candidate),
    )
    fewer = min(n_incumbent, n_candidate)
    if len(hours.weight) < LEAST_HOURS or fewer < START:
        return found
    width = widened(Sequence(candidates=asked).bound(fewer), max(hours.worth - 1, 1.0))
    return Difference(
        *(value, found.incumbent, found.candidate, found.n_incumbent, found.n_candidate),
        error=error,
        width=width,
        low=value - width * error,
        high=value + width * error,
    )


def _alone(n: float, total: float) -> float:
    """Return the variance of a share of independent calls, one good and one bad added."""
    share = (total + 1) / (n + 2)
    return max(share * (1 - share), _TINY) / (n + 2)
