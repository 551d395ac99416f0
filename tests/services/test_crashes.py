"""Ended anywhere between finding and telling, the next start tells everything once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.alerter.receivers.base import Notification
from services.alerter.store_ledger import StoreLedger
from services.config import Config
from services.document import fired
from services.run import Embedded
from services.watcher import minute
from services.watcher.minute import Watcher
from store.errors import StoreUnavailable
from store.writer import Writer
from stream.errors import LogError
from stream.sqlite_log import SqliteLog
from tests.services.small_fleet import DAYS, OUTAGE, OUTAGE_HOURS, START, lines

END = START + timedelta(days=DAYS)
STEP = timedelta(hours=1)
STEPS = [OUTAGE - STEP + STEP * nth for nth in range(OUTAGE_HOURS + 6)]


class Killed(Exception):  # noqa: N818 - an end, not an error of ours
    """Stands for kill -9."""


class Phone:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def notify(self, notification: Notification) -> None:
        self.told.append((notification.kind, notification.alert.id))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory watched to shortly before the outage."""
    directory = tmp_path_factory.mktemp("before") / "data"
    with Embedded(directory, Config(), lambda: END) as embedded:
        embedded.ingest(lines())
        while embedded.score():
            pass
        embedded.watch(STEPS[0])
        embedded.watcher.save()
    return directory


def _go(directory: Path, phone: Phone) -> list[Any]:
    moment = STEPS[0]
    with Embedded(directory, Config(), lambda: moment, notify=timedelta(days=1)) as embedded:
        embedded.alerter.outbox.receivers = {"console": phone}
        for moment in STEPS:
            embedded.watch(moment)
            embedded.alerter.deliver(moment)
        return fired(embedded)


def _ends(after: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
    def ended(*arguments: Any, **more: Any) -> Any:
        if not when(*arguments):
            return after(*arguments, **more)
        after(*arguments, **more)
        raise Killed

    return ended


@pytest.mark.parametrize(
    "place",
    [
        (minute, "publish", lambda _, signals: len(signals) > 0),
        (Writer, "signals", lambda _, signals: len(signals) > 0),
        (Watcher, "save", lambda watcher: watcher.position * 60 > OUTAGE.timestamp() + 3600),
        (StoreLedger, "save_deliveries", lambda *_: True),
        (StoreLedger, "save_alerts", lambda _, alerts, __: any(alert.fired_at for alert in alerts)),
        (SqliteLog, "commit", lambda _, group, positions: group == "alerter" and len(positions) > 0),
    ],
    ids=["publish", "signals", "snapshot", "deliveries", "alerts", "commit"],
)
def test_told_once(
    before: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[Any, str, Callable[..., bool]],
) -> None:
    """Whatever was done last, no alert is lost, none is told twice, and all are as if nothing had ended."""
    where, name, when = place
    directory = tmp_path / "data"
    shutil.copytree(before, directory, symlinks=True)
    phone = Phone()
    with monkeypatch.context() as patched:
        patched.setattr(where, name, _ends(getattr(where, name), when=when))
        with pytest.raises(Killed):
            _go(directory, phone)
    found = _go(directory, phone)
    page = next(alert for alert in found if alert.severity == "page")
    mine = [kind for kind, alert_id in phone.told if alert_id == page.id]
    assert mine == ["fire", "renotify", "resolve"]  # nobody acknowledges it for four hours
    assert len(set(phone.told)) == len(phone.told)
    assert {alert_id for _, alert_id in phone.told} == {alert.id for alert in found if alert.loud}


@pytest.mark.parametrize(
    "place",
    [(minute, "publish", LogError), (Writer, "signals", StoreUnavailable)],
    ids=["log", "store"],
)
def test_away(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str, type[Exception]]
) -> None:
    """Where log or store take no signals for a while, the same watcher finds the same in the end."""
    where, name, error = place
    calm, directory = tmp_path / "calm", tmp_path / "data"
    for copy in (calm, directory):
        shutil.copytree(before, copy, symlinks=True)
    expected = _go(calm, Phone())
    works = getattr(where, name)
    failures = 3

    def failing(of: Any, signals: Any) -> None:
        nonlocal failures
        if signals and failures:
            failures -= 1
            raise error("away")
        works(of, signals)

    watch = Embedded.watch

    def again(embedded: Embedded, until: datetime) -> bool:
        for _ in range(3):
            with suppress(error):
                return watch(embedded, until)
        return watch(embedded, until)

    monkeypatch.setattr(where, name, failing)
    monkeypatch.setattr(Embedded, "watch", again)
    assert _go(directory, Phone()) == expected
    assert failures == 0
