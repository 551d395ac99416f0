"""Where a command asks about dead letters: the data directory itself, or the server that runs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.config import Config
from services.dead_letters.reading import Document, Outcomes, Pending, Reading
from services.dead_letters.remote import running
from services.dead_letters.replays import Replays, Taken
from services.run import Embedded
from services.running import present
from store.database import Database
from store.dead_letters import Asked
from stream.errors import StreamError
from stream.feed import remembered

Clock = Callable[[], datetime]


class UnfinishedReplay(StreamError):  # noqa: N818 - a state, read as a sentence
    """The log holds a part of a file that is still to be counted."""


class Answers(Protocol):
    """What may be asked; may block, and raises StoreUnavailable where the same may be asked again later."""

    def listing(self, asked: Asked, limit: int) -> Document:
        """Return the newest letters, and how many are meant in all."""

    def one(self, letter: str) -> Document | None:
        """Return everything about one letter; None where there is none of this id."""


class Desk(Protocol):
    """What hands letters in again; may block, and may be asked the same again: nothing is stored twice.

    Raises StoreUnavailable where the same may be asked again later.
    """

    def pending(self, asked: Asked) -> Pending:
        """Return which letters no replay has stored."""

    def take(
        self, ids: Sequence[str], *, restamp: bool, dry_run: bool, replayed_at: datetime | None = None
    ) -> Taken:
        """Put letters into the log again; raises UnknownLetter, and then has done nothing."""

    def outcomes(self, replayed_at: datetime) -> Outcomes:
        """Return what has become of them so far."""


class Directory(Reading):
    """A directory that this process has open: what it puts into the log it takes through the step as well."""

    def __init__(self, embedded: Embedded) -> None:
        super().__init__(embedded.database)
        self.embedded = embedded
        self.replays = Replays(embedded.database, embedded.log, embedded.border, embedded.clock)

    def take(
        self, ids: Sequence[str], *, restamp: bool, dry_run: bool, replayed_at: datetime | None = None
    ) -> Taken:
        taken = self.replays.take(ids, restamp=restamp, dry_run=dry_run, replayed_at=replayed_at)
        if not dry_run:
            while self.embedded.score():
                pass
            self.embedded.rollup.recompute()
        return taken


@contextmanager
def answers(data: Path) -> Iterator[Answers]:
    """Open what answers questions about a data directory's letters."""
    with running(data) as server:
        if server is not None:
            yield server
            return
    present(data)
    with Database.open(data) as database:
        yield Reading(database)


@contextmanager
def desk(data: Path, config_file: Path | None, clock: Clock) -> Iterator[Desk]:
    """Open what hands a data directory's letters in again.

    Raises
    ------
    UnfinishedReplay : what waits in the log belongs to a file whose counts must stay exact
    """
    with running(data) as server:
        if server is not None:
            yield server
            return
    present(data)
    with Embedded(data, Config.load(config_file), clock) as embedded:
        if remembered(embedded.log) is not None:
            raise UnfinishedReplay(
                f"a replay of a file was interrupted in {data}: run that fmwatch replay again first, "
                "so that its counts stay exact, or start fmwatch up"
            )
        yield Directory(embedded)
        embedded.log.prune()
