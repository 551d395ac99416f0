"""Notifications arrive at least once, in order, and what was triggered is resolved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from detectors.monitors.base import Signal
from services.alerter.alert import at
from services.alerter.alerter import Alerter
from services.alerter.errors import AlerterError, Rejected, Retryable
from services.alerter.ledger import MemoryLedger
from services.alerter.outbox import wait
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rule, Rules
from tests.services.alerter.signals import ANSWER, AZURE, DAY, RANK, signal


class Phone:
    """A receiver that notes what it was told, and fails as often as it is told to."""

    def __init__(self, *failures: AlerterError) -> None:
        self.failures = list(failures)
        self.told: list[tuple[str, str]] = []
        self.ids: list[str] = []

    def notify(self, notification: Notification) -> None:
        self.ids.append(notification.id)
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((notification.kind, notification.alert.signal))


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
