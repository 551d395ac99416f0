"""What else is found of an alert's signal reaches who knows of the alert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detectors.monitors.base import Series
from services.alerter.alert import at
from services.alerter.alerter import Alerter
from services.alerter.ledger import MemoryLedger
from services.alerter.rules import Rules
from tests.services.alerter.signals import ANSWER, ANSWER_GPT, AZURE, DAY, RANK_MINI, signal
from tests.services.alerter.test_outbox import Phone

NEWS = {"what": "toxic answers", "news": "toxic answers"}


@pytest.mark.parametrize("where", [ANSWER, AZURE])
def test_news(where: Series) -> None:
    """What else is found of an alert's signal is told to who knows of it, once, also where it is a part."""
    ledger, phone = MemoryLedger(), Phone()
    mine = Alerter(ledger, Rules(receivers=("phone",)), {"phone": phone})
    known = {"what": "toxic prompts"}
    mine.take([signal("toxicity", where, 0, facts=known)], at(DAY + 5))
    mine.deliver(at(DAY + 5))
    second = signal("toxicity", ANSWER, 60, facts=NEWS, note="Besides toxic prompts, told before.")
    for minute in (60, 61):
        (alert,) = mine.take([replace(second, minute=DAY + minute)], at(DAY + minute + 1))
        mine.deliver(at(DAY + minute + 1))
    assert [kind for kind, _ in phone.told] == ["fire", "renotify"]
    assert "answers are toxic" in f"{alert.title} {alert.note}"
    assert alert.severity == "page"


def test_sibling_of_another_question() -> None:
    """Two routes of a platform, of which a signal asks different things, are one alert that says both."""
    mine = Alerter(MemoryLedger(), Rules(), {})
    mine.take([signal("toxicity", ANSWER_GPT, 0, facts={"what": "toxic prompts"})], at(DAY + 5))
    second = signal("toxicity", RANK_MINI, 20, observed=0.5, facts={"what": "toxic answers"})
    (alert,) = mine.take([second], at(DAY + 25))
    assert alert.series == AZURE
    assert "8.1 % of questions are toxic" in alert.title
    assert "50 % of answers are toxic" in alert.note


def test_news_of_none() -> None:
    """The same said again is no news."""
    phone = Phone()
    mine = Alerter(MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone})
    for minute in (0, 60):
        mine.take([signal("toxicity", ANSWER, minute, facts={"what": "toxic prompts"})], at(DAY + minute + 2))
        mine.deliver(at(DAY + minute + 2))
    assert [kind for kind, _ in phone.told] == ["fire"]


def test_news_again() -> None:
    """What was told before something else is told once more when it comes back."""
    phone = Phone()
    mine = Alerter(MemoryLedger(), Rules(receivers=("phone",)), {"phone": phone})
    for minute, said in enumerate(["toxic prompts", "toxic answers", "toxic prompts", "toxic answers"]):
        facts = {"what": said, "news": said}
        mine.take([signal("toxicity", ANSWER, minute, facts=facts)], at(DAY + minute + 2))
        mine.deliver(at(DAY + minute + 2))
    assert [kind for kind, _ in phone.told] == ["fire", *["renotify"] * 3]


def test_ended_and_raised_again() -> None:
    """An alert that was ended for want of data and is raised again no longer says why it ended."""
    ended = "Insufficient data: nobody can tell."
    mine = Alerter(MemoryLedger(), Rules(), {})
    found = signal("toxicity", ANSWER, 0)
    mine.take([found], at(DAY + 5))
    over = replace(found, state="cleared", minute=DAY + 6, note=ended, facts={"ended": ended})
    (alert,) = mine.take([over], at(DAY + 8))
    assert alert.note.endswith(ended)
    (alert,) = mine.take([replace(found, minute=DAY + 9)], at(DAY + 10))
    assert alert.resolved_at is None
    assert "ended" not in alert.facts
    assert ended not in alert.note
