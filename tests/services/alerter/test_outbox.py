"""Notifications arrive at least once, in order, and what was triggered is resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, at
from services.alerter.alerter import Alerter
from services.alerter.errors import AlerterError, Dropped, Rejected, Retryable
from services.alerter.ledger import MemoryLedger
from services.alerter.outbox import wait
from services.alerter.receivers.base import Notification, Said
from services.alerter.rules import Rule, Rules
from tests.services.alerter.signals import (
    ANSWER,
    AZURE,
    DAY,
    RANK,
    series,
    signal,
)


class Phone:
    """A receiver that notes what it was told, and fails as often as it is told to.

    Attributes
    ----------
    fails_at : the kind that fails; "" is any
    says : what it answers
    defect : it is badly written
    """

    def __init__(self, *failures: AlerterError) -> None:
        self.failures = list(failures)
        self.fails_at = ""
        self.says: Said | None = None
        self.defect = False
        self.told: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def notify(self, notification: Notification) -> Said | None:
        self.ids.append(notification.id)
        self.references.append(notification.reference)
        if self.defect:
            raise ZeroDivisionError
        if self.failures and self.fails_at in {"", notification.kind}:
            raise self.failures.pop(0)
        self.told.append((notification.kind, notification.alert.signal))
        return self.says


class Forgetful(Phone):
    """A phone that has to be told again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False
        self.renewed: list[set[str]] = []

    def renew(self, alerts: Sequence[Alert]) -> None:
        if self.broken:
            raise Retryable("away")
        self.renewed.append({alert.signal for alert in alerts})


class Watch:
    """An alerter with one phone, run minute by minute."""

    def __init__(self, phone: Phone, ledger: MemoryLedger | None = None, rules: Rules | None = None) -> None:
        self.phone = phone
        self.ledger = ledger or MemoryLedger()
        self.alerter = Alerter(self.ledger, rules or Rules(receivers=("phone",)), {"phone": phone})

    def run(self, minute: int, *signals: Signal, notify: bool = True) -> datetime:
        now = at(DAY + minute)
        self.alerter.take(signals, now, notify=notify)
        self.alerter.deliver(now)
        return now


def test_whole_life() -> None:
    """An alert is told when it fires and when it is over, once each."""
    watch = Watch(Phone())
    watch.run(1, signal("error", ANSWER))
    assert watch.phone.told == []
    watch.run(2)
    watch.run(3)
    watch.run(21, signal("error", ANSWER, 20, "cleared"))
    watch.run(40)
    assert watch.phone.told == [("fire", "error"), ("resolve", "error")]


def test_grows() -> None:
    """An alert that takes in more routes is told again, once for each size."""
    watch = Watch(Phone())
    watch.run(5, signal("error", ANSWER))
    watch.run(20, signal("error", AZURE, 18))
    watch.run(30, signal("error", RANK, 28))
    assert watch.phone.told == [("fire", "error"), ("renotify", "error")]


def test_quiet_replay() -> None:
    """Replayed minutes record and stay quiet, their end too."""
    watch = Watch(Phone())
    watch.run(30, signal("error", ANSWER), notify=False)
    watch.run(60, signal("error", ANSWER, 40, "cleared"), notify=False)
    assert watch.phone.told == []
    assert [alert.state for alert in watch.ledger.alerts()] == ["resolved"]


def test_quiet_end() -> None:
    """Who was told of an alert is told of its end, also where that is found only long afterwards."""
    watch = Watch(Phone())
    watch.run(5, signal("error", ANSWER))
    watch.run(60, signal("error", ANSWER, 40, "cleared"), signal("latency", RANK, 42), notify=False)
    assert watch.phone.told == [("fire", "error"), ("resolve", "error")]


def test_retries() -> None:
    """A receiver that is away gets the same notification later, under the same id."""
    watch = Watch(Phone(Retryable("away"), Retryable("still away")))
    now = watch.run(5, signal("error", ANSWER))
    watch.alerter.deliver(now + timedelta(seconds=4))
    assert len(watch.phone.ids) == 1
    watch.alerter.deliver(now + timedelta(seconds=5))
    watch.alerter.deliver(now + timedelta(seconds=15))
    assert watch.phone.told == [("fire", "error")]
    assert len(watch.phone.ids) == 3
    assert len(set(watch.phone.ids)) == 1


