"""What rules would make of a finding decides whose budget it may spend: never less than it will."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.monitors.all import monitors
from detectors.monitors.base import Leaf, Observations, Series
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.fleet_mean import WHOLE, FleetEngine
from detectors.monitors.level import LevelMonitor
from detectors.monitors.page_budget import (
    DETERMINISTIC,
    LOUDNESS,
    POOLS,
    SEVERITY,
    PageBudget,
    Severity,
    Usual,
)
from detectors.monitors.rate import RateMonitor
from detectors.monitors.series import members, watched
from detectors.monitors.testing import MONDAY, Stream, cut, simulate
from services.alerter.rules import Rule, Rules, default_severity
from services.alerter.urgency import Urgency
from services.rules.fleet import spending, supposed

FLEET = {
    Leaf("acme", "azure", "support/answer", "gpt"): "support",
    Leaf("acme", "azure", "search/rank", "gpt"): "search",
    Leaf("acme", "openai", "search/rank", "gpt-mini"): "search",
    Leaf("acme", "openai", "legal/draft", "gpt"): "legal",
    Leaf("beta", "azure", "support/answer", "gpt"): "support",
}
GROUPS = watched(FLEET)


@st.composite
def rule(draw: st.DrawFn) -> Rule:
    """Return a rule such as people write, and worse."""
    return Rule(
        name="any",
        signal=draw(st.sampled_from(["*", "error", "spend", "*e*"])),
        tenant=draw(st.sampled_from(["*", "acme"])),
        team=draw(st.sampled_from(["*", "*", "search", "s*"])),
        route=draw(st.sampled_from(["*", "*", "support/*", "search/rank", "none"])),
        platform=draw(st.sampled_from(["*", "*", "azure"])),
        model=draw(st.sampled_from(["*", "*", "gpt"])),
        level=draw(st.sampled_from(["*", "*", "route", "fleet", "platform"])),
        at_least=draw(st.sampled_from([{}, {"ratio": 2.0}, {"ratio": 3.0}, {"n": 10.0}])),
        severity=draw(st.sampled_from([None, "page", "ticket", "info", "off"])),
    )


def findings(group: frozenset[Leaf]) -> list[tuple[Series, list[str], str]]:
    """Return all findings there can be by chance which begin in a series: their series, routes and team."""
    return [
        (series, [leaf.route for leaf in (first, *others)], FLEET[worst])
        for first in group
        for size in (0, 1, 2, 3)
        for others in itertools.combinations([leaf for leaf in FLEET if kin(first, leaf)], size)
        for series, whole in members(FLEET).items()
        if whole >= {first, *others}
        for worst in (first, *others)
    ]


def kin(one: Leaf, other: Leaf) -> bool:
    """Tell whether two parts of a fleet have platform or route in common, as monitors look for neighbours."""
    return one.tenant == other.tenant and (one.platform == other.platform or one.route == other.route)


def severity(rules: Rules, series: Series, routes: Sequence[str], team: str) -> Severity:
    """Return what the rules make of a finding of errors."""
    found = supposed("error", series, routes, team)
    decision = rules.decide(found)
    return (decision.rule.severity if decision.rule else None) or default_severity(found)


@given(st.lists(rule(), max_size=3))
def test_loudest(own: list[Rule]) -> None:
    """Each series counts as loud as the loudest finding there can be that shares a leaf with it."""
    rules = Rules(own)
    found = Urgency(rules).loudest("error", GROUPS, FLEET)
    for group, loudest in zip(GROUPS.values(), found, strict=True):
        can_be = {severity(rules, *one) for one in findings(group)}
        assert loudest == max(can_be, key=LOUDNESS.__getitem__)
        assert loudest in Urgency(rules).possible("error")


@given(st.lists(rule(), max_size=3))
def test_least(own: list[Rule]) -> None:
    """No monitor bets against more of a leaf than every finding needs that the leaf has part in."""
    rules = Rules(own)
    for leaf, least in Urgency(rules).least("error", FLEET).items():
        decisions = [rules.decide(supposed("error", *one)).rule for one in findings(frozenset({leaf}))]
        asked = [one.at_least.get("ratio", 1.0) if one else 1.0 for one in decisions if not _off(one)]
        assert least == min(asked, default=1.0)


@given(st.lists(rule(), max_size=4), st.lists(st.sampled_from(sorted(FLEET)), min_size=1, unique=True))
def test_never_overdrawn(own: list[Rule], arrivals: list[Leaf]) -> None:
    """Whatever the rules and in whatever order series arrive, the budgets are never promised twice."""
    budget = PageBudget(1.5, 6.0, Urgency(Rules(own)))
    for n in range(1, len(arrivals) + 1):
        spent = list(spending(budget, {leaf: FLEET[leaf] for leaf in arrivals[:n]}))
        for name, most in budget.per_month.items():
            assert sum(one.per_month for one in spent if one.severity == name) <= most + 1e-9


def test_as_usual() -> None:
    """Without rules severities are those of the signals' own table, whatever part of them is watched."""
    for signal in SEVERITY:
        if signal not in DETERMINISTIC:
            usual = Usual().loudest(signal, GROUPS, FLEET)
            assert Urgency(Rules()).loudest(signal, GROUPS, FLEET) == usual


