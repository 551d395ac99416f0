"""Alerts on the terminal of whoever runs the server."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO

from services.alerter.alert import Alert
from services.alerter.errors import Dropped
from services.alerter.message import VERBS
from services.alerter.receivers.base import Kind, Notification
from services.wording.alert import headline, lines
from services.wording.words import one_line

SHAPES = {"page": "■ PAGE", "ticket": "▲ TICKET", "info": "● INFO"}


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
        if notification.kind == "change":
            raise Dropped("the terminal shows alerts only")
        stream = self.stream or sys.stderr
        with suppress(OSError, ValueError):
            print(line(notification.kind, notification.alert), file=stream, flush=True)


def line(kind: Kind, alert: Alert) -> str:
    """Return the line of one alert, without anything a terminal could obey."""
    said = {each.name: each.text for each in lines(alert)}
    parts = [
        f"{SHAPES[alert.severity]}  {VERBS[kind]}{headline(alert)}",
        *(f"{name.lower()} {said[name]}" for name in ("Since", "Cause", "Owner") if name in said),
    ]
    return one_line(" · ".join(parts))
