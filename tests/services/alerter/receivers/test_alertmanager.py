"""Alertmanager gets alerts with labels and an end, anew while they fire. A real one: tests/alertmanager."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from services.alerter.errors import Rejected
from services.alerter.receivers.alertmanager import LASTS, Alertmanager
from services.alerter.receivers.base import Beat, Kind
from tests.services.alerter.receivers.places import Answer, Web
from tests.services.alerter.receivers.ways import NOW, alert, clock, notification


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server."""
    with Web().open() as found:
        yield found


def test_ends(web: Web) -> None:
    """What fires has its end ahead, what is over has it now; the labels are the same all the time."""
    there = Alertmanager(f"{web.url}/prefix/", clock=clock)
    kinds: tuple[Kind, ...] = ("fire", "renotify", "resolve")
    for kind in kinds:
        there.notify(notification(kind))
    there.renew([alert(), alert(id="other")])
    assert {asked.path for asked in web.asked} == {"/prefix/api/v2/alerts"}
    (fire,), (grown,), (over,), (renewed, _) = (asked.json for asked in web.asked)
    assert datetime.fromisoformat(fire["endsAt"]) == NOW + LASTS
    assert datetime.fromisoformat(over["endsAt"]) == NOW
    assert fire["labels"] == grown["labels"] == over["labels"] == renewed["labels"]
    assert fire["labels"] == {
        "alertname": "FmwatchError",
        "severity": "page",
        "signal": "error",
        "tenant": "acme",
        "team": "support",
        "level": "route",
        "route": "support/answer",
        "alert": alert().id,
    }
    assert fire["annotations"]["summary"].startswith("support/answer: 8.1 % of calls fail")
    assert fire["annotations"]["how_bad"].startswith("8.1 %")


def test_beat(web: Web) -> None:
    """The heartbeat is an alert that ends when four of them stay out."""
    Alertmanager(web.url, clock=clock).beat(Beat(NOW, NOW, 300))
    (beat,) = web.asked[0].json
    assert beat["labels"] == {"alertname": "FmwatchHeartbeat", "severity": "none"}
    assert datetime.fromisoformat(beat["endsAt"]) == NOW + timedelta(minutes=20)


def test_password(web: Web) -> None:
    """User and password in the address are sent as such, and never said."""
    address = web.url.replace("http://", "http://fm:hush@")
    Alertmanager(address, clock=clock).notify(notification())
    assert web.asked[0].headers["authorization"] == "Basic Zm06aHVzaA=="
    web.next(Answer(401))
    with pytest.raises(Rejected) as raised:
        Alertmanager(address, clock=clock).notify(notification())
    assert "hush" not in str(raised.value)
