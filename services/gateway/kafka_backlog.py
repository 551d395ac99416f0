"""How much waits on Kafka, looked at beside the requests, so that a broker that is away holds up none."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from services.gateway.backlog import Clock, Waiting
from stream.errors import LogError, LogUnavailable
from stream.kafka_group import Backlog as Left
from stream.kafka_group import Partition
from stream.topics import INGEST, TOPICS
from stream.worker import GROUP

LOOK_S = 1.0
END_S = 2.0  # for the look in hand
OLD_LOOK = timedelta(minutes=1)  # between two looks at how old the oldest is, which cost more
KEPT_SHARE = 0.5  # of the time a topic keeps its records, that they may wait

_log = logging.getLogger("fmwatch")


class Group(Protocol):
    """See `stream.kafka_group.KafkaGroup`."""

    def backlog(self) -> Mapping[Partition, Left]:
        """Return what waits in each partition where something does."""


class Ages(Protocol):
    """See `stream.log.Log`."""

    def waiting_since(self, topic: str, group: str, /) -> float | None:
        """Return when the oldest record came that waits, s since the epoch."""


class KafkaBacklog:
    """Whether the brokers are there, and whether what waits may still be scored before it is deleted.

    Brokers have room for all that a topic keeps, so a number of records is no bound. But a topic deletes what
    is too old, scored or not: while the oldest record has waited for half of that time, nothing more is taken
    in, so that what cannot be scored in time stays with its senders, who count it, and is not lost unseen.

    Parameters
    ----------
    group : asked once a second from a thread of this object, and from no other
    ages : asked once a minute from the same thread
    """

    def __init__(self, group: Group, ages: Ages, clock: Clock) -> None:
        self._group = group
        self._ages = ages
        self._clock = clock
        self._found: Waiting | str = Waiting(0)  # or why the log is away
        self._full = ""
        self._full_at = datetime.min.replace(tzinfo=UTC)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backlog", daemon=True)

    def look(self) -> Waiting:
        """Return what waited a moment ago; raises LogUnavailable where no broker answered then."""
        found = self._found
        if isinstance(found, str):
            raise LogUnavailable(found)
        return found

    def failed(self) -> None:
        """Refuse what comes until the next look succeeds: who stands in line must not wait for nothing."""
        self._found = "the brokers have just not taken events in time"

    def renew(self) -> None:
        """Ask the brokers."""
        try:
            n = sum(one.records for one in self._group.backlog().values())
            self._found = Waiting(n, self._too_old() if n else "")
        except LogError as error:
            if not isinstance(self._found, str):
                _log.warning("nothing is taken in: %s", error)
            self._found = str(error)

    def _too_old(self) -> str:
        """Return why what waits has waited too long, "" where it has not."""
        now = self._clock()
        if now - self._full_at >= OLD_LOOK:
            found = (self._older(topic, now) for topic in INGEST)
            self._full = next((told for told in found if told), "")
            self._full_at = now
            if self._full:
                _log.error("nothing is taken in: %s", self._full)
        return self._full

    def _older(self, topic: str, now: datetime) -> str:
        since = self._ages.waiting_since(topic, GROUP)
        if since is None:
            return ""
        age = now - datetime.fromtimestamp(since, UTC)
        kept = TOPICS[topic].retention
        if age < kept * KEPT_SHARE:
            return ""
        days = age / timedelta(days=1)
        return (
            f"events in {topic} have waited {days:.1f} days to be scored, and are deleted after {kept.days}: "
            "start more `fmwatch worker score`"
        )

    def _run(self) -> None:
        while not self._ending.is_set():
            self.renew()
            self._ending.wait(LOOK_S)

    def __enter__(self) -> Self:
        self.renew()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(END_S)
