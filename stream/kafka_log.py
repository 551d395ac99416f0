"""The log on Kafka: records in from any process, and topics out to the one reader of a group."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from kafka.errors import KafkaError

from stream.errors import LogError
from stream.kafka_connection import ANSWER_MS, named, producer
from stream.kafka_group import KafkaGroup
from stream.kafka_reader import KafkaReader
from stream.log import Delivery, Position, Record
from stream.topics import TOPICS

SEND_S = 60.0  # how long an append waits for the brokers before it says that they are away
CLOSE_S = 1.0
LINGER_MS = 5


class KafkaLog:
    """`stream.log.Log` on a cluster; the topics must be there (`fmwatch topics create`).

    An append that fails may have kept some of its records: appended again they are duplicates, which change
    nothing. A group that `read`s here has one reader; workers that share a topic are `stream.plain` and
    `stream.app`. Thread-safe: appends go side by side, everything else one at a time.

    Parameters
    ----------
    brokers : host:port, several with commas
    send_s : how long an append waits for the brokers, twice that where even the topics are not known yet
    answer_ms : how long they may take to be found; None is as long as elsewhere

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str, *, send_s: float = SEND_S, answer_ms: int | None = None) -> None:
        self.brokers = brokers
        self._send_s = send_s
        self._reading = threading.RLock()  # the library's consumers and its admin are not thread-safe
        self._readers: dict[tuple[str, str], KafkaReader] = {}
        self._groups: dict[tuple[str, str], KafkaGroup] = {}
        send_ms = int(send_s * 1000)
        with named(brokers):
            self._producer = producer(
                brokers,
                bootstrap_timeout_ms=ANSWER_MS if answer_ms is None else answer_ms,
                acks="all",
                # With it kafka-python 3.0.12 can stop for good where brokers are away for longer than a send
                # may take. A record that is kept twice is a duplicate; one request at a time keeps the order.
                enable_idempotence=False,
                max_in_flight_requests_per_connection=1,
                compression_type="gzip",
                linger_ms=LINGER_MS,
                max_block_ms=send_ms,
                delivery_timeout_ms=send_ms,
                request_timeout_ms=send_ms // 2,  # so that an answer that was lost is asked for again
                max_request_size=max(topic.max_record_bytes for topic in TOPICS.values()),
                allow_auto_create_topics=False,
            )

    def append(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """Keep the records; acknowledged by the brokers when this returns."""
        known(topic)
        wanted = list(records)
        end = time.monotonic() + self._send_s
        with named(self.brokers):
            sent = [self._producer.send(topic, value=one.value, key=one.key) for one in wanted]
            kept = [one.get(max(0.0, end - time.monotonic())) for one in sent]
        return [Position(topic, one.partition, one.offset) for one in kept]

    def read(self, topic: str, group: str, *, lines: int, size: int) -> list[Delivery]:
        """Return the oldest records the group has not committed, at least one where there is one."""
        with self._reading:
            return self._reader(topic, group).read(lines=lines, size=size)

    def commit(self, group: str, positions: Iterable[Position]) -> None:
        """The group is done with these records and all before them in their partitions."""
        topics: dict[str, list[Position]] = {}
        for at in positions:
            topics.setdefault(at.topic, []).append(at)
        with self._reading:
            for topic, mine in topics.items():
                self._reader(topic, group).commit(mine)

    def lag(self, topic: str, group: str) -> int:
        """Return how many records the group has not committed: what Kafka counts, not the lines in them."""
        known(topic)
        with self._reading:
            if (topic, group) not in self._groups:
                self._groups[topic, group] = KafkaGroup(self.brokers, group, [topic])
            return sum(waiting.records for waiting in self._groups[topic, group].backlog().values())

    def waiting_since(self, topic: str, group: str) -> float | None:
        """Return when the oldest record that the group has not committed was sent, or None."""
        with self._reading:
            return self._reader(topic, group).waiting_since()

    def _reader(self, topic: str, group: str) -> KafkaReader:
        known(topic)
        if (topic, group) not in self._readers:
            self._readers[topic, group] = KafkaReader(self.brokers, topic, group)
        return self._readers[topic, group]

    def close(self) -> None:
        """End every connection; calling it twice is harmless."""
        with self._reading:
            for reader in self._readers.values():
                reader.close()
            for group in self._groups.values():
                group.close()
            self._readers.clear()
            self._groups.clear()
        # Whoever appended has been told what was kept: there is nothing left to wait for.
        with suppress(KafkaError):
            self._producer.close(CLOSE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def known(topic: str) -> None:
    """Refuse a topic that is not in the table."""
    if topic not in TOPICS:
        raise LogError(f"there is no topic {topic!r}; there are {', '.join(TOPICS)}")
