"""A receiver that takes nothing is an alert at the others: once, however much waits, and over when it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from detectors.monitors.base import Signal
from services.alerter.alert import at
from services.alerter.alerter import Alerter
from services.alerter.errors import AlerterError, Rejected, Retryable
from services.alerter.failing import DELIVERY, PATIENCE, REMEMBERED, Failing, Trouble
from services.alerter.ledger import MemoryLedger
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rule, Rules
from stream.errors import LogUnavailable
from tests.services.alerter.signals import ANSWER, DAY, RANK, signal


class Phone:
    """A receiver that fails while it is broken, and notes what it is told."""

    def __init__(self, broken: AlerterError | None = None) -> None:
        self.broken = broken
        self.told: list[tuple[str, str]] = []

    def notify(self, notification: Notification) -> None:
        if self.broken:
            raise self.broken
        self.told.append((notification.kind, notification.alert.title))


class Night:
    """An alerter with its receivers, minute by minute as the lookout runs it."""

    def __init__(self, ledger: MemoryLedger | None = None, **phones: Phone) -> None:
        self.phones = {"console": Phone(), **phones}
        self.ledger = ledger or MemoryLedger()
        self.alerter = Alerter(self.ledger, Rules(receivers=tuple(phones)), self.phones)
        self.failing = Failing(self.alerter.grouping.open)
        self.found: list[Signal] = []

    def until(self, minute: int, *later: Signal, start: int = 0) -> datetime:
        """Run a stretch of minutes with signals found at its start."""
        waiting = list(later)
        for each in range(start, minute):
            now = at(DAY + each)
            self.alerter.take(waiting, now)
            self.alerter.deliver(now)
            troubles = self.alerter.outbox.troubles(now)
            waiting = []
            self.failing.tell(troubles, DAY + each - 1, now, waiting.extend)
            self.found += waiting
        return at(DAY + minute)

    def deliveries(self, name: str) -> list[str]:
        """Return what a phone heard of receivers."""
        return [kind for kind, title in self.phones[name].told if title.startswith("Notifications")]


def test_told_once() -> None:
    """The others hear of it after five minutes, once, though ever more waits; not the one that is away."""
    night = Night(pager=Phone(Retryable("no answer from pager")), chat=Phone())
    night.until(60, signal("error", ANSWER), signal("latency", RANK))
    assert night.deliveries("chat") == ["fire"]
    assert night.phones["chat"].told[-1] == ("fire", "Notifications do not reach pager")
    (open_,) = [one for one in night.alerter.grouping.open if one.signal == "delivery"]
    assert "pager: no answer from pager" in open_.note
    assert [one.state for one in night.found] == ["raised"]


def test_over() -> None:
    """When it takes them again, everybody hears what waited, and who was told hears that it is over."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone())
    night.until(20, signal("error", ANSWER))
    night.phones["pager"].broken = None
    night.until(80, start=20)
    assert [kind for kind, _ in night.phones["pager"].told] == ["fire"]
    assert night.deliveries("chat") == ["fire", "resolve"]
    assert night.deliveries("pager") == []
    assert [one.state for one in night.found] == ["raised", "cleared"]


def test_short() -> None:
    """A receiver that is away for a moment is nobody's business."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone())
    night.until(4, signal("error", ANSWER))
    night.phones["pager"].broken = None
    night.until(30, start=4)
    assert night.found == []


def test_refused() -> None:
    """A refusal is told at once: waiting does not help."""
    night = Night(pager=Phone(Rejected("wrong key")), chat=Phone())
    night.until(5, signal("error", ANSWER))
    assert night.deliveries("chat") == ["fire"]


def test_all_away() -> None:
    """Where every receiver is away it is on the terminal, once."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone(Retryable("away")))
    night.until(60, signal("error", ANSWER))
    assert night.deliveries("console") == ["fire"]
    assert [one.facts["receivers"] for one in night.found] == ["chat, pager"]


