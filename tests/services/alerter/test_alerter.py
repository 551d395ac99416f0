"""What people and the advisor do to alerts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fmwatch.event import Change

from detectors.monitors.base import Series
from services.alerter.alert import at
from services.alerter.alerter import Alerter
from services.alerter.ledger import MemoryLedger
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rules
from services.alerter.word import Verb, word
from tests.services.alerter.signals import ANSWER, ANSWER_GPT, AZURE, DAY, GPT, say, signal


class Phone:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def notify(self, notification: Notification) -> None:
        self.told.append((notification.kind, notification.alert.signal))


def alerter(*changes: Change) -> Alerter:
    """Return an alerter without receivers."""
    return Alerter(MemoryLedger(changed=list(changes)), Rules(), {})


def test_acknowledge() -> None:
    """An acknowledged alert names who works on it and since when, and stays so over a restart."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    say(mine, alert.id, "ack", 6, "on it")
    (found,) = Alerter(mine.ledger, Rules(), {}).grouping.open
    assert (found.state, found.acknowledged_by, found.acknowledged_at) == ("acknowledged", "ana", at(DAY + 6))
    assert found.note.endswith("Acknowledged by ana: on it.")


def test_acknowledge_early() -> None:
    """Who works on an alert before it fires is not told of it as news: it fires acknowledged."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 1))
    assert alert.state == "pending"
    say(mine, alert.id, "ack", 1)
    (found,) = mine.take([], at(DAY + 5))
    assert (found.state, found.fired_at) == ("acknowledged", at(DAY + 2))


def test_words_stay() -> None:
    """What a person said stays in the note when the monitor has news."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    say(mine, alert.id, "ack", 6, "on it")
    (found,) = mine.take([signal("error", ANSWER, 9, note="Mostly timeouts.")], at(DAY + 10))
    assert found.note == "Mostly timeouts. Acknowledged by ana: on it."


def test_acknowledged_again() -> None:
    """Who says the same twice tells nobody twice; a note more is kept, and another person takes over."""
    phone = Phone()
    mine = Alerter(MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone})
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    say(mine, alert.id, "ack", 6, "on it")
    assert say(mine, alert.id, "ack", 7, "on it") == []
    (found,) = say(mine, alert.id, "ack", 8, "it is the quota")
    mine.deliver(at(DAY + 9))
    assert (found.acknowledged_at, found.note.count("on it")) == (at(DAY + 6), 1)
    assert found.note.endswith("Acknowledged by ana: it is the quota.")
    assert [kind for kind, _ in phone.told] == ["fire", "acknowledge"]
    taken = word(alert, "ack", "bo", at(DAY + 10))
    mine.ledger.save_word(taken, alert, None)
    mine.hear(at(DAY + 10))
    mine.deliver(at(DAY + 10))
    assert [kind for kind, _ in phone.told] == ["fire", "acknowledge", "acknowledge"]


@pytest.mark.parametrize("verb", ["resolve", "expected", "false"])
def test_ended(verb: Verb) -> None:
    """An alert that a person ended is over, says by whom and as what, although its series never cleared."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    (over,) = say(mine, alert.id, verb, 6)
    assert (over.state, over.resolved_at, over.ended_by) == ("resolved", at(DAY + 6), "ana")
    assert over.outcome == ("resolved" if verb == "resolve" else verb)
    assert mine.take([], at(DAY + 60)) == []


def test_afterwards() -> None:
    """That an alert was false can be said when it is over: it counts, and ended when it ended."""
    mine = alerter()
    (over,) = mine.take([signal("error", ANSWER), signal("error", ANSWER, 10, "cleared")], at(DAY + 60))
    (found,) = say(mine, over.id, "false", 600)
    assert (found.outcome, found.resolved_at) == ("false", over.resolved_at)


def test_heard_twice() -> None:
    """A crash before it is noted that a word was heard changes nothing: it is heard again."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    say(mine, alert.id, "false", 6)
    ledger = mine.ledger
    assert isinstance(ledger, MemoryLedger)
    ((one, heard_at),) = ledger.said.values()
    assert heard_at == at(DAY + 6)
    ledger.said[one.id] = (one, None)
    assert Alerter(ledger, Rules(), {}).hear(at(DAY + 9)) == []
    assert ledger.words() == []


def test_holds_after_raised() -> None:
    """What is said holds only from when the monitors have raised the signal, wherever they stand."""
    mine = alerter()
    (alert,) = mine.take([signal("error", ANSWER, 30)], at(DAY + 35))
    say(mine, alert.id, "expected", 3)
    ledger = mine.ledger
    assert isinstance(ledger, MemoryLedger)
    ((_, heard_at),) = ledger.said.values()
    assert heard_at == at(DAY + 31)


