"""The engine's promises, by enumeration where possible."""

import itertools

import numpy as np
import pytest

from detectors.monitors.bets import RATE_ODDS, RATE_STAKES, odds_llr, rank_llr
from detectors.monitors.engine import LOG_CAP, MINUTES_PER_MONTH, Engine


def make(months: float = 1.0, rows: int = 1) -> Engine:
    """Return an engine of equal rows."""
    weights = np.tile(RATE_STAKES, (rows, 1))
    return Engine(weights, np.full(rows, np.log(months)), 0)


def bets(bad: float, rate: float) -> np.ndarray:
    """Return what one call is worth."""
    return odds_llr(np.ones(1), np.full(1, bad), np.full(1, rate), RATE_ODDS)


ROW = np.zeros(1, dtype=np.int64)


@pytest.mark.parametrize(("true", "below"), [(0.1, False), (0.07, True)])
def test_expectation(true: float, below: bool) -> None:
    """Over all 2^12 sequences E[M] is the time injected, and less if the true rate is lower."""
    reference, steps = 0.1, 12
    outcomes = np.array(list(itertools.product([0, 1], repeat=steps)))
    engine = make(months=1e9, rows=len(outcomes))
    rows = np.arange(len(outcomes))
    for minute in range(steps):
        n = np.ones(len(outcomes))
        llr = odds_llr(n, outcomes[:, minute].astype(float), np.full(len(n), reference), RATE_ODDS)
        engine.update(minute, rows, llr)
    probability = np.prod(np.where(outcomes == 1, true, 1 - true), axis=1)
    expected = float(probability @ np.exp(engine.log_total))
    injected = steps / MINUTES_PER_MONTH
    assert expected < injected * 0.99 if below else expected == pytest.approx(injected, rel=1e-12)


def test_mean_rank_is_fair() -> None:
    """The rank bet's expected gain is one when calls fall into the bins at the reference rates."""
    quantiles = np.array([0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
    rate = 1 - quantiles
    share = -np.diff(np.concatenate([[1.0], rate, [0.0]]))
    above = np.tri(7, 7, -1)[:, :6]
    llr = rank_llr(np.ones(7), above, np.tile(rate, (7, 1)), quantiles)
    np.testing.assert_allclose(share @ np.exp(llr), 1.0, rtol=1e-12)


def test_million_bad() -> None:
    """A million bad calls in a row stay finite and keep alarming."""
    engine = make()
    llr = 1000 * bets(1.0, 0.02)
    for minute in range(1000):
        alarms = engine.update(minute, ROW, llr)
    assert engine.log_total.tolist() == [pytest.approx(300.0 * 1000, rel=0.01)]
    assert alarms.tolist() == [0]


def test_cap() -> None:
    """Evidence beyond the cap is dropped; calls that speak against it are still believed."""
    engine = make()
    for minute in range(4000):
        engine.update(minute, ROW, 1000 * bets(1.0, 0.02))
    assert engine.log_total.tolist() == [LOG_CAP]
    alarms = ROW
    for minute in range(4000, 6000):
        alarms = engine.update(minute, ROW, 1_000_000 * bets(0.0, 0.02))
    assert alarms.tolist() == []
    assert np.isfinite(engine.m).all()


def test_restored_while_high() -> None:
    """Evidence that is far above any threshold goes on the same after a restart."""
    engine, other = make(), make()
    for minute in range(5):
        engine.update(minute, ROW, 400 * bets(1.0, 0.02))
    other.load(engine.m, engine.top, engine.last, engine.since)
    for each in (engine, other):
        each.update(9, ROW, 300 * bets(0.0, 0.02))
    assert other.log_total.tolist() == engine.log_total.tolist()


def test_same_minute_twice() -> None:
    """Time that does not pass injects nothing, and going back does not either."""
    engine = make()
    engine.update(10, ROW, np.zeros((1, len(RATE_ODDS))))
    before = engine.log_total.copy()
    engine.update(10, ROW, np.zeros((1, len(RATE_ODDS))))
    engine.update(3, ROW, np.zeros((1, len(RATE_ODDS))))
    np.testing.assert_array_equal(before, engine.log_total)


def test_after_pause() -> None:
    """A row that was silent for longer than its months needs evidence to alarm when it is back."""
    engine = make(months=1.0)
    assert not len(engine.update(0, ROW, bets(0.0, 0.02)))
    assert not len(engine.update(60 * 1440, ROW, bets(0.0, 0.02)))
    assert len(engine.update(60 * 1440 + 1, ROW, 20 * bets(1.0, 0.02)))


def test_reset() -> None:
    """After a reset the past counts for nothing."""
    engine, fresh = make(), make()
    engine.update(5, ROW, bets(1.0, 0.01))
    engine.reset([0], 6)
    fresh.reset([0], 6)
    engine.update(9, ROW, bets(0.0, 0.01))
    fresh.update(9, ROW, bets(0.0, 0.01))
    np.testing.assert_array_equal(engine.m, fresh.m)
    np.testing.assert_array_equal(engine.log_total, fresh.log_total)


@pytest.mark.statistical
def test_false_alarms() -> None:
    """200 months at a known rate and one false alarm a month promised: at most 271 (expected 135)."""
    random = np.random.default_rng(11)
    engine, streams, rate = make(rows=200), 200, 0.02
    rows, alarms = np.arange(streams), 0
    for minute in range(0, 43_200, 60):
        n = random.poisson(2.0, streams).astype(float)
        bad = random.binomial(n.astype(int), rate).astype(float)
        found = engine.update(minute, rows, odds_llr(n, bad, np.full(streams, rate), RATE_ODDS))
        alarms += len(found)
        engine.reset(found, minute + 1)
    assert alarms <= 271


@pytest.mark.statistical
@pytest.mark.parametrize(("true", "events"), [(0.04, 765), (0.10, 105)])
def test_delay(true: float, events: int) -> None:
    """From cold, at 50,000 events between false alarms, the median delay stays near the measured one."""
    random, streams = np.random.default_rng(3), 200
    engine = make(months=50_000 / MINUTES_PER_MONTH, rows=streams)
    rows, delay = np.arange(streams), np.full(streams, 10**6)
    for minute in range(4 * events):
        bad = (random.random(streams) < true).astype(float)
        llr = odds_llr(np.ones(streams), bad, np.full(streams, 0.02), RATE_ODDS)
        found = engine.update(minute, rows, llr)
        delay[found] = np.minimum(delay[found], minute + 1)
    assert np.median(delay) <= 1.25 * events
