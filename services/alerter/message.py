"""What a notification says, the same for every receiver; each escapes it for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.alerter.alert import Alert
from services.alerter.receivers.base import Kind, Notification
from services.wording.alert import headline, lines
from services.wording.words import clip, one_line, where

VERBS: Mapping[Kind, str] = {
    "fire": "",
    "renotify": "again: ",
    "acknowledge": "acknowledged: ",
    "resolve": "",
    "change": "changed: ",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A notification in words. Nothing in it is escaped, and everything in it may come from a stranger.

    Attributes
    ----------
    headline : says alone what broke, for whom, how bad
    fields : name and value, the most important first
    links : words and absolute URL; of our own making, never from an event
    """

    headline: str
    fields: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...] = ()


def message(notification: Notification) -> Message:
    """Return what to say about an alert."""
    kind, alert = notification.kind, notification.alert
    if kind == "change":
        return Message(f"{VERBS[kind]}{change(alert)}", ())
    if kind == "resolve":
        alert = replace(alert, state="resolved")  # the headline says so
    said = headline(alert) if one_line(alert.title).strip() else alert.signal
    apart = [(link.name, link.url) for link in notification.links]
    fields = [
        *lines(alert, notification.examples),
        ("Acknowledged by", alert.acknowledged_by),
        *((name, path) for name, path in apart if "://" not in path),
        ("Alert", alert.id),
    ]
    return Message(
        f"{VERBS[kind]}{said}",
        tuple((name, value) for name, value in fields if value),
        tuple((name, url) for name, url in apart if "://" in url),
    )


def change(alert: Alert) -> str:
    """Return the change that came right before the alert, or that the alert is about."""
    before = alert.nearest_change
    if before is None:
        return f"{where(alert.series)}: {_moved(alert.facts.get('from', ''), alert.facts.get('to', ''))}"
    place = before.route or "/".join(part for part in (before.platform, before.model) if part)
    by = f" by {clip(before.by)}" if before.by else ""
    note = f": {clip(before.note)}" if before.note else ""
    what = f"{clip(before.kind)} {clip(place)} {_moved(before.from_, before.to)}".strip()
    return f"{what} at {before.at:%d %b %H:%M} UTC{by}{note}"


def _moved(from_: str, to: str) -> str:
    return f"{clip(from_) or '?'} to {clip(to) or '?'}" if from_ or to else ""