def test_told_of_words() -> None:
    """Whoever was told of an alert is told that somebody works on it, and that it is over; once each."""
    phone = Phone()
    mine = Alerter(MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone})
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    say(mine, alert.id, "ack", 6)
    say(mine, alert.id, "resolve", 9)
    mine.deliver(at(DAY + 9))
    assert [kind for kind, _ in phone.told] == ["fire", "acknowledge", "resolve"]


def test_recorded_only() -> None:
    """Who was never told of an alert, as in a replay, is not told that somebody works on it."""
    phone = Phone()
    mine = Alerter(MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone})
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5), notify=False)
    say(mine, alert.id, "ack", 6)
    say(mine, alert.id, "resolve", 9)
    mine.deliver(at(DAY + 9))
    assert phone.told == []


def test_effects_end() -> None:
    """What an alert had brought about is over with it when a person ends it, and does not page instead."""
    phone = Phone()
    mine = Alerter(MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone})
    mine.take([signal("error", AZURE), signal("latency", ANSWER_GPT, 1)], at(DAY + 5))
    error = next(alert for alert in mine.grouping.open if alert.signal == "error")
    say(mine, error.id, "resolve", 6)
    mine.take([], at(DAY + 30))
    mine.deliver(at(DAY + 30))
    assert mine.grouping.open == []
    assert phone.told == [("fire", "error"), ("resolve", "error")]


def test_told_again() -> None:
    """A page that nobody acknowledges is told again as configured, and no more once somebody has."""
    phone, hours = Phone(), timedelta(hours=4)
    rules = Rules(receivers=("phone",), renotify={"page": hours})
    mine = Alerter(MemoryLedger(), rules, {"phone": phone})
    for minute in range(1, 10 * 60):
        mine.take([signal("error", ANSWER)], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    assert phone.told == [("fire", "error"), ("renotify", "error"), ("renotify", "error")]
    (alert,) = mine.grouping.open
    say(mine, alert.id, "ack", 600)
    for minute in range(600, 1500):
        mine.take([], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    assert phone.told[3:] == [("acknowledge", "error")]


def test_told_again_late() -> None:
    """What was to be told again while nothing ran is told once, not as often as it was missed."""
    phone = Phone()
    rules = Rules(receivers=("phone",), renotify={"page": timedelta(hours=1)})
    ledger = MemoryLedger()
    for minute in (5, 725, 726):
        mine = Alerter(ledger, rules, {"phone": phone})
        mine.take([signal("error", ANSWER), signal("refusal", ANSWER, 1)], at(DAY + minute))
        mine.deliver(at(DAY + minute))
    assert phone.told.count(("renotify", "error")) == 1
    assert ("renotify", "refusal") not in phone.told


def test_change_found() -> None:
    """Declared changes are read around the signals that came."""
    change = Change(at(DAY - 40), "prompt", "acme", route="support/answer", from_="v13", to="v14", by="ana")
    (alert,) = alerter(change).take([signal("error", ANSWER)], at(DAY + 5))
    assert alert.nearest_change is not None
    assert (alert.nearest_change.from_, alert.nearest_change.to) == ("v13", "v14")


def test_advice() -> None:
    """A recommendation for the alert's model on one of its routes is attached, once."""
    mine = alerter()
    mine.take([signal("lifecycle", GPT, observed=20.0, unit="days")], at(DAY + 5))
    advice = {("acme", "search/rank", "azure", "gpt-4o"): "r1"}
    (alert,) = mine.advise(advice, at(DAY + 6))
    assert alert.recommendation_id == "r1"
    assert mine.advise(advice, at(DAY + 7)) == []


def test_advice_of_the_route() -> None:
    """An alert of a swapped model, which names only a route, has the only advice of that route."""
    mine = alerter()
    place = Series("route", "acme", route="support/answer")
    mine.take([signal("model_changed", place), signal("error", place)], at(DAY + 5))
    one = {
        ("acme", "support/answer", "azure", "gpt-4o"): "r1",
        ("b", "support/answer", "azure", "gpt-4o"): "r2",
    }
    two = {**one, ("acme", "support/answer", "openai", "gpt-4o"): "r3"}
    assert mine.advise(two, at(DAY + 6)) == []
    (alert,) = mine.advise(one, at(DAY + 6))
    assert (alert.signal, alert.recommendation_id) == ("model_changed", "r1")
