"""Where a group of consumers stands in its topics, as somebody sees it who takes no part in the group."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)

from stream.kafka_connection import ANSWER_MS, admin, named

AGAIN_S = 0.1


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    number: int


class Backlog(NamedTuple):
    """What a group has not acknowledged of a partition: the first offset of it, and how many records."""

    first: int
    records: int


class KafkaGroup:
    """Asks the brokers what a group has left to do. Not thread-safe.

    Parameters
    ----------
    brokers : host:port, several with commas

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str, group: str, topics: Sequence[str]) -> None:
        self._brokers = brokers
        self._group = group
        self._topics = topics
        with named(brokers):
            self._admin = admin(brokers)

    def backlog(self) -> dict[Partition, Backlog]:
        """Return what waits in each partition where something does.

        Raises
        ------
        LogUnavailable : no broker answers
        """
        with named(self._brokers):
            places = [
                TopicPartition(topic["name"], one["partition_index"])
                for topic in self._admin.describe_topics(list(self._topics))
                for one in topic["partitions"]
            ]
            ends = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
            begins = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            committed = self._committed(places)
        found = {}
        for at in places:
            done = committed[at].offset if at in committed else -1
            first = max(done, begins[at].offset)
            if first < ends[at].offset:
                found[Partition(at.topic, at.partition)] = Backlog(first, ends[at].offset - first)
        return found

    def _committed(self, places: list[TopicPartition]) -> dict[TopicPartition, Any]:
        """Ask the group's coordinator, which a cluster names a moment after its first group is asked for."""
        end = time.monotonic() + ANSWER_MS / 1000
        while True:
            try:
                return dict(self._admin.list_group_offsets({self._group: places})[self._group])
            except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
                if time.monotonic() > end:
                    raise
            time.sleep(AGAIN_S)

    def close(self) -> None:
        """End the connection; calling it twice is harmless."""
        self._admin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