def test_away_is_asked_once() -> None:
    """A receiver that is away is asked once a round, however much waits for it."""
    watch = Watch(Phone(*(Retryable("away") for _ in range(9))), rules=Rules(receivers=("phone",)))
    watch.run(5, signal("error", ANSWER), signal("latency", RANK), signal("refusal", ANSWER))
    assert len(watch.phone.ids) == 1
    assert len(watch.alerter.outbox.waiting) == 3


def test_order() -> None:
    """The end of an alert waits behind its beginning."""
    watch = Watch(Phone(Retryable("away", after_s=1500)))
    watch.run(5, signal("error", ANSWER))
    watch.run(25, signal("error", ANSWER, 10, "cleared"))
    assert watch.phone.told == []
    watch.run(40)
    assert watch.phone.told == [("fire", "error"), ("resolve", "error")]


def test_rejected() -> None:
    """What a receiver will never take is not tried again, and its end is not told either."""
    watch = Watch(Phone(Rejected("no such key")))
    watch.run(5, signal("error", ANSWER))
    watch.run(60, signal("error", ANSWER, 10, "cleared"))
    assert len(watch.phone.ids) == 1
    (delivery,) = watch.ledger.deliveries()
    assert (delivery.state, delivery.message) == ("failed", "no such key")


def test_gives_up() -> None:
    """After a day without an answer the notification is given up, and says so."""
    watch = Watch(Phone(*(Retryable("away") for _ in range(400))))
    watch.run(5, signal("error", ANSWER))
    for minute in range(6, 1500, 5):
        watch.run(minute)
    (delivery,) = watch.ledger.deliveries()
    assert delivery.state == "failed"
    assert "given up" in delivery.message


def test_restart() -> None:
    """A new process sends what the old one could not, and does not tell twice what arrived."""
    first = Watch(Phone(Retryable("away")))
    first.run(5, signal("error", ANSWER))
    second = Watch(Phone(), first.ledger)
    second.run(6, signal("error", ANSWER))
    assert second.phone.told == [("fire", "error")]
    third = Watch(Phone(), first.ledger)
    third.run(30, signal("error", ANSWER), signal("error", ANSWER, 10, "cleared"))
    assert third.phone.told == [("resolve", "error")]


def test_crash_between() -> None:
    """A crash after the outbox and before the alert's own record makes the same notification, not another."""
    first = Watch(Phone(Retryable("away")))
    first.run(5, signal("error", ANSWER))
    first.ledger.known.clear()
    second = Watch(Phone(), first.ledger)
    second.run(6, signal("error", ANSWER))
    assert second.phone.ids == first.phone.ids


class Dying(Phone):
    """A receiver whose sender dies as soon as it has taken something."""

    def notify(self, notification: Notification) -> None:
        super().notify(notification)
        raise SystemExit


def test_killed_after_sending() -> None:
    """Killed when the receiver has it and nobody has noted so, the same is sent again under the same id."""
    first = Watch(Dying())
    with pytest.raises(SystemExit):
        first.run(5, signal("error", ANSWER))
    second = Watch(Phone(), first.ledger)
    second.run(6, signal("error", ANSWER))
    assert second.phone.ids == first.phone.ids
    second.run(30, signal("error", ANSWER, 10, "cleared"))
    assert second.phone.told == [("fire", "error"), ("resolve", "error")]


def test_grows_slowly() -> None:
    """One route more of many is no news; twice as many are."""
    watch = Watch(Phone())
    names = [f"support/{number}" for number in range(10)]
    for number, route in enumerate(names):
        where = series("route_model", "azure", route, "gpt-4o")
        began: dict[str, Any] = {"began": DAY, "began_low": DAY - 5, "began_high": DAY + 5}
        watch.run(5 + 2 * number, signal("error", where, 4 + 2 * number, routes=(route,), **began))
    watch.run(60)
    assert watch.phone.told == [("fire", "error"), *[("renotify", "error")] * 2]  # 2, then 4 and 8 routes


def test_unknown_receiver() -> None:
    """A receiver that nobody configured is a failed delivery with the remedy, not a crash."""
    watch = Watch(Phone(), rules=Rules(receivers=("pager",)))
    watch.run(5, signal("error", ANSWER))
    (delivery,) = watch.ledger.deliveries()
    assert delivery.state == "failed"
    assert "receivers" in delivery.message


