"""How much waits to be scored, and when that is too much to take more in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from stream.log import Log
from stream.topics import INGEST
from stream.worker import GROUP

Clock = Callable[[], datetime]

MOST_LINES = 500_000  # in the log that no worker has taken yet; more is refused
_FRESH = timedelta(seconds=1)


class Waiting(NamedTuple):
    """What no worker has taken yet.

    Attributes
    ----------
    n : lines, or on Kafka records
    full : why nothing more is taken in, "" where it is
    """

    n: int
    full: str = ""


class Backlog(Protocol):
    """Looks at what waits; asked for every request from several threads, so it must be cheap."""

    def look(self) -> Waiting:
        """Return what waited a moment ago; raises LogError where the log is away."""

    def failed(self) -> None:
        """The log has just not taken something."""


class LineBacklog:
    """Counts the lines of a log in this process, whose room is that of a disk.

    Parameters
    ----------
    most : lines that may wait
    """

    def __init__(self, log: Log, clock: Clock, most: int = MOST_LINES) -> None:
        self._log = log
        self._clock = clock
        self._most = most
        self._found = Waiting(0)
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def look(self) -> Waiting:
        """Return how many lines wait, at most a second old."""
        now = self._clock()
        if not timedelta(0) <= now - self._looked_at < _FRESH:
            n = sum(self._log.lag(topic, GROUP) for topic in INGEST)
            self._found = Waiting(n, f"{n:,} lines wait for the worker" if n > self._most else "")
            self._looked_at = now
        return self._found

    def failed(self) -> None:
        """Do nothing: a file that refuses one line may take the next."""
