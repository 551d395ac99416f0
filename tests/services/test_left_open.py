"""What monitors of before have raised, and those that start anew do not find again, is ended with a word."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from detectors.monitors.base import Series, Signal
from services.config import Config
from services.run import Embedded
from services.watcher.left_open import INSUFFICIENT, NOT_FOUND
from store.meta import MonitorState, load_monitors, save_monitors
from store.raised import standing
from tests.services.alerter.signals import signal
from tests.services.small_fleet import DAYS, OUTAGE, ROUTES, START, lines

END = START + timedelta(days=DAYS)
OLD, FRESH = sorted(ROUTES)


def lost(route: str, hours: int) -> Signal:
    """Return a signal of so many hours before the end, that these calls do not give."""
    minute = int((END - timedelta(hours=hours)).timestamp()) // 60
    found = signal("latency", Series("route", "default", route=route), routes=(route,))
    return replace(found, minute=minute, began=minute - 15, began_low=minute - 20, began_high=minute - 10)


def opened(directory: Path, days: int = 14) -> Embedded:
    """Open a directory at the end of its traffic."""
    return Embedded(directory, Config.parse({"reference": {"days": days}}), lambda: END)


def unreadable(embedded: Embedded) -> None:
    """Let the next monitors of a directory start anew."""
    embedded.watcher.save()
    states = load_monitors(embedded.database)
    older = {name: MonitorState(state.minute, b"older") for name, state in states.items()}
    save_monitors(embedded.database, older)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory of traffic that nobody has watched."""
    directory = tmp_path_factory.mktemp("filled") / "data"
    with opened(directory) as embedded:
        embedded.ingest(lines())
        while embedded.score():
            pass
    return directory


@pytest.fixture(scope="module")
def before(filled: Path) -> Path:
    """Return it watched, with two alerts besides, one of them a day old, and monitors that start anew."""
    directory = shutil.copytree(filled, filled.parent / "before", symlinks=True)
    with opened(directory) as embedded:
        embedded.watch(END - timedelta(hours=1))
        embedded.publish([lost(OLD, 30), lost(FRESH, 20)])
        embedded.watch(END - timedelta(hours=1))
        assert [one.routes for one in embedded.alerter.grouping.open] == [(OLD,), (FRESH,)]
        unreadable(embedded)
    return directory


@pytest.mark.parametrize(("days", "ended"), [(14, NOT_FOUND), (30, INSUFFICIENT)], ids=["known", "learning"])
def test_started_anew(before: Path, tmp_path: Path, days: int, ended: str) -> None:
    """An alert that monitors of now do not know is over a day after it was raised, and says why."""
    shutil.copytree(before, tmp_path / "data", symlinks=True)
    with opened(tmp_path / "data", days) as embedded:
        embedded.watch(END)
        old, fresh = embedded.alerter.grouping.open
        assert (old.routes, old.resolved_at, old.facts["ended"], old.raised) == ((OLD,), END, ended, ())
        assert old.note.endswith(ended)
        assert (fresh.routes, fresh.resolved_at) == ((FRESH,), None)
        assert [one.series.route for one in standing(embedded.database, ())] == [FRESH]


def test_found_again(filled: Path, tmp_path: Path) -> None:
    """What goes on is found again, and its alert stays as it is."""
    directory = shutil.copytree(filled, tmp_path / "data", symlinks=True)
    with opened(directory) as embedded:
        embedded.watch(OUTAGE + timedelta(hours=2))
        (page,) = [one for one in embedded.alerter.grouping.open if one.severity == "page"]
        unreadable(embedded)
    with opened(directory) as embedded:
        embedded.watch(OUTAGE + timedelta(hours=2, minutes=30))
        (again,) = [one for one in embedded.alerter.grouping.open if one.severity == "page"]
        assert (again.id, again.resolved_at, again.raised) == (page.id, None, page.raised)
