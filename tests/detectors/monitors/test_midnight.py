"""References, shares and leaves change at midnight: what is said just before and after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pytest

from detectors.monitors.base import Leaf, Observations, Ruling, Signal, SignalName
from detectors.monitors.page_budget import Groups, PageBudget, Severity, Teams
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Shift, Stream, cut, simulate

DAY = 1440
MINUTE = 1 / 1440
X, Y = Leaf("a", "p", "x", "m"), Leaf("a", "p", "y", "m")


def fed(
    monitor: RateMonitor, observations: Observations, first: int, days: int, step: int = DAY
) -> list[Signal]:
    """Return the signals of some days, from the first on, so many minutes at a time."""
    signals: list[Signal] = []
    for start in range(MONDAY + first * DAY, MONDAY + (first + days) * DAY, step):
        signals += monitor.update(cut(observations, start, start + step))
    return signals


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_learning(seed: int) -> None:
    """What breaks a learning route six minutes before midnight is told by what it had learnt until then."""
    burst = Shift("error", 0.97, 5 - 6 * MINUTE, 5 - MINUTE)
    observations = simulate([Stream(X, "t", 8000, shifts=(burst,))], 7, seed, only={"error"})
    signal, *_ = (one for one in fed(RateMonitor(), observations, 0, 7) if one.state == "raised")
    assert (signal.minute, signal.began) == (MONDAY + 5 * DAY - 1, MONDAY + 5 * DAY - 6)
    assert signal.n > 5
    assert signal.observed > 0.5


def test_accepted() -> None:
    """An alarm before a midnight that forgets its evidence names who alarmed, not a model without calls."""
    quiet, burst = Leaf("a", "p", "x", "n"), Shift("error", 0.97, 22 - 5 * MINUTE, 22.0)
    streams = [
        Stream(X, "t", 8000, {"error": 0.004}, (Shift("error", 0.03, 16.3), burst)),
        Stream(quiet, "t", 3000, {"error": 0.004}, (Shift("error", 0.03, 16.3), Shift("volume", 0.0, 20.5))),
    ]
    observations = simulate(streams, 24, 3, only={"error"})
    first = [one for one in fed(RateMonitor(), observations, 0, 17) if one.state == "raised"]
    accepted = Ruling(first[-1].minute + 60, "error", frozenset(one.series for one in first), expected=True)
    signals = fed(RateMonitor(), replace(observations, rulings=[accepted]), 0, 24)
    late = [one for one in signals if one.state == "raised" and one.minute > MONDAY + 18 * DAY]
    assert [(one.series.model, one.minute) for one in late] == [("m", MONDAY + 22 * DAY - 1)]


def test_other_question() -> None:
    """An incident whose leaf has had no call since its reference is new is widened by another question's."""
    shifts = (
        Shift("volume", 0.0, 0.0, 5.0),
        Shift("hallucinated", 0.6, 18.85),
        Shift("volume", 0.0, 19.0, 19.5),
    )
    streams = [
        Stream(X, "t", 600, shifts=shifts),
        Stream(Y, "t", 2000, shifts=(Shift("hallucinated", 0.7, 19.01),)),
        *(Stream(Leaf("a", "q", route, route), "t", 200) for route in ("z", "w")),
    ]
    made = simulate(streams, 21, 3, only={"error", "hallucinated"})
    made = replace(
        made,
        hallucination=np.where(made.leaf == 0, np.float32("nan"), made.hallucination),
        hallucinated=np.where(made.leaf == 1, np.int8(-1), made.hallucinated),
    )
    raised = [one for one in fed(RateMonitor(), made, 0, 21) if one.state == "raised"]
    assert [set(one.routes) for one in raised] == [{"x"}, {"x", "y"}]


class Quiet:
    """Tickets, and only for a tenfold rise, where a team wants that; pages for the others."""

    def possible(self, signal: SignalName) -> Collection[Severity]:  # noqa: ARG002 - the protocol's
        """Return what may come."""
        return {"page", "ticket"}

    def loudest(self, signal: SignalName, groups: Groups, teams: Teams) -> list[Severity]:  # noqa: ARG002 - the same
        """Return the severity of each series."""
        return [
            "ticket" if all(teams[leaf] == "quiet" for leaf in own) else "page" for own in groups.values()
        ]

    def least(self, signal: SignalName, teams: Teams) -> Mapping[Leaf, float]:  # noqa: ARG002 - the same
        """Return the least ratio of each leaf."""
        return {leaf: 10.0 if team == "quiet" else 1.0 for leaf, team in teams.items()}


@pytest.mark.parametrize("hour", [3, 22])
def test_owners(hour: int) -> None:
    """Routes that change hands share the budget anew at midnight, whoever joins meanwhile, however read."""
    old = [Leaf("acme", "azure", f"old{i}", "gpt") for i in range(12)]
    streams = [Stream(leaf, "quiet", 300.0, shifts=(Shift("error", 0.04, 16.45),)) for leaf in old]
    gone = Shift("volume", 0.0, 0.0, 16.3)
    streams.append(Stream(Leaf("acme", "openai", "new", "gpt"), "quiet", 600.0, shifts=(gone,)))
    made = simulate(streams, 18, 4, only={"error"})
    team = (made.minute >= MONDAY + 16 * DAY + hour * 60).astype(np.int32)
    made = replace(made, team=team, teams=["quiet", "loud"])
    told = []
    for step in (DAY, 60):
        monitor = RateMonitor(PageBudget(1.0, 4.0, Quiet()))
        fed(monitor, made, 0, 16)
        signals = fed(monitor, made, 16, 1, step)
        least = monitor.watch.board.least
        told.append(([(one.series, one.minute, one.state) for one in signals], least.tolist()))
    assert told[0] == told[1]
    assert (least[:, : len(old)][monitor.watch.desk.plan.signals.index("error")] == 10.0).all()


def test_back_at_last() -> None:
    """A route that is back on the day that forgets it is new: it borrows at its full hour, however read."""
    old = [
        Stream(Leaf("acme", "azure", f"old{i}", "gpt"), "", 300.0, {"error": 0.007 + 0.0006 * i})
        for i in range(12)
    ]
    away = Shift("volume", 0.0, 15.9, 46.4)
    streams = [*old, Stream(Leaf("acme", "openai", "new", "gpt"), "", 2000.0, {"error": 0.3}, (away,))]
    made = simulate(streams, 48, 4, only={"error"})
    told = []
    for step in (DAY, 60):
        monitor = RateMonitor()
        fed(monitor, made, 0, 46)
        told.append([one.minute for one in fed(monitor, made, 46, 2, step) if one.series.route == "new"])
    assert told[0] == told[1]
    assert told[0][0] < MONDAY + 46.6 * DAY
