"""Where alerts are asked about: a ClickHouse server, a data directory, or the server that runs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from services.alerter.word import Verb
from services.alerts.directory import Directory
from services.alerts.production import Production
from services.alerts.reading import Document, Reading
from services.alerts.remote import running
from services.config import Config
from services.run import Embedded
from services.running import present
from services.wall import now
from services.wiring import opened
from store.database import Database
from store.queries import last_minute


class Answers(Protocol):
    """What may be asked; may block, and raises StoreUnavailable where the same may be asked again later."""

    def alerts(self, since: datetime) -> list[Document]:
        """Return the alerts that are open, or were over after `since`."""

    def truth(self) -> Document:
        """Return how many pages and tickets of the last month people have called false."""

    def series(self) -> list[Document]:
        """Return how far every series has come, for each of its signals."""


class Desk(Protocol):
    """Where a person says something of an alert; may block."""

    def say(self, prefix: str, verb: Verb, by: str, note: str) -> Document:
        """Return {alert, heard}; raises Unclear, and StoreUnavailable where it may be said again later."""


@contextmanager
def answers(data: Path, config_file: Path | None) -> Iterator[Answers]:
    """Open what answers questions about alerts."""
    config = Config.load(config_file)
    if config.store.clickhouse:
        with opened(config) as database:
            yield Reading(database, config, now)
        return
    with running(data) as server:
        if server is not None:
            yield server
            return
    present(data)
    with Database.open(data) as database:
        yield Reading(database, config, _end(database))


@contextmanager
def desk(data: Path, config_file: Path | None) -> Iterator[Desk]:
    """Open where something is said of alerts."""
    config = Config.load(config_file)
    if config.store.clickhouse:
        with opened(config) as database:
            yield Production(database, config, now)
        return
    with running(data) as server:
        if server is not None:
            yield server
            return
    present(data)
    with Embedded(data, config, now) as embedded:
        yield Directory(embedded)


def _end(database: Database) -> Callable[[], datetime]:
    """Return the clock of what is stored and grows no more: the end of its own time."""
    end = datetime.fromtimestamp((last_minute(database) or 0) * 60, UTC)
    return lambda: end
