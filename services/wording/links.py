"""Where an alert leads: its page with the window it was found in, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlencode

from services.wording.told import Told

BEFORE = timedelta(hours=24)  # of usual life before the earliest start
AFTER = timedelta(hours=1)
RUNBOOKS = "docs/runbooks"

Window = tuple[datetime, datetime]


class Link(NamedTuple):
    """A place and what is there."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the configuration says about where things are.

    Attributes
    ----------
    console : the console's address as people reach it, without a slash at its end; "" where nobody said
    """

    console: str = ""


def links(alert: Told, at: Addresses) -> list[Link]:
    """Return the alert's page with its window, the advice that answers it, and its runbook.

    Without a console the runbook is a path of the project.
    """
    if not at.console:
        return [Link("Runbook", f"{RUNBOOKS}/{_part(alert.signal)}.md")]
    since, until = window(alert)
    asked = urlencode({"from": _stamp(since), "until": _stamp(until)}, safe=":")
    found = [Link("Look", f"{at.console}/alerts/{_part(alert.id)}?{asked}")]
    if alert.recommendation_id:
        found.append(Link("Advice", f"{at.console}/advice/{_part(alert.recommendation_id)}"))
    return [*found, Link("Runbook", f"{at.console}/runbooks/{_part(alert.signal)}")]


def window(alert: Told) -> Window:
    """Return the time that shows an alert: a day of usual life before it, and what was known when it came."""
    return alert.began_low - BEFORE, max(alert.resolved_at or alert.detected_at, alert.detected_at) + AFTER


def _part(name: str) -> str:
    return quote(name, safe="", errors="replace")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