def test_information() -> None:
    """Information goes only where a rule sends it by name."""
    quiet = Watch(Phone())
    quiet.run(5, signal("prompt_drift", ANSWER))
    chosen = Watch(Phone(), rules=Rules([Rule("drift", "prompt_drift", receivers=("phone",))]))
    chosen.run(5, signal("prompt_drift", ANSWER))
    assert quiet.phone.told == []
    assert chosen.phone.told == [("fire", "prompt_drift")]


@pytest.mark.parametrize(
    ("attempts", "asked_s", "seconds"),
    [(1, None, 5), (2, None, 10), (5, None, 80), (50, None, 600), (1, 120.0, 120), (1, 1e9, 3600)],
)
def test_wait(attempts: int, asked_s: float | None, seconds: float) -> None:
    """Waits double up to ten minutes; a receiver may ask for more, up to an hour."""
    assert wait(attempts, asked_s) == timedelta(seconds=seconds)


def test_slow_down() -> None:
    """A receiver that asks to be left alone gets nothing until then, whatever comes meanwhile."""
    watch = Watch(Phone(Retryable("slow down", after_s=600)))
    now = watch.run(5, signal("error", ANSWER))
    watch.run(9, signal("latency", RANK, 7))
    assert len(watch.phone.ids) == 1
    watch.alerter.deliver(now + timedelta(seconds=600))
    assert watch.phone.told == [("fire", "error"), ("fire", "latency")]


def test_end_is_not_given_up() -> None:
    """That an alert is over is tried for weeks: an incident that nobody ends stays open for ever."""
    watch = Watch(Phone())
    watch.run(5, signal("error", ANSWER))
    watch.phone.failures = [Retryable("away")] * 1000
    watch.run(60, signal("error", ANSWER, 10, "cleared"))
    for minute in range(61, 3 * 1440, 30):
        watch.run(minute)
    watch.phone.failures = []
    watch.run(3 * 1440 + 30)
    assert watch.phone.told == [("fire", "error"), ("resolve", "error")]


def test_acknowledged() -> None:
    """That somebody works on it is told once, to whoever was told of it."""
    watch = Watch(Phone())
    now = watch.run(5, signal("error", ANSWER))
    (alert,) = watch.alerter.grouping.open
    taken = replace(alert, state="acknowledged", acknowledged_by="anna")
    watch.alerter.outbox.announce({alert.id: alert}, [taken], now)
    watch.alerter.outbox.announce({alert.id: alert}, [taken], now)
    watch.alerter.deliver(now)
    assert watch.phone.told == [("fire", "error"), ("acknowledge", "error")]


def test_acknowledged_before() -> None:
    """What was taken on before anybody was told is told with it; a mute in between changes nothing."""
    watch = Watch(Phone())
    now = watch.run(5, signal("error", ANSWER))
    (alert,) = watch.alerter.grouping.open
    muted = replace(alert, state="acknowledged", acknowledged_by="anna", acknowledged_at=now, muted="move")
    watch.alerter.outbox.announce({alert.id: alert}, [muted], now)
    watch.alerter.deliver(now)
    assert watch.phone.told == [("fire", "error"), ("acknowledge", "error")]
    other = Watch(Phone())
    other.alerter.outbox.announce({}, [replace(muted, muted="")], now)
    other.alerter.deliver(now)
    assert other.phone.told == [("fire", "error"), ("acknowledge", "error")]


def test_reminded() -> None:
    """What nobody takes on is told again after a while, counted from when it was told last."""
    watch = Watch(Phone(), rules=Rules(receivers=("phone",), renotify={"page": timedelta(hours=4)}))
    watch.run(5, signal("error", ANSWER))
    (alert,) = watch.alerter.grouping.open
    watch.alerter.outbox.announce({}, [replace(alert, receivers=("phone", "late"))], at(DAY + 239))
    for minute in range(230, 260):
        watch.run(minute)
    assert watch.phone.told == [("fire", "error"), ("renotify", "error")]
    late = [one for one in watch.ledger.deliveries() if one.receiver == "late"]
    assert [one.kind for one in late] == ["fire"]


def test_perhaps_told() -> None:
    """A page whose answers all got lost was perhaps told: it is resolved all the same."""
    watch = Watch(Phone(*[Retryable("no answer")] * 400))
    watch.run(5, signal("error", ANSWER))
    for minute in range(6, 3 * 1440, 10):
        watch.run(minute)
    (given_up,) = watch.ledger.deliveries()
    assert given_up.state == "failed"
    watch.phone.failures = []
    watch.run(3 * 1440, signal("error", ANSWER, 3 * 1440 - 20, "cleared"))
    assert watch.phone.told == [("resolve", "error")]


