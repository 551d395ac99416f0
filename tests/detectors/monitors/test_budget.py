"""A team's budget: told before it is passed where that is sure, with the day and the causes."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations, Signal
from detectors.monitors.budget import BudgetMonitor
from detectors.monitors.forecast import forecast
from detectors.monitors.ledger import SLOT_MINUTES, Spent
from detectors.monitors.testing import cut
from detectors.monitors.testing_volume import START, Fall, Line, traffic

DAY = 1440
ANSWERS = Leaf("default", "openai", "support/answers", "gpt-5.4")
SEARCH = Leaf("default", "azure", "shop/search", "gpt-5.4-mini")
FEBRUARY = 31  # days after the start


def found(observations: Observations, limit: float, timezone: str = "UTC") -> list[Signal]:
    """Return what the monitor says of team support, told a day at a time."""
    monitor = BudgetMonitor({"support": limit}, timezone=timezone)
    signals: list[Signal] = []
    for start in range(observations.start, observations.end, DAY):
        signals += monitor.update(cut(observations, start, start + DAY))
    return signals


def fleet(*falls: Fall, calls: float = 1000) -> list[Line]:
    """Return a team that spends about ten dollars on an average day, and another one."""
    return [
        Line(ANSWERS, "support", calls, falls=falls),
        Line(SEARCH, "shop", 500),
    ]


def day_of(signal: Signal) -> float:
    """Return the day after the start on which a signal was found."""
    return (signal.minute - START) / DAY


def test_month() -> None:
    """The generator's second month begins where this file says."""
    assert np.datetime64(START, "m") + np.timedelta64(FEBRUARY, "D") == np.datetime64("2026-02-01T00:00")


def test_enough() -> None:
    """A team that spends three quarters of its budget is left in peace."""
    assert found(traffic(fleet(), FEBRUARY + 28, 1), 380) == []


def test_forecast() -> None:
    """Three times the calls in mid-month are told days before the budget is passed, with day and cause."""
    signals = found(traffic(fleet(Fall(FEBRUARY + 10, 99, 3.0)), FEBRUARY + 28, 2), 380)
    assert [(one.state, one.facts["budget"]) for one in signals] == [
        ("raised", "will be passed"),
        ("raised", "passed"),
    ]
    first, second = signals
    assert FEBRUARY + 10 < day_of(first) < FEBRUARY + 14
    assert first.series.level == "team"
    assert first.series.team == first.team == "support"
    assert first.reference == 380 < first.observed
    assert first.high is not None
    assert first.low <= first.observed <= first.high
    reached = np.datetime64(START + int(day_of(second) * DAY), "m").astype("datetime64[D]")
    assert np.datetime64(first.facts["reached_low"]) <= reached <= np.datetime64(first.facts["reached_high"])
    assert abs(first.began - (START + (FEBRUARY + 10) * DAY)) <= 2 * DAY
    parts = {
        name: float(first.facts[f"{name}_usd"])
        for name in ("volume", "model_mix", "tokens_per_call", "price")
    }
    assert max(parts, key=lambda name: parts[name]) == "volume"
    assert sum(parts.values()) == pytest.approx(float(first.facts["a_day_usd"]), abs=0.03)
    assert first.routes == ("support/answers",)


def test_month_ends() -> None:
    """With the month the signal is over."""
    signals = found(traffic(fleet(), FEBRUARY + 1, 3), 150)
    (over,) = [number for number, one in enumerate(signals) if one.state == "cleared"]
    assert day_of(signals[over]) == FEBRUARY
    assert signals[over - 1].facts["budget"] == "passed"


def test_calms_down() -> None:
    """What was in danger and is not any more is over before the month is."""
    signals = found(traffic(fleet(Fall(FEBRUARY + 6, FEBRUARY + 9, 4.0)), FEBRUARY + 28, 4), 450)
    assert [one.state for one in signals] in ([], ["raised", "cleared"])


