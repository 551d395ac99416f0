"""PagerDuty gets one incident for each alert, by the Events API v2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.alerter.alert import NearestChange
from services.alerter.errors import Dropped
from services.alerter.receivers.base import Kind, Notification
from services.alerter.receivers.pagerduty import PagerDuty
from tests.services.alerter.receivers.places import Answer, Web
from tests.services.alerter.receivers.ways import NOW, alert, clock, notification

KEY = "k" * 32
DEPLOY = NearestChange(NOW, "deploy", route="support/answer", from_="v1", to="v2", by="anna", note="faster")


@pytest.fixture
def web() -> Iterator[Web]:
    """PagerDuty's events API, as it answers."""
    with Web().open() as found:
        found.usual = Answer(202, '{"status":"success","message":"Event processed","dedup_key":"x"}')
        yield found


def test_life(web: Web) -> None:
    """An alert is triggered, acknowledged and resolved under one key; what it says comes with the trigger."""
    pager = PagerDuty(KEY, url=web.url, clock=clock)
    kinds: tuple[Kind, ...] = ("fire", "renotify", "acknowledge", "resolve")
    for kind in kinds:
        said = pager.notify(notification(kind))
        assert "Event processed" in said.text
    events = [asked.json for asked in web.asked]
    assert {asked.path for asked in web.asked} == {"/v2/enqueue"}
    assert [event["event_action"] for event in events] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {f"fmwatch:{alert().id}"}
    assert {event["routing_key"] for event in events} == {KEY}
    payload = events[0]["payload"]
    assert payload["severity"] == "critical"
    assert payload["summary"].startswith("support/answer: 8.1 % of calls fail")
    assert (payload["source"], payload["group"], payload["class"]) == ("acme", "support", "error")
    assert payload["custom_details"]["How bad"].startswith("8.1 %")
    assert "payload" not in events[3]


def test_severities(web: Web) -> None:
    """What can wait for the morning does not page."""
    pager = PagerDuty(KEY, url=web.url, clock=clock)
    pager.notify(notification(severity="ticket"))
    pager.notify(notification(severity="info"))
    assert [asked.json["payload"]["severity"] for asked in web.asked] == ["warning", "info"]


def test_change(web: Web) -> None:
    """What was changed before, and a model that was swapped, are change events with their time."""
    pager = PagerDuty(KEY, url=web.url, clock=clock)
    pager.notify(notification("change", nearest_change=DEPLOY))
    facts = {"from": "gpt-4o-08", "to": "gpt-4o-11"}
    swapped = replace(alert(), signal="model_changed", facts=facts)
    pager.notify(Notification("n2", "change", swapped))
    assert {asked.path for asked in web.asked} == {"/v2/change/enqueue"}
    deploy, swap = (asked.json for asked in web.asked)
    assert deploy["payload"]["summary"].startswith("changed: deploy support/answer v1 to v2 at ")
    assert "by anna: faster" in deploy["payload"]["summary"]
    assert "gpt-4o-08 to gpt-4o-11" in swap["payload"]["summary"]
    assert "event_action" not in deploy


def test_ruleset(web: Web) -> None:
    """The key of a global ruleset takes no change events, so none is sent."""
    with pytest.raises(Dropped, match="ruleset"):
        PagerDuty("R" + KEY[1:], url=web.url, clock=clock).notify(
            notification("change", nearest_change=DEPLOY)
        )
    assert web.asked == []