def test_unexplained() -> None:
    """An alert that cannot be explained, or whose examples cannot be read, is told without."""

    def broken(*_: object) -> Any:
        raise KeyError("no such thing")

    phone = Phone()
    alerter = Alerter(
        MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone}, explain=broken, examples=broken
    )
    alerter.take([signal("error", ANSWER)], at(DAY + 5))
    alerter.deliver(at(DAY + 5))
    assert phone.told == [("fire", "error")]


def test_change() -> None:
    """What was changed before is told once beside the alerts it came before, and never holds one up."""
    ledger = MemoryLedger(changed=[Change(at=at(DAY - 30), kind="deploy", to="v2", tenant="acme")])
    watch = Watch(Phone(), ledger)
    watch.run(5, signal("error", ANSWER), signal("latency", RANK))
    assert Counter(watch.phone.told) == Counter(
        [("fire", "error"), ("fire", "latency"), ("change", watch.phone.told[-1][1])]
    )
    stuck = Watch(Phone(), MemoryLedger(changed=ledger.changed))
    stuck.phone.failures = [Retryable("no changes today")]
    stuck.phone.fails_at = "change"
    stuck.run(5, signal("error", ANSWER))
    stuck.run(60, signal("error", ANSWER, 10, "cleared"))
    assert [kind for kind, _ in stuck.phone.told if kind != "change"] == ["fire", "resolve"]


def test_dropped() -> None:
    """What a receiver has no word for is recorded as dropped and not tried again."""
    watch = Watch(Phone(Dropped("no word for it")))
    watch.run(5, signal("error", ANSWER))
    watch.run(60)
    (delivery,) = watch.ledger.deliveries()
    assert (delivery.state, delivery.message, delivery.attempts) == ("dropped", "no word for it", 1)
    assert watch.alerter.outbox.troubles(at(DAY + 60)) == []


def test_reference() -> None:
    """What a receiver called its message comes back with everything later, over a restart too."""
    watch = Watch(Phone())
    watch.phone.says = Said("posted", "C1:1.2")
    watch.run(5, signal("error", ANSWER))
    again = Watch(Phone(), watch.ledger)
    again.run(60, signal("error", ANSWER, 10, "cleared"))
    assert watch.phone.references == [""]
    assert again.phone.references == ["C1:1.2"]


def test_renewed() -> None:
    """A receiver that forgets is told again each minute of what fires, and not of what is over."""
    watch = Watch(Forgetful())
    for minute in range(5, 30):
        watch.run(minute, *([signal("error", ANSWER), signal("latency", RANK)] if minute == 5 else []))
    assert isinstance(watch.phone, Forgetful)
    assert watch.phone.renewed[-1] == {"error", "latency"}
    assert 20 <= len(watch.phone.renewed) <= 25
    watch.run(60, signal("error", ANSWER, 40, "cleared"))
    watch.run(62)
    assert watch.phone.renewed[-1] == {"latency"}
    again = Watch(Forgetful(), watch.ledger)
    again.run(63)
    assert isinstance(again.phone, Forgetful)
    assert again.phone.renewed == [{"latency"}]


def test_not_renewed() -> None:
    """A renewal that fails is trouble until one arrives."""
    watch = Watch(Forgetful())
    watch.run(5, signal("error", ANSWER))
    assert isinstance(watch.phone, Forgetful)
    watch.phone.broken = True
    watch.run(7)
    now = watch.run(9)
    (trouble,) = watch.alerter.outbox.troubles(now)
    assert (trouble.receiver, trouble.since, trouble.why) == ("phone", at(DAY + 7), "away")
    watch.phone.broken = False
    assert watch.alerter.outbox.troubles(watch.run(11)) == []


def test_defect() -> None:
    """A defect in one receiver neither stops the others nor loses what it should have had."""
    watch = Watch(Phone(), rules=Rules(receivers=("phone", "broken")))
    broken = Phone()
    watch.alerter.outbox.receivers = {"phone": watch.phone, "broken": broken}
    broken.defect = True
    now = watch.run(5, signal("error", ANSWER))
    assert watch.phone.told == [("fire", "error")]
    (waiting,) = watch.alerter.outbox.waiting
    assert "a defect of fmwatch: ZeroDivisionError" in waiting.message
    broken.defect = False
    watch.alerter.deliver(now + timedelta(seconds=5))
    assert broken.told == [("fire", "error")]
