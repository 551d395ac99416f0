"""Alerts on the terminal of whoever runs the server."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO

from services.alerter.alert import Alert
from services.alerter.receivers.base import Kind, Notification
from services.alerter.titles import clip, one_line, quantity, where

SHAPES = {"page": "■ PAGE", "ticket": "▲ TICKET", "info": "● INFO"}
VERBS: dict[Kind, str] = {"fire": "", "renotify": "wider: ", "resolve": "resolved: "}


class Console:
    """Prints one line per notification: what broke, for whom, how bad, since when.

    Parameters
    ----------
    stream : where to print; standard error when not given
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream

    def notify(self, notification: Notification) -> None:
        """Print the line. A terminal that is gone loses it; the alert is on the page all the same."""
        stream = self.stream or sys.stderr
        with suppress(OSError, ValueError):
            print(line(notification.kind, notification.alert), file=stream, flush=True)


def line(kind: Kind, alert: Alert) -> str:
    """Return the line of one alert, without anything a terminal could obey."""
    parts = [
        f"{SHAPES[alert.severity]}  {VERBS[kind]}{alert.title}",
        _numbers(alert),
        f"since {alert.began_at:%d %b %H:%M} UTC",
        _whose(alert),
    ]
    return one_line(" · ".join(part for part in parts if part))


def _numbers(alert: Alert) -> str:
    if alert.observed is None:
        return f"n {alert.n:,}"
    now = quantity(alert.observed, alert.unit)
    between = ""
    if alert.low is not None and alert.high is not None:
        between = f"{quantity(alert.low, alert.unit)} to {quantity(alert.high, alert.unit)}, "
    usual = f", usual {quantity(alert.reference, alert.unit)}" if alert.reference is not None else ""
    return f"now {now} ({between}n {alert.n:,}){usual}"


def _whose(alert: Alert) -> str:
    team = f"team {clip(alert.team)}" if alert.team else ""
    owner = f"owner {clip(alert.owner)}" if alert.owner else ""
    return " · ".join(part for part in (team, owner) if part) or where(alert.series, len(alert.routes))
