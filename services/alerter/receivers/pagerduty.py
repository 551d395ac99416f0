"""Alerts as incidents of PagerDuty: Events API v2, https://developer.pagerduty.com/docs/events-api-v2."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx2

from services import alert_json
from services.alerter.alert import Alert, Severity
from services.alerter.errors import Dropped
from services.alerter.message import Message, message
from services.alerter.receivers.base import Kind, Notification, Said
from services.alerter.receivers.post import Clock, Post
from services.alerter.receivers.text import inert

URL = "https://events.pagerduty.com"
SUMMARY, DETAIL, PART = 1024, 1024, 255  # characters; the first is PagerDuty's limit
SEVERITIES: Mapping[Severity, str] = {"page": "critical", "ticket": "warning", "info": "info"}
ACTIONS: Mapping[Kind, str] = {
    "fire": "trigger",
    "renotify": "trigger",
    "acknowledge": "acknowledge",
    "resolve": "resolve",
}


class PagerDuty:
    """One incident for each alert, under a key that stays the same for all of its life.

    Parameters
    ----------
    routing_key : of an Events API v2 integration of a service, or of a global ruleset
    url : of the region's events API
    clock : aware UTC now
    transport : instead of the network, for tests
    """

    def __init__(
        self,
        routing_key: str,
        *,
        url: str = URL,
        clock: Clock,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.routing_key = routing_key
        self.url = url.rstrip("/")
        self._post = Post(clock, transport)

    def notify(self, notification: Notification) -> Said:
        """Trigger, acknowledge or resolve the incident, or tell of the change that came before it."""
        said = message(notification)
        if notification.kind == "change":
            if self.routing_key.startswith("R"):
                raise Dropped("the key of a global ruleset takes no change events")
            return self._send("/v2/change/enqueue", _change(notification.alert, said))
        return self._send("/v2/enqueue", _event(notification, said))

    def _send(self, path: str, event: Mapping[str, object]) -> Said:
        body = json.dumps({"routing_key": self.routing_key, **event}, allow_nan=False).encode()
        return Said(self._post.send(self.url + path, body).text)


def dedup_key(alert: Alert) -> str:
    """Return what the incident is known by: the same for an alert's whole life, another the next time."""
    return f"fmwatch:{alert.id}"


def _event(notification: Notification, said: Message) -> dict[str, object]:
    alert = notification.alert
    event: dict[str, object] = {
        "event_action": ACTIONS[notification.kind],
        "dedup_key": dedup_key(alert),
    }
    if event["event_action"] != "trigger":
        return event
    return event | {
        "client": "fmwatch",
        "links": _links(said),
        "payload": {
            "summary": inert(said.headline, SUMMARY),
            "source": inert(alert.series.tenant, PART) or "fmwatch",
            "severity": SEVERITIES[alert.severity],
            "timestamp": alert_json.stamp(alert.began_at),
            "component": inert(alert.series.model or alert.series.platform, PART),
            "group": inert(alert.team, PART),
            "class": inert(alert.signal, PART),
            "custom_details": {name: inert(value, DETAIL) for name, value in said.fields},
        },
    }


def _change(alert: Alert, said: Message) -> dict[str, object]:
    before = alert.nearest_change
    return {
        "links": _links(said),
        "payload": {
            "summary": inert(said.headline, SUMMARY),
            "source": inert(alert.series.tenant, PART) or "fmwatch",
            "timestamp": alert_json.stamp(before.at if before else alert.began_at),
            "custom_details": {name: inert(value, DETAIL) for name, value in said.fields},
        },
    }


def _links(said: Message) -> list[dict[str, str]]:
    return [{"href": url, "text": text} for text, url in said.links]
