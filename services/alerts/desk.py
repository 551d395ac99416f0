"""Where alerts are asked about: a ClickHouse server, a data directory, or the server that runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from services.alerter.word import Verb
from services.alerts.directory import Directory
from services.alerts.production import Production
from services.alerts.reading import Document, Reading
from services.alerts.remote import Server
from services.config import Config
from services.reach import reached
from services.run import Embedded
from services.store_clock import store_clock
from services.wall import now


class Answers(Protocol):
    """What may be asked; may block, and raises StoreUnavailable where the same may be asked again later."""

    def alerts(self, days: int) -> list[Document]:
        """Return the alerts that are open, however old, or were over within so many days."""

    def truth(self) -> Document:
        """Return how many pages and tickets of the last month people have called false."""

    def series(self) -> list[Document]:
        """Return how far every series has come, for each of its signals."""


class Desk(Protocol):
    """Where a person says something of an alert; may block."""

    def about(self, prefix: str, verb: Verb) -> str:
        """Return the id of the alert that begins so; raises Unclear where that cannot be said of it."""

    def say(self, prefix: str, verb: Verb, by: str, note: str) -> Document:
        """Return {alert, heard}; raises Unclear, and StoreUnavailable where it may be said again later."""


def answers(data: Path, config_file: Path | None) -> AbstractContextManager[Answers]:
    """Open what answers questions about alerts."""
    config = Config.load(config_file)
    return reached(
        data,
        config,
        store=lambda database: Reading(database, config, store_clock(database, config)),
        server=Server,
    )


def desk(data: Path, config_file: Path | None) -> AbstractContextManager[Desk]:
    """Open where something is said of alerts."""
    config = Config.load(config_file)

    @contextmanager
    def directory() -> Iterator[Desk]:
        with Embedded(data, config, now) as embedded:
            yield Directory(embedded)

    return reached(
        data,
        config,
        store=lambda database: Production(database, config, now),
        server=Server,
        directory=directory,
    )
