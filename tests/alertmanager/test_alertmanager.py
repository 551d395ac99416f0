"""What we post a real Alertmanager takes, tells on once, and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.alerter.alerter import Alerter
from services.alerter.errors import Rejected
from services.alerter.ledger import MemoryLedger
from services.alerter.receivers.alertmanager import Alertmanager
from services.alerter.receivers.base import Beat, Notification
from services.alerter.receivers.post import Post
from services.alerter.rules import Rules
from services.alerter.trial import trial
from services.wall import now
from tests.alertmanager.conftest import Running
from tests.services.alerter.receivers.test_hostile import PAYLOADS, hostile
from tests.services.alerter.receivers.ways import alert
from tests.services.alerter.signals import ANSWER, DAY, signal

pytestmark = pytest.mark.alertmanager


def test_life(alertmanager: Running) -> None:
    """An alert that fires and is renewed is one notification, its end another; labels arrive as they are."""
    there = Alertmanager(alertmanager.url, clock=now)
    firing = alert()
    for _ in range(3):
        there.notify(Notification("n1", "fire", firing))
        there.renew([firing])
    (fired,) = alertmanager.notified(1)
    there.notify(Notification("n2", "resolve", firing))
    over = alertmanager.notified(2)[-1]
    assert (fired["status"], over["status"]) == ("firing", "resolved")
    assert fired["fingerprint"] == over["fingerprint"]
    assert fired["labels"]["route"] == "support/answer"
    assert fired["annotations"]["summary"].startswith("support/answer: 8.1 % of calls fail")
    assert alertmanager.alerts() == []


def test_outbox(alertmanager: Running) -> None:
    """From a signal to Alertmanager's own receiver and back to all is well, through the outbox."""
    there = Alertmanager(alertmanager.url, clock=now)
    alerter = Alerter(MemoryLedger(), Rules(receivers=("am",)), {"am": there})
    start = datetime.fromtimestamp(DAY * 60, UTC)
    alerter.take([signal("error", ANSWER)], start + timedelta(minutes=5))
    alerter.deliver(start + timedelta(minutes=5))
    alertmanager.notified(1)
    alerter.take([signal("error", ANSWER, 10, "cleared")], start + timedelta(minutes=40))
    alerter.deliver(start + timedelta(minutes=40))
    assert [one["status"] for one in alertmanager.notified(2)] == ["firing", "resolved"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile(alertmanager: Running, payload: str) -> None:
    """Whatever a stranger wrote, it is taken, and what it tells on has no angle brackets."""
    found = hostile(PAYLOADS[payload])
    Alertmanager(alertmanager.url, clock=now).notify(Notification("n1", "fire", found))
    (fired,) = alertmanager.notified(1)
    assert fired["labels"]["alert"] == found.id
    assert "<" not in str(fired["labels"]) + str(fired["annotations"])


def test_beat(alertmanager: Running) -> None:
    """The heartbeat is an alert that fires."""
    Alertmanager(alertmanager.url, clock=now).beat(Beat(now(), now(), 300))
    (fired,) = alertmanager.alerts()
    assert fired["labels"]["alertname"] == "FmwatchHeartbeat"


def test_trial(alertmanager: Running) -> None:
    """A test notification is taken."""
    tried = trial("am", Alertmanager(alertmanager.url, clock=now), now())
    assert [one.outcome for one in tried] == ["sent", "sent"]


def test_refused(alertmanager: Running) -> None:
    """What it cannot read it refuses, with a status that is not tried again."""
    with pytest.raises(Rejected, match="400"):
        Post(now).send(f"{alertmanager.url}/api/v2/alerts", b'[{"labels": {"a-b": "c"}}]')
