"""A connection over which the brokers are asked about topics and groups, in one way for all who ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

from kafka import TopicPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)

from stream.kafka_connection import ANSWER_MS, admin, named

AGAIN_S = 0.1

T = TypeVar("T")


class KafkaAdmin:
    """Asks a cluster. Not thread-safe.

    Parameters
    ----------
    brokers : host:port, several with commas
    settings : more of the library's

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str, **settings: object) -> None:
        self._brokers = brokers
        with named(brokers):
            self._admin = admin(brokers, **settings)

    def _partitions_of(self, topics: Iterable[str]) -> list[TopicPartition]:
        return [
            TopicPartition(topic["name"], one["partition_index"])
            for topic in self._admin.describe_topics(list(topics))
            for one in topic["partitions"]
        ]

    def _of_group(self, ask: Callable[[], T], within_s: float = ANSWER_MS / 1000) -> T:
        """Ask a group's coordinator, which a cluster names a moment after its first group is asked for."""
        end = time.monotonic() + within_s
        while True:
            try:
                return ask()
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
