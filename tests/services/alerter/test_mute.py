"""Mutes and maintenance windows: recorded with the reason, told to nobody, and told when they end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, Transition, at
from services.alerter.alerter import Alerter
from services.alerter.errors import Retryable
from services.alerter.grouping import Grouping
from services.alerter.ledger import MemoryLedger
from services.alerter.mute import Mute, Mutes
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rules
from tests.services.alerter.signals import ANSWER, ANSWER_GPT, AZURE, DAY, RANK, ROUTES, say, signal


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
        ({"team": "support"}, AZURE, False),  # another team is hit as well
        ({"team": "se*"}, RANK, True),
        ({"level": "route"}, AZURE, False),
        ({"model": "gpt-*"}, ANSWER_GPT, True),
    ],
)
def test_selects(selects: dict[str, str], where: Any, muted: bool) -> None:
    """A mute is about what it selects, and about an alert of several routes only where all of them match."""
    rules = Rules(mutes=Mutes([mute(0, 60, **selects)]))
    teams = [route.split("/")[0] for route in ROUTES[where]]
    (alert,) = Grouping(rules).take([signal("error", where, 5, teams=teams, team=teams[0])], at(DAY + 10))
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


def test_restart_with_mute() -> None:
    """A mute that a restart brings holds what fires already, also where it began before that was found."""
    first = Grouping(Rules()).take([signal("error", ANSWER, 5)], at(DAY + 10))
    for since in (0, 7):
        (muted,) = Grouping(Rules(mutes=Mutes([mute(since, 120)])), first).take([], at(DAY + 20))
        assert muted.muted == "we move"
    assert Grouping(Rules(mutes=Mutes([mute(0, 15)])), first).take([], at(DAY + 20)) == []


class Away(Phone):
    """Does not answer at first."""

    def __init__(self) -> None:
        super().__init__()
        self.there = False

    def notify(self, notification: Notification) -> None:
        if not self.there:
            raise Retryable("away")
        super().notify(notification)


def held(mutes: Sequence[Mute], over_at: int, ledger: MemoryLedger, *, restart: bool = False) -> Phone:
    """Return a phone that is away when an alert fires, and back when a mute has begun."""
    phone = Away()
    mine = Alerter(ledger, Rules(receivers=("phone",), mutes=Mutes(mutes)), {"phone": phone})
    signals = [signal("error", ANSWER, 5), signal("error", ANSWER, over_at, "cleared")]
    for minute in range(121):
        phone.minute, phone.there = minute, minute >= 20
        mine.take([each for each in signals if each.minute == DAY + minute - 1], at(DAY + minute))
        if restart and minute == 30:
            mine = Alerter(ledger, mine.rules, {"phone": phone})
            mine.take([], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    return phone


@pytest.mark.parametrize("restart", [False, True])
def test_waits(restart: bool) -> None:
    """What could not be delivered before a mute waits for its end, over a restart too."""
    ledger = MemoryLedger()
    phone = held([mute(15, 60)], 80, ledger, restart=restart)
    assert phone.told == [(60, "fire"), (91, "resolve")]


def test_over_while_held() -> None:
    """Nobody hears of an alert that waited for a mute's end and was over before."""
    ledger = MemoryLedger()
    phone = held([mute(6, 100)], 30, ledger)
    assert phone.told == []
    ledger = MemoryLedger()
    phone = held([mute(15, 100)], 30, ledger)  # tried, and perhaps the answer got lost
    assert phone.told == [(41, "resolve")]
    assert Alerter(ledger, Rules(), {}).outbox.troubles(at(DAY + 41)) == []


def test_revived() -> None:
    """What a receiver refused is sent again after a restart, but not within a mute."""
    ledger = MemoryLedger()
    phone = Phone()
    rules = Rules(receivers=("phone",), mutes=Mutes([mute(15, 60)]))
    mine = Alerter(ledger, rules, {})  # the name is not configured yet
    mine.take([signal("error", ANSWER, 5)], at(DAY + 10))
    mine.deliver(at(DAY + 10))
    again = Alerter(ledger, rules, {"phone": phone})
    for minute in (20, 59, 60):
        phone.minute = minute
        again.take([], at(DAY + minute))
        again.deliver(at(DAY + minute))
    assert phone.told == [(60, "fire")]


def maintenance(since: int, ends: int, **more: Any) -> Change:
    """Return declared maintenance between two minutes of the day."""
    named: dict[str, Any] = {"tenant": "acme", "until": at(DAY + ends)} | more
    return Change(at(DAY + since), "maintenance", **named)


def maintained(
    change: Change, signals: Sequence[Signal], until: int, declared_at: int = 0
) -> tuple[Phone, Alert]:
    """Return what a phone was told where maintenance is declared in a minute, and the first alert."""
    phone, ledger = Phone(), MemoryLedger()
    mine = Alerter(ledger, Rules(receivers=("phone",)), {"phone": phone})
    for minute in range(until + 1):
        if minute == declared_at:
            ledger.changed.append(change)
        phone.minute = minute
        mine.take([each for each in signals if each.minute == DAY + minute - 1], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    return phone, ledger.alerts()[0]


def test_maintenance() -> None:
    """Declared maintenance holds the alerts of its scope as a mute does, and says who declared it and why."""
    change = maintenance(0, 60, route="support/answer", note="new index", by="ana")
    phone, alert = maintained(change, OUTAGE[:1], 70)
    assert phone.told == [(60, "fire")]
    phone, alert = maintained(change, OUTAGE, 55)
    assert phone.told == []
    assert (alert.muted, alert.muted_until) == ("maintenance: new index, says ana", at(DAY + 60))


@pytest.mark.parametrize(
    ("more", "muted"),
    [
        ({}, True),
        ({"route": "support/answer"}, True),
        ({"route": "support/*"}, False),  # a name, no glob
        ({"platform": "azure"}, False),
        ({"tenant": "other"}, False),
        ({"until": at(DAY + 7)}, False),
    ],
)
def test_scope(more: dict[str, Any], muted: bool) -> None:
    """Maintenance is about what it names, of its own tenant, and has an end."""
    _, alert = maintained(maintenance(0, 60, **more), OUTAGE, 30)
    assert bool(alert.muted) is muted


def test_declared_late() -> None:
    """Maintenance declared when the alert fires already holds it from then on, over words and restarts."""
    change = maintenance(3, 100)
    phone, alert = maintained(change, OUTAGE[:1], 30, declared_at=20)
    assert [kind for _, kind in phone.told] == ["fire"]
    assert alert.muted == "maintenance"
    ledger = MemoryLedger(changed=[change])
    first = Alerter(ledger, Rules(receivers=("phone",)), {})
    (alert,) = first.take([signal("error", ANSWER, 5)], at(DAY + 10))
    again = Alerter(ledger, Rules(receivers=("phone",)), {"phone": phone})
    (alert,) = say(again, alert.id, "ack", 11)
    assert (alert.muted, alert.acknowledged_by) == ("maintenance", "ana")
    assert again.outbox.waiting == []
