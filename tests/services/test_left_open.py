"""What monitors of before have raised, and those that start anew do not find again, is ended with a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from detectors.monitors.base import Series, Signal
from services.config import Config
from services.run import Embedded
from store.meta import MonitorState, load_monitors, save_monitors
from store.raised import standing
from tests.services.alerter.signals import signal
from tests.services.small_fleet import DAYS, OUTAGE, ROUTES, START, lines

END = START + timedelta(days=DAYS)
ROUTE = min(ROUTES)
SERIES = Series("route", "default", route=ROUTE)


def lost(hours: int) -> Signal:
    """Return a signal of so many hours before the end, that these calls do not give."""
    minute = int((END - timedelta(hours=hours)).timestamp()) // 60
    found = signal("latency", SERIES, routes=(ROUTE,))
    return replace(found, minute=minute, began=minute - 15, began_low=minute - 20, began_high=minute - 10)


def opened(directory: Path, days: int = 14) -> Embedded:
    """Open a directory at the end of its traffic."""
    return Embedded(directory, Config.parse({"reference": {"days": days}}), lambda: END)


def before(directory: Path, *found: Signal) -> None:
    """Watch almost all of the traffic, raise something besides, and make the monitors' states unreadable."""
    with opened(directory) as embedded:
        embedded.ingest(lines())
        while embedded.score():
            pass
        embedded.watch(END - timedelta(hours=1))
        embedded.watcher.save()
        embedded.publish(found)
        embedded.hear()
        embedded.watch(END - timedelta(hours=1))
        assert {alert.signal for alert in embedded.alerter.grouping.open} == {one.signal for one in found}
        states = load_monitors(embedded.database)
        older = {name: MonitorState(state.minute, b"older") for name, state in states.items()}
        save_monitors(embedded.database, older)


@pytest.mark.parametrize(("days", "ended"), [(14, "not found again"), (30, "insufficient data")])
def test_started_anew(tmp_path: Path, days: int, ended: str) -> None:
    """An alert that monitors of now do not know is over a day after it was raised, and says why."""
    before(tmp_path, lost(30))
    with opened(tmp_path, days) as embedded:
        embedded.watch(END)
        (alert,) = [one for one in embedded.alerter.grouping.open if one.signal == "latency"]
        assert (alert.resolved_at, alert.facts["ended"], alert.raised) == (END, ended, ())
        assert "Monitors started anew" in alert.note or "Insufficient data" in alert.note
        assert standing(embedded.database, ()) == []


def test_fresh(tmp_path: Path) -> None:
    """What was raised within a day may be found again yet."""
    before(tmp_path, lost(20))
    with opened(tmp_path) as embedded:
        embedded.watch(END)
        assert [one.resolved_at for one in embedded.alerter.grouping.open] == [None]


def test_found_again(tmp_path: Path) -> None:
    """What goes on is found again, and its alert stays as it is."""
    with opened(tmp_path) as embedded:
        embedded.ingest(lines())
        while embedded.score():
            pass
        embedded.watch(OUTAGE + timedelta(hours=2))
        (page,) = [one for one in embedded.alerter.grouping.open if one.severity == "page"]
        save_monitors(
            embedded.database,
            {name: MonitorState(0, b"older") for name in load_monitors(embedded.database)},
        )
    with opened(tmp_path) as embedded:
        embedded.watch(OUTAGE + timedelta(hours=2, minutes=30))
        (again,) = [one for one in embedded.alerter.grouping.open if one.severity == "page"]
        assert (again.id, again.resolved_at, again.raised) == (page.id, None, page.raised)