def test_unpriced() -> None:
    """Calls without a price are named, and are not free."""
    seen = traffic(fleet(), FEBRUARY, 5)
    gone = (seen.leaf == 0) & (np.arange(len(seen)) % 4 == 0)
    seen = replace(seen, unpriced=gone, cost_usd=np.where(gone, np.nan, seen.cost_usd))
    raised = found(seen, 100)[0]
    assert raised.facts["unpriced_models"] == "gpt-5.4"
    assert "without a price" in raised.note
    assert raised.n == int(
        (~np.isnan(seen.cost_usd) & (seen.leaf == 0) & (seen.minute <= raised.minute)).sum()
    )


@pytest.mark.parametrize("step", [7, 60, DAY])
def test_shared_route(step: int) -> None:
    """Teams that share a route each pay for their own calls, however these were read."""
    seen = traffic([Line(ANSWERS, "support", 2000)], 3, 8)
    small = np.random.default_rng(1).random(len(seen)) < 0.1
    seen = replace(seen, teams=["support", "shop"], team=small.astype(np.int32))
    monitor = BudgetMonitor({"support": 12.0, "shop": 1.5})
    found = [
        signal
        for start in range(START, seen.end, step)
        for signal in monitor.update(cut(seen, start, start + step))
    ]
    assert sorted((one.team, one.facts["budget"]) for one in found) == [
        ("shop", "passed"),
        ("support", "passed"),
    ]
    for one in found:
        own = (small == (one.team == "shop")) & (seen.minute <= one.minute)
        assert float(one.facts["spent_usd"]) == pytest.approx(float(seen.cost_usd[own].sum()), abs=0.006)
        assert one.n == own.sum()
        assert one.share_of_traffic == pytest.approx(own.sum() / (seen.minute <= one.minute).sum())


def test_no_budget() -> None:
    """Without a budget nothing is watched."""
    observations = traffic(fleet(calls=100), 2, 6)
    assert BudgetMonitor().update(observations) == []


@pytest.mark.parametrize("timezone", ["Asia/Kolkata", "America/New_York"])
def test_zones(timezone: str) -> None:
    """Months are those of the time zone, also where hours begin at half past."""
    signals = found(traffic(fleet(), FEBRUARY + 2, 7), 150, timezone)
    over = [one for one in signals if one.state == "cleared"]
    shift = {"Asia/Kolkata": -5.5, "America/New_York": 5.0}[timezone]
    assert [day_of(one) for one in over] == pytest.approx([FEBRUARY + shift / 24])


@pytest.mark.parametrize("others", [{}, {"shop": 5000.0}])
def test_taken_out(others: dict[str, float]) -> None:
    """Where a team's budget was taken out of the configuration, what stood for it is over."""
    observations = traffic(fleet(), 3, 1)
    monitor = BudgetMonitor({"support": 10.0})
    raised = monitor.update(cut(observations, START, START + 2 * DAY))
    assert [one.state for one in raised] == ["raised"]
    other = BudgetMonitor(others)
    other.restore(monitor.snapshot())
    over = other.update(cut(observations, START + 2 * DAY, START + 3 * DAY))
    assert [(one.state, one.team, one.note) for one in over] == [
        ("cleared", "support", "The team has no budget any more.")
    ]


def test_back() -> None:
    """A budget that is taken out and put back counts the whole month."""
    observations = traffic(fleet(), 3, 1)
    always, state = BudgetMonitor({"support": 1e9}), b""
    for budgets, start, end in (({"support": 1e9}, 0, 7), ({}, 7, 30), ({"support": 1e9}, 30, 60)):
        back = BudgetMonitor(budgets)
        if state:
            back.restore(state)
        part = cut(observations, START + start * 60, START + end * 60)
        assert back.update(part) == always.update(part) == []
        state = back.snapshot()
    assert state == always.snapshot()


