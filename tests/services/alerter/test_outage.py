"""A platform that is down for many models of many teams is one page."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from detectors.monitors.base import Leaf, Monitor, Series, Signal, SignalState
from detectors.monitors.level import LevelMonitor
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, cut, simulate
from services.alerter.alert import Alert, at
from services.alerter.alerter import Alerter
from services.alerter.ledger import MemoryLedger
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rule, Rules, Team
from tests.services.alerter.signals import DAY, say, signal

TEAMS = ("support", "search", "legal", "shop", "risk")
MODELS = ("gpt-5.4", "gpt-5.4-mini", "gpt-4o", "o4-mini")
ROUTES = {(team, model): f"{team}/{number}" for team in TEAMS for number, model in enumerate(MODELS)}
PLATFORM = Series("platform", "acme", "azure")
BEGAN: dict[str, Any] = {"began": DAY, "began_low": DAY - 5, "began_high": DAY + 5}


class Phone:
    """Notes what it is told."""

    def __init__(self, name: str, told: list[tuple[str, str, str]]) -> None:
        self.name, self.told = name, told

    def notify(self, notification: Notification) -> None:
        self.told.append((self.name, notification.kind, notification.alert.signal))


def alerter(told: list[tuple[str, str, str]]) -> Alerter:
    """Return an alerter in which every team has its own phone."""
    rules = Rules(teams={team: Team(f"{team}-oncall", (team,)) for team in TEAMS}, receivers=TEAMS)
    return Alerter(MemoryLedger(), rules, {team: Phone(team, told) for team in TEAMS})


def child(team: str, model: str, minute: int) -> Signal:
    """Return what is said of one model of one team."""
    route = ROUTES[team, model]
    where = Series("route_model", "acme", "azure", route, model)
    return signal("error", where, minute, team=team, routes=(route,), share_of_traffic=0.05, **BEGAN)


def parent(minute: int, state: SignalState = "raised") -> Signal:
    """Return what is said of the platform."""
    about: dict[str, Any] = {"routes": tuple(ROUTES.values()), "teams": tuple(team for team, _ in ROUTES)}
    return signal("error", PLATFORM, minute, state, team="support", share_of_traffic=1.0, **about, **BEGAN)


def run(mine: Alerter, signals: list[Signal], until: int) -> list[Alert]:
    """Take signals minute by minute and deliver; return the alerts that were ever there."""
    for minute in range(until + 1):
        mine.take([each for each in signals if each.minute == DAY + minute - 1], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    return list(mine.ledger.alerts())


@pytest.mark.parametrize(
    "platform_at", [20, 30, 45, 60, None], ids=["before", "with", "among", "after", "never"]
)
@pytest.mark.parametrize("seed", range(5))
def test_one_page(platform_at: int | None, seed: int) -> None:
    """Twenty parts that turn bad within half an hour are one page, whenever the platform itself is said.

    Every team that is hit is told of it once, and of its growth as it doubles; at the end each is told that.
    """
    draw = random.Random(seed)  # noqa: S311 - the same order every time
    pairs = [(team, model) for team in TEAMS for model in MODELS]
    draw.shuffle(pairs)
    signals = [child(team, model, 30 + 3 * nth // 2) for nth, (team, model) in enumerate(pairs)]
    if platform_at is not None:
        signals.append(parent(platform_at))
    over = [replace(each, state="cleared", minute=DAY + 100 + nth) for nth, each in enumerate(signals)]
    told: list[tuple[str, str, str]] = []
    alerts = run(alerter(told), [*signals, *over], 200)
    for team in TEAMS:
        kinds = [kind for phone, kind, _ in told if phone == team]
        assert kinds.count("fire") == kinds.count("resolve") == 1
        assert kinds.count("renotify") <= 5
    (page,) = [alert for alert in alerts if alert.loud]
    assert set(page.routes) == set(ROUTES.values())
    assert set(page.teams) == set(TEAMS)
    assert set(page.owner.split(", ")) == {f"{team}-oncall" for team in TEAMS}
    assert (page.series, page.severity, page.state) == (PLATFORM, "page", "resolved")


def test_grows_to_teams() -> None:
    """A team whose route is hit later hears then; others hear of growth only, and all of the end."""
    told: list[tuple[str, str, str]] = []
    mine = alerter(told)
    first, later = child("support", "gpt-4o", 30), child("legal", "gpt-4o", 35)
    run(mine, [first, replace(first, minute=DAY + 33), later], 60)
    assert told == [
        ("support", "fire", "error"),
        ("legal", "fire", "error"),
        ("support", "renotify", "error"),
    ]
    (alert,) = mine.grouping.open
    assert (alert.teams, alert.owner) == (("support", "legal"), "support-oncall, legal-oncall")
    told.clear()
    say(mine, alert.id, "ack", 61)
    say(mine, alert.id, "resolve", 62)
    mine.deliver(at(DAY + 62))
    assert sorted(told) == sorted(
        (team, kind, "error") for team in alert.teams for kind in ("acknowledge", "resolve")
    )


def test_owners() -> None:
    """Who owns a route in the configuration is told, whatever team its calls name; nobody's pages alone."""
    owners = {"a/1": "search", "b/1": "legal"}
    rules = Rules(
        teams={team: Team(f"{team}-oncall", (team,)) for team in TEAMS},
        receivers=("everybody",),
        team_of=lambda route: owners.get(route, ""),
    )

    def hears(routes: tuple[str, ...], teams: tuple[str, ...]) -> tuple[str, ...]:
        verdict = rules.judge(
            signal("error", PLATFORM, team=teams[0] if teams else "", routes=routes, teams=teams)
        )
        assert verdict is not None
        return verdict.receivers

    assert hears(("a/1", "b/1", "c/1"), ("bot", "bot", "shop")) == ("search", "legal", "shop")
    assert hears(("c/1", "a/1"), ("", "")) == ("search",)
    assert hears(("c/1",), ("",)) == ("everybody",)
    assert hears(("c/1", "a/1"), ()) == ("search",)  # a monitor that does not know


