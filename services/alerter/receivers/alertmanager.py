"""Alerts for an Alertmanager, which routes, groups and silences them: its API v2."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx2

from services import alert_json
from services.alerter.alert import Alert
from services.alerter.errors import Dropped
from services.alerter.message import message
from services.alerter.receivers.base import Beat, Notification, Said
from services.alerter.receivers.post import Clock, Post
from services.alerter.receivers.text import bare

LASTS = timedelta(
    minutes=5
)  # several times as long as the outbox takes to renew; then an alert ends by itself
LABEL, ANNOTATION = 200, 1024  # characters; Alertmanager has no limit, those whom it tells have
_NOT_NAMED = re.compile(r"[^a-z0-9]+")


class Alertmanager:
    """Posts alerts as they fire, renews them while they do, and ends them.

    Alertmanager identifies an alert by all of its labels, so one that grows in severity or width is another
    there; what it was before is not renewed and ends within `LASTS`. Its templates escape nothing for chats:
    labels and annotations have no angle brackets.

    Parameters
    ----------
    url : of one Alertmanager, with the prefix that it is served under
    clock : aware UTC now, of the real world
    transport : instead of the network, for tests
    """

    def __init__(self, url: str, *, clock: Clock, transport: httpx2.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/") + "/api/v2/alerts"
        self.clock = clock
        self._post = Post(clock, transport)

    def notify(self, notification: Notification) -> Said:
        """Post the alert as firing or as over."""
        if notification.kind in {"acknowledge", "change"}:
            raise Dropped("Alertmanager knows alerts that fire and alerts that are over, nothing else")
        now = self.clock()
        ends = now if notification.kind == "resolve" else now + LASTS
        return self._send([_alert(notification, ends)])

    def renew(self, alerts: Sequence[Alert]) -> None:
        """Post the alerts again before they end by themselves."""
        ends = self.clock() + LASTS
        self._send([_alert(Notification(alert.id, "fire", alert), ends) for alert in alerts])

    def beat(self, beat: Beat) -> None:
        """Post an alert that always fires: its end is the news."""
        labels = {"alertname": "FmwatchHeartbeat", "severity": "none"}
        until = alert_json.stamp(beat.watched_until) or "nothing is stored yet"
        annotations = {"summary": "fmwatch watches and can tell", "watched_until": until}
        ends = _time(self.clock() + 4 * timedelta(seconds=beat.every_s))
        self._send([{"labels": labels, "annotations": annotations, "endsAt": ends}])

    def _send(self, alerts: Sequence[object]) -> Said:
        answer = self._post.send(self.url, json.dumps(alerts, allow_nan=False).encode())
        return Said(answer.text or "taken")


def _alert(notification: Notification, ends: datetime) -> dict[str, object]:
    alert, series = notification.alert, notification.alert.series
    labels = {
        "alertname": f"Fmwatch{''.join(part.capitalize() for part in alert.signal.split('_'))}",
        "severity": alert.severity,
        "signal": alert.signal,
        "tenant": series.tenant,
        "team": alert.team,
        "level": series.level,
        "route": series.route,
        "platform": series.platform,
        "model": series.model,
        "alert": alert.id,
    }
    said = message(notification)
    annotations = {
        "summary": bare(said.headline, ANNOTATION),
        **{_name(name): bare(value, ANNOTATION) for name, value in said.fields},
        **{_name(f"{text} url"): url for text, url in said.links},
    }
    return {
        # An empty label is none, and control characters would break who reads them.
        "labels": {name: text for name, value in labels.items() if (text := bare(value, LABEL).strip())},
        "annotations": annotations,
        "startsAt": _time(alert.began_at),
        "endsAt": _time(ends),
    }


def _name(words: str) -> str:
    """Return words as Alertmanager names things: letters, digits and underscores."""
    return _NOT_NAMED.sub("_", words.lower())


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
