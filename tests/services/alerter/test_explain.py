"""An alert is complete before anybody is told: explained from the store, with examples that may be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fmwatch.event import Change

from detectors.monitors.base import Series, Signal
from services.alerter.alerter import Alerter
from services.alerter.examples import StoreExamples
from services.alerter.explain import StoreExplainer
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rules
from services.alerter.store_ledger import StoreLedger
from services.wording.alert import lines
from store.database import Database
from store.writer import Writer
from tests.store.fleet import MINUTE, START, batch, calls, verdicts

NOW = START + timedelta(hours=20)
ROUTE = "support/answer"
BEGAN = MINUTE + 300


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[Notification] = []

    def notify(self, notification: Notification) -> None:
        """Keep it."""
        self.heard.append(notification)


def found(database: Database) -> Signal:
    """Store a morning in which a prompt was changed; return the signal about it."""
    events = [
        replace(event, prompt_version="v2" if event.route == ROUTE and i >= 300 else "v1")
        for i, event in enumerate(calls(600, step_s=60.0))
    ]
    writer = Writer(database)
    writer.generations([(batch(events), verdicts(events))])
    writer.changes([Change(START + timedelta(minutes=290), "prompt", route=ROUTE, from_="v1", to="v2")])
    return Signal(
        signal="hallucination",
        state="raised",
        series=Series("route", "default", route=ROUTE),
        team="support",
        minute=BEGAN + 60,
        began=BEGAN,
        began_low=BEGAN - 20,
        began_high=BEGAN + 20,
        observed=0.12,
        reference=0.02,
        low=0.08,
        high=0.2,
        unit="ratio",
        n=60,
        routes=(ROUTE,),
        share_of_traffic=0.3,
        monitor="rate 1",
        examples=tuple(event.event_id for event in events if event.route == ROUTE)[:5],
    )


def told(database: Database, *, speaks: bool) -> Notification:
    """Return what a receiver hears of it."""
    listener = Listener()
    alerter = Alerter(
        StoreLedger(database, lambda: NOW),
        Rules(receivers=("one",)),
        {"one": listener},
        explain=StoreExplainer(database, lambda: NOW),
        examples=StoreExamples(database, lambda _: speaks),
    )
    alerter.take([found(database)], NOW)
    alerter.deliver(NOW)
    (heard,) = [one for one in listener.heard if one.kind == "fire"]
    return heard


def test_explained(database: Database) -> None:
    """The notification carries cause, teams and examples."""
    heard = told(database, speaks=True)
    explanation = heard.alert.explanation
    assert explanation.triage is not None
    assert explanation.triage.cause is not None
    assert explanation.triage.cause.cause == "prompt"
    assert explanation.teams == ("support",)
    assert len(heard.examples) == 2
    assert StoreLedger(database, lambda: NOW).alerts()[0].explanation == explanation


def test_no_content(database: Database) -> None:
    """A route whose content is not captured shows none, even where some is stored from before."""
    assert told(database, speaks=False).examples == []


def test_again(database: Database) -> None:
    """The same calls give the same explanation, also when later ones have come."""
    alerter = Alerter(
        StoreLedger(database, lambda: NOW), Rules(), {}, explain=StoreExplainer(database, lambda: NOW)
    )
    (alert,) = alerter.take([found(database)], NOW, notify=False)
    later = calls(900, step_s=60.0)[600:]
    Writer(database).generations([(batch(later), verdicts(later))])
    assert StoreExplainer(database, lambda: NOW)(alert, []) == alert


def test_words(database: Database) -> None:
    """An alert about a kind of text has the words that tell it from the usual ones, if they may be shown."""
    raised = replace(found(database), signal="prompt_drift", unit="texts")
    new = [
        replace(event, event_id=f"m{i}", route=ROUTE, prompt=f"a mortgage for house {i}")
        for i, event in enumerate(calls(310, step_s=60.0)[300:])
    ]
    Writer(database).generations([(batch(new), verdicts(new))])
    ids = tuple(event.event_id for event in new)
    (alert,) = Alerter(
        StoreLedger(database, lambda: NOW), Rules(), {}, explain=StoreExplainer(database, lambda: NOW)
    ).take([replace(raised, examples=ids)], NOW, notify=False)
    first, second = StoreExamples(database, lambda _: True)(alert)
    assert first.words == ("house", "mortgage")
    assert second.words == ()
    assert ("Their words", "house, mortgage") in lines(alert, [first, second])
    assert StoreExamples(database, lambda _: False)(alert) == []
