"""The pieces that bench.pages is made of."""

import numpy as np
import pytest

from bench import pages_rivals as rivals
from bench.intervals import bootstrap, poisson_upper
from bench.pages_engine import EVENTS, calibrated
from bench.pages_null import FLEET_SERIES, fleet


@pytest.mark.parametrize(("count", "upper"), [(0, 2.996), (3, 7.754), (48, 61.08)])
def test_poisson_upper(count: int, upper: float) -> None:
    """The bound agrees with published tables."""
    assert poisson_upper(count) == pytest.approx(upper, rel=0.003)


def test_bootstrap() -> None:
    """The interval of a mean is about two standard errors to each side."""
    values = np.random.default_rng(1).standard_normal(400)
    low, high = bootstrap(lambda drawn: float(values[drawn].mean()), 400)
    assert high - low == pytest.approx(4 * 0.05, rel=0.25)


def test_oracle() -> None:
    """The oracle's threshold gives the run length asked for, here by simulation."""
    random, streams = np.random.default_rng(2), 400
    limit, state, alarms, events = calibrated(0.02, 0.10), np.zeros(400), 0, 5_000
    for _ in range(events):
        bad = random.random(streams) < 0.02
        state = np.maximum(state + np.where(bad, np.log(5.0), np.log(0.90 / 0.98)), 0.0)
        crossed = state >= limit
        state[crossed] = 0.0
        alarms += int(crossed.sum())
    assert events * streams / alarms == pytest.approx(EVENTS, rel=0.4)


def counts(rate_after: float, seed: int = 3) -> rivals.Counts:
    """Return twenty days of one series, 2 % bad for fourteen days, then `rate_after`."""
    random = np.random.default_rng(seed)
    slots, reference = 20 * rivals.SLOTS_A_DAY, 14 * rivals.SLOTS_A_DAY
    n = random.poisson(30, (1, 1, slots)).astype(float)
    rate = np.where(np.arange(slots) < reference, 0.02, rate_after)
    return rivals.Counts(n, random.binomial(n.astype(int), rate).astype(float), reference)


def test_rivals_find() -> None:
    """Every rival finds a rate five times as high."""
    assert min(rivals.pages(counts(0.10), months=50.0).values()) > 0


def test_rivals_are_quiet() -> None:
    """Where nothing varies but chance, those with a promise keep quiet."""
    found = rivals.pages(counts(0.02), months=50.0)
    assert found["ADWIN"] + found["e-process, flat reference"] <= 1


def test_fleet() -> None:
    """The fleet has about two hundred watched series and is the same for a seed."""
    assert FLEET_SERIES - 4 <= fleet(1).series <= FLEET_SERIES
    assert fleet(1) == fleet(1)
