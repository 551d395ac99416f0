"""Promises that change while evidence is gathered, and evidence of many series together."""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Series, SignalName
from detectors.monitors.bets import RATE_ODDS, odds_llr
from detectors.monitors.engine import MINUTES_PER_MONTH
from detectors.monitors.fleet_mean import WHOLE, FleetEngine, Promises
from detectors.monitors.page_budget import MEAN_SHARE, Groups, PageBudget, Severity, Teams, Usual
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Stream, cut, simulate

RATE = 0.1
ONE = np.zeros(1, dtype=np.int64)


def make(months: float, rows: int = 1, pool: int = -1) -> FleetEngine:
    """Return an engine whose rows all promise the same and share a pool."""
    weights = np.full((rows, len(RATE_ODDS)), 1.0 / len(RATE_ODDS))
    promises = Promises(np.full(rows, np.log(months)), np.full(rows, pool, dtype=np.int64))
    return FleetEngine(weights, promises, 0)


def step(engine: FleetEngine, minute: int, bad: np.ndarray) -> np.ndarray:
    """Let every row see one call."""
    llr = odds_llr(np.ones(len(bad)), bad, np.full(len(bad), RATE), RATE_ODDS)
    return engine.update(minute, np.arange(len(bad)), llr)


def kept(engine: FleetEngine) -> dict[str, Any]:
    """Return what a snapshot keeps of an engine."""
    return engine.state()