def test_tenants() -> None:
    """A team that ten tenants have is watched ten times: each of them has a tenth of its share."""
    lines = [Line(replace(ANSWERS, tenant=f"tenant{i}"), "support", 50) for i in range(10)]
    monitor = BudgetMonitor({"support": 1000.0}, lambda _, teams: 40.0 * teams)
    alone = monitor.certainty
    monitor.update(traffic(lines, 1, 1))
    assert 1 - monitor.certainty < (1 - alone) / 5


class Past:
    """A ledger of made-up calls."""

    def __init__(self, observations: Observations) -> None:
        self.observations = observations

    def spent(self, teams: Collection[str], since: int, until: int) -> list[Spent]:
        """Return what these teams spent, the newest first: whoever asks sorts it."""
        seen = cut(self.observations, since, until)
        rows: Counter[tuple[Leaf, str, int, int]] = Counter()
        for i in range(len(seen)):
            team, priced = seen.team_of(i), not np.isnan(seen.cost_usd[i])
            if team not in teams:
                continue
            slot = int(seen.minute[i]) // SLOT_MINUTES * SLOT_MINUTES
            tokens = int(seen.input_tokens[i] + seen.output_tokens[i]) * priced
            nano = int(np.round(np.nan_to_num(seen.cost_usd[i]) * 1e9))
            counts = (1, priced, tokens, nano, int(seen.unpriced[i]))
            rows.update({(seen.leaves[seen.leaf[i]], team, slot, k): n for k, n in enumerate(counts)})
        keys = sorted({key[:3] for key in rows}, key=lambda key: -key[2])
        return [Spent(*key, *(rows[(*key, k)] for k in range(5))) for key in keys]

    def calls(self, since: int, until: int) -> Mapping[str, int]:
        """Return how many calls each tenant had."""
        seen = cut(self.observations, since, until)
        return Counter(seen.leaves[leaf].tenant for leaf in seen.leaf.tolist())


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("set_on", [FEBRUARY + 20, FEBRUARY + 0.4, FEBRUARY, 9.37])
def test_middle_of_a_month(set_on: float, timezone: str) -> None:
    """A budget that is set in the middle of a month knows all that was spent, as one of before does."""
    observations = traffic(fleet(calls=200), FEBRUARY + 24, 1)
    gone = (observations.leaf == 0) & (np.arange(len(observations)) % 9 == 0)
    observations = replace(
        observations, unpriced=gone, cost_usd=np.where(gone, np.nan, observations.cost_usd)
    )
    at = START + int(set_on * DAY)
    always, nobody = BudgetMonitor({"support": 1e9}, timezone=timezone), BudgetMonitor({}, timezone=timezone)
    for monitor in (always, nobody):
        assert monitor.update(cut(observations, START, at)) == []
    late = BudgetMonitor({"support": 1e9}, timezone=timezone, ledger=Past(observations))
    late.restore(nobody.snapshot())
    for monitor in (always, late):
        assert monitor.update(cut(observations, at, observations.end)) == []
    assert late.snapshot() == always.snapshot()


def test_passed_before_it_was_set() -> None:
    """A budget that is passed already when it is set is said at the end of that hour."""
    observations = traffic(fleet(), 12, 1)
    late = BudgetMonitor({"support": 20.0}, ledger=Past(observations))
    (passed,) = late.update(cut(observations, START + 10 * DAY, START + 10 * DAY + 60))
    assert passed.facts["budget"] == "passed"
    assert float(passed.facts["spent_usd"]) > 80
    assert passed.share_of_traffic < 1


@pytest.mark.parametrize("days", [1, 2, 3])
def test_first_days(days: int) -> None:
    """After the first days of spend nobody knows what a month will cost."""
    spent = np.concatenate([np.zeros(24 * (10 - days)), np.full(24 * days, 40.0)])
    assert forecast(spent, 312, 792, float(spent.sum()), 5000.0) is None
