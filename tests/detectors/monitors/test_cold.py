"""New leaves are compared with their siblings, as far as these are alike, until they have a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Ruling, Series, Signal
from detectors.monitors.bets import RATE_ODDS, RATE_STAKES
from detectors.monitors.cold import LEVELS, Lenders, lower, student
from detectors.monitors.question import Plan, Question
from detectors.monitors.rate import RateMonitor
from detectors.monitors.reference import HOURS, expit, flat, logit
from detectors.monitors.suite import check_cut, check_restore
from detectors.monitors.testing import MONDAY, Shift, Stream, cut, simulate
from detectors.monitors.yardstick import OWN, Yardstick, stack

PLAN = Plan((Question("error", 0, lends=True), Question("privacy", 1)), RATE_ODDS, RATE_STAKES)
NEW = Leaf("acme", "openai", "new", "gpt")
DAYS = 19


def stick(rate: float) -> Yardstick:
    """Return the reference of a leaf that has seen ten thousand calls."""
    reference = flat(10_000, 10_000 * rate, 0.4)
    return stack([0.5, 0.5], [reference, reference], (0, 20_160))


def lent(rates: Sequence[float], routes: int = 1, leaf: Leaf = NEW) -> Yardstick | None:
    """Return what leaves of these rates, spread over routes, lend to a new one."""
    leaves = [Leaf("acme", "azure", f"route{i % routes}", f"gpt-{i}") for i in range(len(rates))]
    return Lenders(PLAN, leaves, [stick(rate) for rate in rates]).lend(leaf, (0, 60))


def allowed(found: Yardstick | None) -> float:
    """Return the error rate that a lent reference allows."""
    assert found is not None
    return float(expit(found.logit[0] + found.margin[0]).max())


def fleet(*fresh: Stream, siblings: int = 12) -> list[Stream]:
    """Return leaves that have been there from the beginning, and new ones."""
    old = [
        Stream(Leaf("acme", "azure", f"old{i}", "gpt"), "", 300.0, {"error": 0.007 + 0.0006 * i})
        for i in range(siblings)
    ]
    return [*old, *fresh]


def new(rate: float, day: float = 15.3, calls: float = 2_000.0) -> Stream:
    """Return a leaf that comes on a day."""
    return Stream(NEW, "", calls, {"error": rate}, [Shift("volume", 0.0, 0.0, day)])


def raised(streams: Sequence[Stream], rulings: Sequence[Ruling] = (), days: int = DAYS) -> list[Signal]:
    """Return the errors that the rate monitor finds on the new leaf."""
    observations = replace(simulate(streams, days, 4, only={"error"}), rulings=rulings)
    monitor = RateMonitor()
    found: list[Signal] = []
    for day in range(days):
        found += monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
    return [one for one in found if one.state == "raised" and one.series.route == NEW.route]


def test_student() -> None:
    """With few siblings what is far lies much farther out, by Student's distribution."""
    exact = {5: 5.893, 10: 4.144, 30: 3.385}
    assert {n: student(n) for n in exact} == pytest.approx(exact, rel=0.02)


def test_alike() -> None:
    """Siblings that are alike allow five times their odds, and no less."""
    found = lent([0.01, 0.0101, 0.0099] * 5)
    assert float(logit(np.array(allowed(found))) - logit(np.array(0.01))) == pytest.approx(
        np.log(5), abs=0.05
    )


def test_different() -> None:
    """The farther siblings lie apart, the more a new one may do."""
    random = np.random.default_rng(1)
    normal = random.standard_normal(30)
    allows = [allowed(lent((0.01 * np.exp(spread * normal)).tolist())) for spread in (0.3, 0.6, 0.9)]
    assert allows == sorted(allows)
    assert allows[-1] > 2 * allows[0]


def test_farthest() -> None:
    """What one sibling does all the time is no trouble of a new one."""
    assert allowed(lent([0.01, 0.011] * 100 + [0.3])) > 0.3


def test_nearest() -> None:
    """Where models of one route are alike and routes differ, the route is what lends."""
    rates = [0.004, 0.03, 0.3] * 5
    at_home = Leaf("acme", "openai", "route0", "new")
    assert allowed(lent(rates, 3, at_home)) == pytest.approx(0.02, rel=0.1)
    found = lent(rates, 3, at_home)
    assert found is not None
    assert LEVELS[int(found.lent[0]) - 1] == "route"
    away = lent(rates, 3)
    assert away is None or allowed(away) > 0.3


def test_few() -> None:
    """Five siblings do not tell how far siblings lie apart: nothing is lent."""
    assert lent([0.01] * 5) is None


def test_asked() -> None:
    """Only questions about which siblings say something are lent."""
    found = lent([0.01] * 12)
    assert found is not None
    assert found.lent.tolist() == [LEVELS.index("fleet") + 1, OWN]
    assert np.isnan(found.cut[1])


def test_lower() -> None:
    """Of one's own past and what siblings do, the one holds that allows less."""
    loan = lent([0.02] * 12)
    assert loan is not None
    calm, wild = (stack([0.5, 0.5], [flat(1_000, bad, np.log(5))] * 2, (0, 9)) for bad in (0.0, 300.0))
    assert lower(calm, loan).lent.tolist() == [OWN, OWN]
    assert lower(wild, loan).lent[0] != OWN
    assert lower(wild, loan).logit.shape == (2, HOURS)


def test_broken() -> None:
    """A route that is broken from its first call on is found within hours, and it says what with."""
    found = raised(fleet(new(0.3)))
    assert len(found) == 1
    assert found[0].minute - (MONDAY + 15.3 * 1440) < 180
    assert found[0].note.startswith("Too new for a reference of its own: compared with what is usual")
    assert found[0].reference < 0.02


def test_well() -> None:
    """A new route at three times its siblings' errors is left alone."""
    assert raised(fleet(new(0.03))) == []


def test_protected() -> None:
    """What a route was accused of is not what it learns from, and three weeks later it is still found."""
    streams = fleet(new(0.3, calls=600.0))
    observations = simulate(streams, 33, 4, only={"error"})
    monitor = RateMonitor()
    states = []
    for day in range(33):
        found = monitor.update(cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440))
        states += [one.state for one in found if one.series.route == "new"]
    assert states == ["raised"]


def test_given_back() -> None:
    """Whom a person calls a false alarm is compared with its siblings no more."""
    series = Series("route", "acme", route="new")
    others = Series("route_model", "acme", "openai", "new", "gpt")
    ruling = Ruling(MONDAY + 16 * 1440, "error", frozenset({series, others}), expected=False)
    assert len(raised(fleet(new(0.3)), [ruling])) == 1


def test_readiness() -> None:
    """A new series says that it borrows, and when its own reference is ready."""
    observations = simulate(fleet(new(0.01)), 17, 4, only={"error"})
    monitor = RateMonitor()
    monitor.update(observations)
    (found,) = [one for one in monitor.readiness() if one.series.route == "new" and one.signal == "error"]
    assert (found.stage, found.watched) == ("borrowed", "gross")
    assert found.ready == MONDAY + (15 + 14) * 1440


def test_cut() -> None:
    """It does not matter how time is cut, nor whether a monitor was restored in the hour of an arrival."""
    observations = simulate(fleet(new(0.3), new(0.2, 16.0)), 17, 4, only={"error"})
    assert check_cut(RateMonitor, observations, 37)
    check_restore(RateMonitor, observations, MONDAY + int(15.3 * 1440) + 20)