def test_own_rules() -> None:
    """Each team hears of its part as the rules have it for its routes; so does who the rule names."""
    own = [
        Rule("quiet", team="risk", severity="off"),
        Rule("legal", route="legal/*", receivers=("lawyers",)),
        Rule("small", team="shop", at_least={"ratio": 10.0}),
    ]
    rules = Rules(own, {team: Team("", (team,)) for team in TEAMS}, receivers=TEAMS)
    verdict = rules.judge(parent(30))
    assert verdict is not None
    assert (verdict.rule, verdict.receivers) == ("legal", ("lawyers", "support", "search"))
    assert verdict.teams == TEAMS


def test_two_platforms() -> None:
    """Another platform that is down in the same hour is another page."""
    elsewhere = Series("route_model", "acme", "openai", "shop/9", "gpt-5.4")
    other = signal("error", elsewhere, 31, team="shop", routes=("shop/9",))
    told: list[tuple[str, str, str]] = []
    run(alerter(told), [child("support", "gpt-4o", 30), other, child("legal", "gpt-4o", 32)], 60)
    assert sorted(phone for phone, kind, _ in told if kind == "fire") == ["legal", "shop", "support"]


def test_later() -> None:
    """A part of the platform that turns bad hours later, by itself, is another page."""
    late = replace(child("legal", "gpt-4o", 400), began=DAY + 380)
    told: list[tuple[str, str, str]] = []
    run(alerter(told), [child("support", "gpt-4o", 30), late], 420)
    assert [kind for _, kind, _ in told].count("fire") == 2


def test_effects() -> None:
    """What failing calls bring about is told with them; what goes on without them is a page of its own."""
    slow = signal(
        "latency", Series("route_model", "acme", "azure", "shop/1", "gpt-5.4-mini"), 41, routes=("shop/1",)
    )
    told: list[tuple[str, str, str]] = []
    mine = alerter(told)
    alerts = run(mine, [parent(40), slow, parent(60, "cleared")], 69)
    latency = next(alert for alert in alerts if alert.signal == "latency")
    error = next(alert for alert in alerts if alert.signal == "error")
    assert (latency.parent, latency.loud) == (error.id, False)
    assert latency.title in error.note
    mine.take([], at(DAY + 75))
    mine.deliver(at(DAY + 75))
    kinds = [(kind, name) for _, kind, name in told]
    assert set(kinds[: len(TEAMS)]) == {("fire", "error")}
    assert set(kinds[len(TEAMS) :]) == {("resolve", "error"), ("fire", "latency")}


def test_not_an_effect() -> None:
    """What began before the failures, or elsewhere, is a page of its own."""
    before = signal(
        "latency",
        PLATFORM,
        40,
        began=DAY - 300,
        began_low=DAY - 310,
        began_high=DAY - 290,
        routes=("shop/1",),
    )
    elsewhere = signal("latency", Series("route", "acme", route="else/where"), 41, routes=("else/where",))
    told: list[tuple[str, str, str]] = []
    run(alerter(told), [parent(40), before, elsewhere], 60)
    assert sorted(name for phone, kind, name in told if (phone, kind) == ("support", "fire")) == [
        "error",
        "latency",
        "latency",
    ]


def test_monitors() -> None:
    """Through the monitors themselves: four models of five teams fail and slow down, one page to each."""
    hours = (15.4, 15.5)
    down = [Shift("error", 0.7, *hours), Shift("latency_ms", 4.0, *hours)]
    streams = [
        Stream(Leaf("acme", "azure", route, model), team, 60.0 * (1 + nth % 7), shifts=down)
        for nth, ((team, model), route) in enumerate(ROUTES.items())
    ]
    streams.append(Stream(Leaf("acme", "openai", "shop/9", "gpt-5.4"), "shop", 300.0))
    observations = simulate(streams, 17, 11, Weather(retries=0.1))
    monitors: list[Monitor] = [RateMonitor(), LevelMonitor()]
    told: list[tuple[str, str, str]] = []
    mine = alerter(told)
    for start in [
        *range(MONDAY, MONDAY + 15 * 1440, 1440),
        *range(MONDAY + 15 * 1440, MONDAY + 17 * 1440, 5),
    ]:
        end = start + (1440 if start < MONDAY + 15 * 1440 else 5)
        part = cut(observations, start, end)
        mine.take([found for monitor in monitors for found in monitor.update(part)], at(end))
        mine.deliver(at(end))
    for kind in ("fire", "resolve"):
        assert sorted(phone for phone, said, _ in told if said == kind) == sorted(TEAMS)
    loud = [alert for alert in mine.ledger.alerts() if alert.loud]
    assert [(alert.signal, alert.series) for alert in loud] == [("error", PLATFORM)]