def test_ticket_to_page() -> None:
    """A rule that turns a ticket into a page takes its promise out of the pages."""
    rules = Rules([Rule("dear", "spend", severity="page")])
    usual, raised = (PageBudget(1.0, 4.0, Urgency(one)) for one in (Rules(), rules))
    assert set(raised.shares("spend", GROUPS, FLEET).severity) == {"page"}
    assert 1 / raised.part("page") == pytest.approx(1 / usual.part("page") + 1)
    assert raised.part("ticket") > usual.part("ticket")


def test_off_spends_nothing() -> None:
    """What is off leaves its part to the others; where only a route is, the rest keeps it."""
    everywhere = PageBudget(1.0, 4.0, Urgency(Rules([Rule("quiet", "latency", severity="off")])))
    assert 1 / everywhere.part("page") == pytest.approx(1 / PageBudget(1.0, 4.0).part("page") - 1)
    rules = Rules([Rule("quiet", "latency", route="search/*", severity="off")])
    found = dict(zip(GROUPS, Urgency(rules).loudest("latency", GROUPS, FLEET), strict=True))
    assert found[Series("route", "acme", route="search/rank")] == "off"
    assert found[Series("route", "acme", route="legal/draft")] == "page"


@pytest.mark.parametrize("rules", [Rules(), Rules([Rule("dear", "spend", route="a", severity="page")])])
def test_live_monitors(rules: Rules) -> None:
    """What real monitors have promised at any time is within the budgets, while routes come one by one."""
    streams = [Stream(Leaf("acme", "azure", route, "gpt"), "t", 120.0) for route in ("a", "b", "c")]
    watching = monitors(pages_per_month=1.0, tickets_per_month=4.0, reference_days=3, judge=Urgency(rules))
    boards = [one.watch for one in watching if isinstance(one, (RateMonitor, LevelMonitor, ChangeMonitor))]
    paging = [one for watch in boards for one in watch.desk.plan.signals if SEVERITY[one] == "page"]
    kinds = len(paging) + len(rules.own)  # each rule here makes pages of one more
    whole = kinds * PageBudget(1.0, 4.0, Urgency(rules)).part("page")
    observations = simulate(streams, days=9, seed=3)
    seen: set[int] = set()
    for day in range(9):
        for monitor in watching:
            monitor.update(_arrived(observations, day))
        promised = _promised([watch.board.engine for watch in boards])
        seen.add(sum(len(watch.board.series) for watch in boards))
        assert promised["page"] <= 1.0 + 1e-9
        assert promised["ticket"] <= 4.0 + 1e-9
        assert day < 4 or promised["page"] == pytest.approx(whole)
    assert len(seen) > 3


def test_texts() -> None:
    """Drift that a rule makes a ticket spends of the tickets: its part is shared by all routes there are."""
    streams = [Stream(Leaf("acme", "azure", route, "gpt"), "t", 60.0) for route in ("a", "b", "c")]
    budget = PageBudget(1.0, 4.0, Urgency(Rules([Rule("texts", "prompt_drift", severity="ticket")])))
    monitor = DriftMonitor(budget, reference_days=3)
    observations = simulate(streams, days=6, seed=3)
    for day in range(6):
        monitor.update(_arrived(observations, day))
    tracks = [track for (_, _, kind), track in monitor._tracks.items() if kind == "prompt_drift"]
    assert len(tracks) == 3
    assert sum(1 / track.months for track in tracks) == pytest.approx(budget.part("ticket"))
    restored = DriftMonitor(budget, reference_days=3)
    restored.restore(monitor.snapshot())
    assert [track.months for track in restored._tracks.values()] == [
        track.months for track in monitor._tracks.values()
    ]


def _off(rule: Rule | None) -> bool:
    return rule is not None and rule.severity == "off"


def _arrived(observations: Observations, day: int) -> Observations:
    """Return one day's calls of the routes that have come by then, one every other day."""
    part = cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440)
    there = part.leaf <= day // 2
    columns = {column.name: getattr(part, column.name) for column in fields(part)}
    arrays: dict[str, Any] = {
        name: value[there] for name, value in columns.items() if isinstance(value, np.ndarray)
    }
    ids = [event_id for event_id, present in zip(part.event_id, there.tolist(), strict=True) if present]
    return replace(part, **arrays, event_id=ids)


def _promised(engines: Sequence[FleetEngine]) -> dict[str, float]:
    """Return the false findings a month that the rows of engines and their means have promised."""
    found = {"page": 0.0, "ticket": 0.0}
    for engine in engines:
        own = np.exp(-engine.log_months) * (1 + 1 / WHOLE)
        for number, severity in enumerate(POOLS):
            found[severity] += float(own[(engine.pool >= 0) & (engine.pool % len(POOLS) == number)].sum())
    return found
