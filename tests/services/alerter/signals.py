"""Signals to test with: a small fleet in trouble."""

from __future__ import annotations

from typing import Any

from detectors.monitors.base import Level, Series, Signal, SignalName, SignalState
from services.alerter.alert import Alert, at
from services.alerter.alerter import Alerter
from services.alerter.word import Verb, word

DAY = 29_000_000  # a minute since the epoch, early in 2025


def series(level: Level, platform: str = "", route: str = "", model: str = "") -> Series:
    """Return a series of the tenant "acme"."""
    return Series(level, "acme", platform, route, model)


FLEET = series("fleet")
AZURE = series("platform", "azure")
GPT = series("platform_model", "azure", model="gpt-4o")
ANSWER = series("route", route="support/answer")
ANSWER_GPT = series("route_model", "azure", "support/answer", "gpt-4o")
RANK = series("route", route="search/rank")
RANK_MINI = series("route_model", "azure", "search/rank", "gpt-4o-mini")
ROUTES = {
    FLEET: ("support/answer", "search/rank", "legal/draft"),
    AZURE: ("support/answer", "search/rank"),
    GPT: ("support/answer", "search/rank"),
    ANSWER: ("support/answer",),
    ANSWER_GPT: ("support/answer",),
    RANK: ("search/rank",),
    RANK_MINI: ("search/rank",),
}


def signal(
    what: SignalName,
    where: Series,
    minute: int = 0,
    state: SignalState = "raised",
    **more: Any,
) -> Signal:
    """Return a signal `minute` minutes into the day, which began a quarter of an hour earlier."""
    found = DAY + minute
    values: dict[str, Any] = {
        "team": "support",
        "began": found - 15,
        "began_low": found - 20,
        "began_high": found - 10,
        "observed": 0.081,
        "reference": 0.027,
        "low": 0.072,
        "high": 0.091,
        "unit": "ratio",
        "n": 3412,
        "routes": ROUTES.get(where, ()),
        "share_of_traffic": 0.25,
        "monitor": "rate 1",
        "examples": (f"event-{what}",),
    }
    return Signal(signal=what, state=state, series=where, minute=found, **(values | more))


def say(mine: Alerter, alert_id: str, verb: Verb, minute: int, note: str = "") -> list[Alert]:
    """Let Ana say something of an alert, and the alerter hear it in the same minute of the day."""
    alert = mine.ledger.alert(alert_id)
    assert alert is not None
    now = at(DAY + minute)
    mine.ledger.save_word(word(alert, verb, "ana", now, note), alert, None)
    return mine.hear(now)