def test_second_one() -> None:
    """A second one that fails changes what the alert says and tells nobody anew."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone(), mail=Phone())
    night.until(20, signal("error", ANSWER))
    night.phones["chat"].broken = Retryable("away too")
    night.until(40, signal("latency", RANK, 20), start=20)
    assert night.deliveries("mail") == ["fire"]
    (open_,) = [one for one in night.alerter.grouping.open if one.signal == "delivery"]
    assert open_.title == "Notifications do not reach chat, pager"


def test_restart() -> None:
    """A new process knows of the alert, and tells nobody a second time."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone())
    night.until(20, signal("error", ANSWER))
    again = Night(night.ledger, pager=Phone(Retryable("away")), chat=Phone())
    again.until(40, start=20)
    assert again.found == []
    assert again.phones["chat"].told == []


def test_corrected() -> None:
    """What was refused is sent by the next process, whose configuration is right, and then all is well."""
    night = Night(pager=Phone(Rejected("wrong key")), chat=Phone())
    night.until(20, signal("error", ANSWER))
    again = Night(night.ledger, pager=Phone(), chat=Phone())
    again.until(60, start=20)
    assert [kind for kind, _ in again.phones["pager"].told] == ["fire"]
    assert again.deliveries("chat") == ["resolve"]


def test_ended_by_hand() -> None:
    """Whoever ended the alert knows of it: it comes again only after the receiver was well."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone())
    night.until(20, signal("error", ANSWER))
    (open_,) = [one for one in night.alerter.grouping.open if one.signal == "delivery"]
    night.alerter.grouping.put(replace(open_, state="resolved"))
    night.until(40, start=20)
    night.phones["pager"].broken = None
    night.until(60, start=40)
    night.phones["pager"].broken = Retryable("away again")
    night.until(90, signal("latency", RANK, 60), start=60)
    assert [one.state for one in night.found] == ["raised", "cleared", "raised"]
    assert night.deliveries("chat") == ["fire", "fire"]


def test_switched_off() -> None:
    """A rule that wants no such alert gets none, and the finding is not repeated for ever."""
    night = Night(pager=Phone(Retryable("away")), chat=Phone())
    night.alerter.grouping.rules = Rules(
        [Rule("quiet", DELIVERY, severity="off")], receivers=("pager", "chat")
    )
    night.until(60, signal("error", ANSWER))
    assert night.deliveries("chat") == []
    assert len(night.found) == 1


def test_not_published() -> None:
    """What could not be published is said at the next call; a minute has one finding."""
    failing = Failing([])
    now = at(DAY + 30)
    found: list[Signal] = []

    def away(_: Sequence[Signal]) -> None:
        raise LogUnavailable("away")

    with pytest.raises(LogUnavailable):
        failing.tell([Trouble("a", at(DAY), "why")], DAY, now, away)
    failing.tell([Trouble("a", at(DAY), "why")], DAY, now, found.extend)
    failing.tell([Trouble("b", at(DAY), "why")], DAY, now, found.extend)
    failing.tell([Trouble("b", at(DAY), "why")], DAY + 1, now, found.extend)
    assert [one.facts["receivers"] for one in found] == ["a", "b"]


def test_refusal_forgotten() -> None:
    """A refusal that nothing followed is not said for ever."""
    night = Night(pager=Phone(Rejected("wrong key")), chat=Phone())
    night.until(5, signal("error", ANSWER))
    later = at(DAY + 5) + REMEMBERED
    assert night.alerter.outbox.troubles(later) == []


@pytest.mark.parametrize(("minutes", "found"), [(4, 0), (5, 1)])
def test_patience(minutes: int, found: int) -> None:
    """A heartbeat that stays out for a moment is no trouble yet."""
    now = at(DAY + 30)
    trouble = Trouble("switch", now - timedelta(minutes=minutes), "away")
    said: list[Signal] = []
    Failing([]).tell([trouble], DAY + 29, now, said.extend)
    assert len(said) == found
    assert timedelta(minutes=5) == PATIENCE