@pytest.mark.parametrize(("before", "after"), [(10.0, 40.0), (40.0, 10.0), (7.0, 7.0)])
def test_expected_alarms(before: float, after: float) -> None:
    """Over all 2^12 sequences a row's expected worth in alarms is the time at each rate it was promised.

    So a month has at most as many false alarms as rates were promised in it, however they change half way:
    because other series come, which makes a row's own rate smaller, or go.
    """
    steps = 12
    outcomes = np.array(list(itertools.product([0.0, 1.0], repeat=steps)))
    engine = make(before * 1e6, len(outcomes))
    for minute in range(steps // 2):
        step(engine, minute, outcomes[:, minute])
    later = make(after * 1e6, len(outcomes))
    everything = np.arange(len(outcomes))
    later.adopt(engine, everything, everything)
    for minute in range(steps // 2, steps):
        step(later, minute, outcomes[:, minute])
    worth = np.exp(later.excess(everything))
    probability = np.prod(np.where(outcomes == 1.0, RATE, 1 - RATE), axis=1)
    promised = steps / 2 / MINUTES_PER_MONTH * (1 / (before * 1e6) + 1 / (after * 1e6))
    assert float(probability @ worth) == pytest.approx(promised, rel=1e-12)


def test_restart_with_another_budget() -> None:
    """After a restart under four times the budget, evidence is worth as many alarms as before."""
    engine = make(400.0)
    for minute in range(5):
        step(engine, minute, np.ones(1))
    restarted = make(100.0)
    restarted.load(**kept(engine))
    np.testing.assert_allclose(restarted.excess(ONE), engine.excess(ONE))
    same = make(400.0)
    same.load(**kept(engine))
    np.testing.assert_array_equal(same.m, engine.m)


def test_mean_first() -> None:
    """Where forty series lean the same way, their mean alarms before any of them; apart from a pool none."""
    together, apart = make(500.0, 40, pool=3), make(500.0, 40)
    bad = np.full(40, 0.25)
    for minute in range(2000):
        found, alone = step(together, minute, bad), step(apart, minute, bad)
        if len(found):
            break
    assert len(found) == 1
    assert len(alone) == 0
    worth = np.exp(together.excess(np.arange(40)))
    assert worth.max() < 1
    assert worth.sum() >= WHOLE


def test_mean_spends_its_share() -> None:
    """What the mean has been promised is its share of the budget, whatever the rates of its rows are."""
    rates = np.array([0.2, 0.3, 0.4])
    budget = rates.sum() / (1 - MEAN_SHARE)
    assert rates.sum() / WHOLE == pytest.approx(MEAN_SHARE * budget)


def test_few_series() -> None:
    """Of fewer series than make up a mean's alarm, the mean never is first."""
    engine = make(500.0, int(WHOLE), pool=0)
    bad = np.full(int(WHOLE), 0.25)
    for minute in range(2000):
        found = step(engine, minute, bad)
        if len(found):
            break
    assert len(found) == int(WHOLE)


def test_one_row_counts_once() -> None:
    """A row far above its own threshold makes no mean of the others."""
    engine = make(500.0, 40, pool=0)
    for minute in range(200):
        llr = odds_llr(np.ones(1), np.ones(1), np.full(1, RATE), RATE_ODDS)
        found = engine.update(minute, ONE, llr)
    assert found.tolist() == [0]
    assert engine.excess(ONE)[0] > 100


def test_reset() -> None:
    """After a reset nothing is left of the rows' part in the mean."""
    engine = make(500.0, 3, pool=0)
    step(engine, 0, np.ones(3))
    engine.reset([0, 2], 1)
    assert np.isneginf(engine.excess(np.arange(3))).tolist() == [True, False, True]


def test_recedes() -> None:
    """Where a series has alarmed by itself and recedes before its signal, others keep their evidence."""
    leaves = [Leaf("acme", f"p{i}", f"r{i}", f"m{i}") for i in range(4)]
    streams = [Stream(leaf, "", 3000.0, rates={"error": 0.02}) for leaf in leaves]
    observations = simulate(streams, 4, 2, only={"error"})
    monitor = RateMonitor(PageBudget(), reference_days=3)
    at = MONDAY + 3 * 1440 + 600
    monitor.update(cut(observations, MONDAY, at))
    soon = (observations.leaf == 0) & (observations.minute >= at) & (observations.minute < at + 20)
    observations.error[soon] = observations.minute[soon] == at
    board = monitor.watch.board
    engine, rows = board.engine, [board.row_of("error", board.series.index(route(i))) for i in (0, 2)]
    engine.log_total[rows] = engine.log_months[rows] - [1.4, 0.5]
    engine.m[rows] = 0.0
    engine.m[rows, 0] = np.exp(engine.log_total[rows])  # of small changes, as slow evidence is
    alarmed = receded = False
    for minute in range(at, at + 30):
        monitor.update(cut(observations, minute, minute + 1))
        alarmed |= bool(monitor.watch.pending)
        receded |= bool(monitor.watch.pending and engine.excess(np.array(rows))[0] < 0)
    assert (alarmed, receded, bool(monitor.watch.pending)) == (True, True, False)
    assert engine.excess(np.array(rows))[1] > -5


def route(number: int) -> Series:
    """Return the series of a route."""
    return Series("route", "acme", route=f"r{number}")


def test_looked_into() -> None:
    """An alarm of the mean is looked into once, and the evidence of all its series is spent."""
    leaves = [Leaf("acme", f"p{i % 4}", f"r{i}", "gpt") for i in range(24)]
    monitor = RateMonitor(PageBudget(), reference_days=3)
    observations = simulate([Stream(leaf, "", 300.0) for leaf in leaves], days=4, seed=2)
    monitor.update(cut(observations, MONDAY, MONDAY + 3 * 1440 + 60))
    board = monitor.watch.board
    engine, rows = board.engine, np.arange(len(board.series))  # those of errors come first
    engine.m[rows] = np.exp(engine.log_months[rows][:, None]) * 0.6 / board.plan.weights("error").size
    monitor.update(cut(observations, MONDAY + 3 * 1440 + 60, MONDAY + 3 * 1440 + 120))
    assert np.exp(engine.excess(rows)).max() < 0.1
    assert not monitor.watch.pending


class ByTeam(Usual):
    """Tickets for one team, pages for the others."""

    def possible(self, signal: SignalName) -> Collection[Severity]:  # noqa: ARG002 -- the same for all
        return ("page", "ticket")

    def loudest(self, signal: SignalName, groups: Groups, teams: Teams) -> Sequence[Severity]:  # noqa: ARG002 -- the same for all
        return [
            "ticket" if all(teams[leaf] == "quiet" for leaf in group) else "page" for group in groups.values()
        ]


def test_another_owner() -> None:
    """Shares of the budget follow the teams at midnight, and a restart on the way to it changes nothing."""
    leaves = [Leaf("a", f"p{i}", f"r{i}", "m") for i in range(3)]
    observations = simulate([Stream(leaf, "quiet", 300.0) for leaf in leaves], 6, 3, only={"error"})
    loud = replace(observations, teams=["loud"] * 3)
    monitor, again = (RateMonitor(PageBudget(1.0, 4.0, ByTeam()), reference_days=3) for _ in range(2))
    monitor.update(cut(observations, MONDAY, MONDAY + 4 * 1440))
    before = monitor.watch.board.engine.log_months.copy()
    monitor.update(cut(loud, MONDAY + 4 * 1440, MONDAY + 5 * 1440))
    again.restore(monitor.snapshot())
    np.testing.assert_array_equal(again.watch.board.engine.log_months, before)
    for one in (monitor, again):
        one.update(cut(loud, MONDAY + 5 * 1440, MONDAY + 6 * 1440))
    assert (monitor.watch.board.engine.log_months > before).all()
    assert monitor.snapshot() == again.snapshot()
