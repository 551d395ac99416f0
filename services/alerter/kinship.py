"""Which signals and alerts are one story: the whole and its parts, siblings, causes and their effects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from detectors.monitors.base import Series, Signal
from detectors.monitors.finding import describe
from services.alerter.alert import LOUDNESS, WIDTH, Alert, at

DRIFT = frozenset({"prompt_drift", "response_drift"})
CONSEQUENCES = frozenset(
    {
        "hallucination",
        "toxicity",
        "refusal",
        "privacy",
        "truncated",
        "error",
        "latency",
        "ttft",
        "spend",
        "tokens",
    }
)
# Trouble of a kind that a platform or a route gives to all its parts at once.
SHARED = frozenset(
    {"error", "latency", "ttft", "hallucination", "toxicity", "refusal", "truncated", "silence"}
)
SIBLINGS = timedelta(hours=1)  # between the starts of two parts of one incident
# What follows by itself where the first goes wrong, on the same calls.
EFFECTS: Mapping[str, frozenset[str]] = {
    "error": frozenset({"latency", "ttft", "silence"}),
    "latency": frozenset({"ttft"}),
}


def routes_of(signal: Signal) -> tuple[str, ...]:
    """Return the routes a signal is about, the worst first."""
    return tuple(signal.routes) or ((signal.series.route,) if signal.series.route else ())


def kin(alert: Alert, signal: Signal) -> bool:
    """Tell whether both could be one incident: one kind, one tenant, no contradicting key."""
    mine, theirs = alert.series, signal.series
    if alert.signal != signal.signal or mine.tenant != theirs.tenant:
        return False
    if _names(signal, alert):
        return True
    names = ("platform", "route", "model", "team")
    keys = ((getattr(mine, name), getattr(theirs, name)) for name in names)
    return all(not a or not b or a == b for a, b in keys)


def widens(signal: Signal, alert: Alert) -> bool:
    """Tell whether the signal is about more than the alert, and all of it."""
    theirs, mine = set(routes_of(signal)), set(alert.routes)
    if _names(signal, alert):
        return signal.series != alert.series
    wider = WIDTH[signal.series.level] < WIDTH[alert.series.level]
    return theirs >= mine and (theirs != mine or wider)


def _names(signal: Signal, alert: Alert) -> bool:
    """Tell whether the signal says of itself that it widens what this alert stands for."""
    said = signal.facts.get("widens")
    return said is not None and any(describe(each.series) == said for each in alert.raised)


def holds(alert: Alert, signal: Signal) -> bool:
    """Tell whether the alert is about all that the signal is about."""
    return set(alert.routes) >= set(routes_of(signal))


def explains(drift: Alert, consequence: Alert) -> bool:
    """Tell whether drift moved on the very series that something loud happened on."""
    if drift.signal not in DRIFT or consequence.signal not in CONSEQUENCES or consequence.severity == "info":
        return False
    mine, theirs = set(drift.routes), set(consequence.routes)
    return (
        drift.series.tenant == consequence.series.tenant and bool(mine) and (mine <= theirs or theirs <= mine)
    )


def sibling(alert: Alert, signal: Signal) -> Series | None:
    """Return the series that both are parts of, where they are parts of one incident; None otherwise."""
    if alert.signal != signal.signal or signal.signal not in SHARED:
        return None
    if alert.resolved_at is not None or alert.parent:
        return None
    near = abs(alert.began_at - at(signal.began)) <= SIBLINGS
    return _common(alert.series, signal.series) if near else None


def brings_about(cause: Alert, effect: Alert) -> bool:
    """Tell whether one alert is only what another one brings about on the same calls, and no louder."""
    if effect.signal not in EFFECTS.get(cause.signal, ()) or cause.parent or cause.resolved_at is not None:
        return False
    if cause.muted:  # nobody hears of it, so it can speak for no other
        return False
    mine, theirs = cause.series, effect.series
    names = ("tenant", "platform", "model", "team")
    keys = ((getattr(mine, name), getattr(theirs, name)) for name in names)
    same = all(not a or not b or a == b for a, b in keys)
    # Of one series both name the routes that are sure by now; more follow.
    inside = bool(effect.routes) and (mine == theirs or set(effect.routes) <= set(cause.routes))
    quieter = LOUDNESS[effect.severity] <= LOUDNESS[cause.severity]
    return same and inside and quieter and effect.began_high >= cause.began_low


def _common(one: Series, other: Series) -> Series | None:
    if one.tenant != other.tenant or one.team != other.team:
        return None
    platform, model = _shared(one.platform, other.platform), _shared(one.model, other.model)
    if platform and model:
        return Series("platform_model", one.tenant, platform, model=model)
    if platform:
        return Series("platform", one.tenant, platform)
    route = _shared(one.route, other.route)
    return Series("route", one.tenant, route=route) if route else None


def _shared(one: str, other: str) -> str:
    return one if one == other else ""
