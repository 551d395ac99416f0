"""The terminal gets one line that says what, who and how bad, and nothing it could obey."""

from __future__ import annotations

import io

from services.alerter.alert import at
from services.alerter.grouping import Grouping
from services.alerter.receivers.base import Notification
from services.alerter.receivers.console import Console
from services.alerter.rules import Rules, Team
from tests.services.alerter.signals import ANSWER, DAY, series, signal


def test_line() -> None:
    """One line: urgency, what broke, how bad, since when, whose."""
    rules = Rules(teams={"support": Team("support-oncall")})
    (alert,) = Grouping(rules).take([signal("hallucination", ANSWER)], at(DAY + 5))
    stream = io.StringIO()
    Console(stream).notify(Notification("n1", "fire", alert))
    (line,) = stream.getvalue().splitlines()
    assert line.startswith(
        "■ PAGE  support/answer: 8.1 % of answers say what their context does not, usually 2.7 %"
    )
    assert " · since " in line
    assert line.endswith(" · owner support-oncall")


def test_hostile() -> None:
    """Control characters in names never reach the terminal, and a line stays one line."""
    name = "a\x1b[31m\r\nb\u202e\u2028c"
    where = series("route", route=name)
    (alert,) = Grouping(Rules()).take([signal("error", where, routes=(name,), team=name)], at(DAY + 5))
    stream = io.StringIO()
    Console(stream).notify(Notification("n1", "resolve", alert))
    assert all(char.isprintable() for char in stream.getvalue().removesuffix("\n"))


def test_gone() -> None:
    """A terminal that is gone does not stop the alerter."""
    (alert,) = Grouping(Rules()).take([signal("error", ANSWER)], at(DAY + 5))
    stream = io.StringIO()
    stream.close()
    Console(stream).notify(Notification("n1", "fire", alert))
