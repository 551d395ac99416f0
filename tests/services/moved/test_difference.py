from __future__ import annotations

import numpy as np
import pytest

from services.moved.difference import Counts, Difference, ratio, shares

HOURS = 48


def counts(n: float, share: float, random: np.random.Generator, hours: int = HOURS) -> Counts:
    """Draw calls of some hours of which a share is bad."""
    calls = random.poisson(n, hours)
    return Counts(calls.astype(np.float64), random.binomial(calls, share).astype(np.float64))


def test_time_is_no_difference() -> None:
    """A candidate that gets more of the bad hours is no worse for it."""
    n = np.full(HOURS, 1000.0)
    trend = np.linspace(0.01, 0.20, HOURS)  # everything becomes worse with time
    share = np.linspace(0.01, 0.9, HOURS)  # and the candidate gets more and more
    incumbent = Counts(n * (1 - share), n * (1 - share) * trend)
    candidate = Counts(n * share, n * share * trend)
    found = shares(incumbent, candidate)
    assert found is not None
    assert found.value == pytest.approx(0.0, abs=1e-12)
    crude = candidate.total.sum() / candidate.n.sum() - incumbent.total.sum() / incumbent.n.sum()
    assert crude > 0.05


def test_too_little() -> None:
    """No hour with both gives nothing; few hours or calls give a value and no interval."""
    random = np.random.default_rng(1)
    one = counts(100, 0.1, random)
    assert shares(one, Counts(np.zeros(HOURS), np.zeros(HOURS))) is None
    short = shares(counts(100, 0.1, random, 4), counts(100, 0.1, random, 4))
    few = shares(one, counts(0.5, 0.1, random))
    assert short is not None
    assert few is not None
    assert short.low is None
    assert few.low is None


def test_catastrophe() -> None:
    """A candidate that always fails is known after sixty calls of six hours."""
    found = shares(
        Counts(np.full(6, 1000.0), np.full(6, 10.0)), Counts(np.full(6, 10.0), np.full(6, 10.0)), 14
    )
    assert found is not None
    assert found.low is not None
    assert found.low > 0.2


def test_ratio() -> None:
    """Money is compared hour by hour as well; a free incumbent has no ratio."""
    random = np.random.default_rng(2)
    before, after = (
        Counts(np.full(HOURS, 100.0), usd * random.gamma(100.0, size=HOURS)) for usd in (0.01, 0.004)
    )
    found = ratio(before, after)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.4 < found.high
    assert found.high - found.low < 0.1
    assert ratio(Counts(before.n, np.zeros(HOURS)), after) is None


@pytest.mark.statistical
@pytest.mark.parametrize(("n", "share"), [(1, 0.01), (10, 0.01), (10, 0.1), (100, 0.05)])
def test_holds_however_often_one_looks(n: float, share: float) -> None:
    """Looked at every six hours of eight days, the interval misses the truth once in at most 5 %."""
    random = np.random.default_rng(3)
    missed = 0
    for _ in range(200):
        before, after = counts(100, share, random, 192), counts(n, share, random, 192)
        missed += any(_misses(shares(_until(before, end), _until(after, end))) for end in range(6, 193, 6))
    assert missed <= 16  # 5 % of 200 is 10; more than 16 come once in 40


def _until(found: Counts, end: int) -> Counts:
    return Counts(found.n[:end], found.total[:end])


def _misses(found: Difference | None) -> bool:
    if found is None or found.low is None or found.high is None:
        return False
    return not found.low <= 0.0 <= found.high
