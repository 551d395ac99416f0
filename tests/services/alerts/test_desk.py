"""What people say of alerts reaches alerter and monitors, in a directory and on a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from services.alerter.errors import AlertOver, UnknownAlert
from services.alerts.directory import Directory
from services.alerts.production import Production
from services.config import Config
from services.lookout import Lookout
from services.run import Embedded
from store.alert_words import rulings
from store.database import Database
from store.testing import served
from store.writer import Writer
from stream.sqlite_log import SqliteLog
from tests.services.alerter.signals import ANSWER, DAY, signal
from tests.services.small_fleet import DAYS, OUTAGE, START, lines

END = START + timedelta(days=DAYS)
WITHIN = OUTAGE + timedelta(hours=2)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory watched into the outage, with an open page."""
    directory = tmp_path_factory.mktemp("before") / "data"
    with Embedded(directory, Config(), lambda: END) as embedded:
        embedded.ingest(lines())
        while embedded.score():
            pass
        embedded.watch(WITHIN)
        embedded.watcher.save()
    return directory


@pytest.fixture
def directory(before: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    shutil.copytree(before, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


@contextmanager
def opened(directory: Path) -> Iterator[Embedded]:
    """Open a directory in the time of its events."""
    with Embedded(directory, Config(), lambda: WITHIN, notify=timedelta(days=1)) as embedded:
        yield embedded


def test_expected(directory: Path) -> None:
    """A page that is called expected is over, and the outage that goes on is no news any more."""
    with opened(directory) as embedded:
        (page,) = [alert for alert in embedded.alerter.grouping.open if alert.severity == "page"]
        done = Directory(embedded).say(page.id[:6], "expected", "ana", "load test")
        assert done["heard"]
        assert (done["alert"]["state"], done["alert"]["outcome"]) == ("resolved", "expected")
        (ruling,) = rulings(embedded.database, 0, 2**31)
        assert (ruling.signal, ruling.expected) == ("error", True)
        assert {each.series for each in page.raised} == ruling.series
        embedded.watch(WITHIN + timedelta(minutes=50))
        assert [alert for alert in embedded.alerter.grouping.open if alert.severity == "page"] == []
        states = {row["state"] for row in Directory(embedded).series() if row["signal"] == "error"}
        assert "learning" in states


def test_false(directory: Path) -> None:
    """A page that is called false counts as false, and what goes on is found again."""
    with opened(directory) as embedded:
        (page,) = [alert for alert in embedded.alerter.grouping.open if alert.severity == "page"]
        desk = Directory(embedded)
        desk.say(page.id, "false", "ana", "")
        assert desk.truth()["pages"]["false"] == 1
        embedded.watch(WITHIN + timedelta(minutes=50))
        assert [alert.severity for alert in embedded.alerter.grouping.open] == ["page"]


def test_restart(directory: Path) -> None:
    """What was said holds over a restart from an older snapshot: the minutes are watched again with it."""
    with opened(directory) as embedded:
        page = embedded.alerter.grouping.open[0]
        Directory(embedded).say(page.id, "expected", "ana", "")
    with opened(directory) as embedded:
        embedded.watch(WITHIN + timedelta(minutes=50))
        assert [alert for alert in embedded.alerter.grouping.open if alert.severity == "page"] == []


def test_busy(directory: Path) -> None:
    """While the watcher's round goes on, what is said is written down, and taken by the next round."""

    @contextmanager
    def busy(_: float) -> Iterator[bool]:
        yield False

    with opened(directory) as embedded:
        page = embedded.alerter.grouping.open[0]
        done = Directory(embedded, busy).say(page.id, "ack", "ana", "")
        assert (done["heard"], done["alert"]["state"]) == (False, "firing")
        embedded.hear()
        assert embedded.alerter.grouping.open[0].acknowledged_by == "ana"


def test_refused(directory: Path) -> None:
    """What names no alert, or cannot be said of it any more, changes nothing."""
    with opened(directory) as embedded:
        desk = Directory(embedded)
        page = embedded.alerter.grouping.open[0]
        with pytest.raises(UnknownAlert):
            desk.say("zz", "ack", "ana", "")
        desk.say(page.id, "resolve", "ana", "")
        with pytest.raises(AlertOver):
            desk.say(page.id, "ack", "ana", "")
        assert embedded.alerter.ledger.words() == []


def test_production(tmp_path: Path) -> None:
    """On a server the watcher that leads takes what is said in its next round; the command waits for it."""
    with (
        served(tmp_path / "store") as store,
        SqliteLog(tmp_path) as log,
        Database.open(url=store.url) as leading,
        Database.open(url=store.url) as asked,
    ):
        Writer(leading).signals([signal("error", ANSWER, 0)])
        now = START.fromtimestamp((DAY + 5) * 60, START.tzinfo)
        lookout = Lookout(Config(), leading, log, lambda: now)
        (alert,) = lookout.alerter.take([signal("error", ANSWER)], now)
        waits: list[float] = []

        def wait(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                lookout.alerter.hear(now)

        done = Production(asked, Config(), lambda: now, wait).say(alert.id, "ack", "ana", "")
        assert (done["heard"], done["alert"]["acknowledged_by"], len(waits)) == (True, "ana", 3)
        late = Production(asked, Config(), lambda: now, lambda _: None).say(alert.id, "resolve", "bo", "")
        assert (late["heard"], late["alert"]["state"]) == (False, "acknowledged")
        (over,) = lookout.alerter.hear(now)
        assert (over.state, over.ended_by) == ("resolved", "bo")
