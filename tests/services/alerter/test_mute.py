"""Mutes and maintenance windows: recorded with the reason, told to nobody, and told when they end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, Transition, at
from services.alerter.alerter import Alerter
from services.alerter.grouping import Grouping
from services.alerter.ledger import MemoryLedger
from services.alerter.mute import Mute, Mutes
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rules
from tests.services.alerter.signals import ANSWER, ANSWER_GPT, AZURE, DAY, RANK, signal


class Phone:
    """Notes what it is told, and when."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []
        self.minute = 0

    def notify(self, notification: Notification) -> None:
        self.told.append((self.minute, notification.kind))


def mute(since: int, until: int, reason: str = "we move", **selects: Any) -> Mute:
    """Return a mute between two minutes of the day."""
    return Mute(reason, at(DAY + since), at(DAY + until), **selects)


def told(mutes: Sequence[Mute], signals: Sequence[Signal], until: int) -> tuple[list[tuple[int, str]], Alert]:
    """Return what a phone was told in which minute, and the only alert."""
    phone, ledger = Phone(), MemoryLedger()
    mine = Alerter(ledger, Rules(receivers=("phone",), mutes=Mutes(mutes)), {"phone": phone})
    for minute in range(until + 1):
        phone.minute = minute
        mine.take([each for each in signals if each.minute == DAY + minute - 1], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    (alert,) = ledger.alerts()
    return phone.told, alert


OUTAGE = (signal("error", ANSWER, 5), signal("error", ANSWER, 40, "cleared"))


def test_muted() -> None:
    """An alert that comes and goes within a mute is recorded with the reason, and nobody hears of it."""
    heard, alert = told([mute(0, 120)], OUTAGE, 90)
    assert heard == []
    assert (alert.state, alert.muted, alert.muted_until) == ("resolved", "we move", at(DAY + 120))
    assert alert.fired_at is not None


def test_goes_on() -> None:
    """What still fires when the mute ends is told then, and so is its end."""
    heard, alert = told([mute(0, 20)], OUTAGE, 90)
    assert heard == [(20, "fire"), (51, "resolve")]
    assert (alert.muted, alert.muted_until) == ("", None)


def test_told_before() -> None:
    """Whoever was told before a mute begins is told of the end, though it comes within it."""
    heard, alert = told([mute(10, 120)], OUTAGE, 90)
    assert heard == [(7, "fire"), (51, "resolve")]
    assert alert.muted == "we move"


def test_two() -> None:
    """Of two mutes that overlap the alert is muted until the last one ends."""
    heard, _ = told([mute(0, 20), mute(15, 30, "the other one")], OUTAGE, 90)
    assert heard == [(30, "fire"), (51, "resolve")]


@pytest.mark.parametrize(
    ("selects", "where", "muted"),
    [
        ({}, ANSWER, True),
        ({"route": "support/*"}, ANSWER, True),
        ({"route": "support/*"}, RANK, False),
        ({"route": "support/*"}, AZURE, False),  # another route of the platform is down as well
        ({"route": "s*"}, AZURE, True),
        ({"platform": "azure"}, AZURE, True),
        ({"platform": "azure"}, ANSWER_GPT, True),
        ({"platform": "azure"}, ANSWER, False),
        ({"signal": "latency"}, ANSWER, False),
        ({"team": "support", "tenant": "acme"}, ANSWER, True),
        ({"team": "search"}, ANSWER, False),
        ({"level": "route"}, AZURE, False),
        ({"model": "gpt-*"}, ANSWER_GPT, True),
    ],
)
def test_selects(selects: dict[str, str], where: Any, muted: bool) -> None:
    """A mute is about what it selects, and about an alert of several routes only where all of them match."""
    rules = Rules(mutes=Mutes([mute(0, 60, **selects)]))
    (alert,) = Grouping(rules).take([signal("error", where, 5)], at(DAY + 10))
    assert bool(alert.muted) is muted


def test_any_cut() -> None:
    """A day of signals at once gives the alerts and records of its minutes one by one, mutes included."""
    rules = Rules(mutes=Mutes([mute(10, 20), mute(30, 45, signal="error")]))
    signals = [*OUTAGE, signal("latency", RANK, 12), signal("latency", RANK, 60, "cleared")]
    whole = Grouping(rules)
    found = {alert.id: alert for alert in whole.take(signals, at(DAY + 90))}
    grouping, transitions = Grouping(rules), list[Transition]()
    minutes: dict[str, Alert] = {}
    for minute in range(91):
        now = [each for each in signals if each.minute == DAY + minute - 1]
        minutes.update((alert.id, alert) for alert in grouping.take(now, at(DAY + minute)))
        transitions += grouping.transitions
    assert found == minutes
    assert whole.transitions == transitions
    muted = [bool(one.alert.muted) for one in transitions if one.alert.signal == "error"]
    assert muted == [False, False, True, False, True, False, False]


def test_restart() -> None:
    """A restart within a mute keeps it; one whose configuration has it no more lets it go."""
    rules = Rules(mutes=Mutes([mute(0, 120)]))
    first = Grouping(rules).take([signal("error", ANSWER, 5)], at(DAY + 10))
    (kept,) = Grouping(rules, first).open
    assert kept.muted
    assert Grouping(rules, first).take([], at(DAY + 20)) == []
    (free,) = Grouping(Rules(), first).take([], at(DAY + 20))
    assert free.loud
