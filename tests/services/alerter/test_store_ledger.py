"""The alerter's memory on the real engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fmwatch.event import Change

from services.alerter.alert import at
from services.alerter.alerter import Alerter
from services.alerter.errors import Retryable
from services.alerter.receivers.base import Notification
from services.alerter.rules import Rules
from services.alerter.store_ledger import StoreLedger
from store.database import Database
from store.writer import Writer
from tests.services.alerter.signals import ANSWER, AZURE, DAY, say, signal


class Away:
    """A receiver that never answers."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def notify(self, notification: Notification) -> None:
        self.ids.append(notification.id)
        raise Retryable("away")


def alerter(database: Database, phone: Away, minute: int) -> Alerter:
    """Return an alerter as a new process would make it."""
    ledger = StoreLedger(database, lambda: at(DAY + minute))
    return Alerter(ledger, Rules(receivers=("phone",)), {"phone": phone})


def test_restart(database: Database) -> None:
    """Alerts, their signals and what waits to be sent come back unchanged."""
    phone = Away()
    first = alerter(database, phone, 5)
    signals = [signal("error", ANSWER), signal("prompt_drift", ANSWER, 1)]
    changed = first.take(signals, at(DAY + 5))
    first.deliver(at(DAY + 5))
    second = alerter(database, phone, 9)
    assert second.grouping.open == first.grouping.open
    assert second.take(signals, at(DAY + 9)) == []
    second.deliver(at(DAY + 9))
    assert len(changed) == 2
    assert len(phone.ids) == 2
    assert len(set(phone.ids)) == 1


def test_newest_wins(database: Database) -> None:
    """Of all versions of an alert the last one counts, also when the events' clock stands still."""
    mine = alerter(database, Away(), 5)
    for minute in range(0, 40, 4):
        mine.take([signal("error", ANSWER, minute, observed=0.1 + minute / 100)], at(DAY + 5))
    (found,) = alerter(database, Away(), 5).grouping.open
    assert found.observed == pytest.approx(0.46)


def test_changes(database: Database) -> None:
    """Declared changes around an alert are found in the store."""
    known = [
        Change(at(DAY - 40), "prompt", "acme", route="support/answer", from_="v1", to="v2", by="ana"),
        Change(at(DAY - 5000), "deploy", "acme"),
    ]
    Writer(database).changes(known)
    (alert,) = alerter(database, Away(), 5).take([signal("error", AZURE)], at(DAY + 5))
    assert alert.nearest_change is not None
    assert (alert.nearest_change.from_, alert.nearest_change.by) == ("v1", "ana")


def test_maintenance(database: Database) -> None:
    """Declared maintenance is found in the store while it lasts, and holds what is found meanwhile."""
    until = at(DAY + 60)
    over = Change(at(DAY - 5000), "maintenance", "acme", until=at(DAY - 4000))
    Writer(database).changes([Change(at(DAY), "maintenance", "acme", until=until, note="move"), over])
    mine = alerter(database, Away(), 5)
    (alert,) = mine.take([signal("error", AZURE)], at(DAY + 5))
    assert (alert.muted, alert.muted_until) == ("maintenance: move", until)
    (free,) = mine.take([], at(DAY + 61))
    assert free.muted == ""


def test_forgets(database: Database) -> None:
    """What was over long ago is left in the store and no longer carried around."""
    mine = alerter(database, Away(), 5)
    (alert,) = mine.take([signal("error", ANSWER)], at(DAY + 5))
    say(mine, alert.id, "resolve", 6)
    later = StoreLedger(database, lambda: at(DAY + 6) + timedelta(days=40))
    assert later.alerts() == []
    assert len(StoreLedger(database, lambda: datetime(2025, 3, 1, tzinfo=UTC)).alerts()) == 1
