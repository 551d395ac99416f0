"""One topic as the one reader of a group sees it: what it has not committed, again and again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition

from stream.client_counts import HEADER
from stream.errors import LogUnavailable
from stream.kafka_connection import ANSWER_MS, consumer, named
from stream.log import Delivery, Position, Record, batches

POLL_MS = 500


class KafkaReader:
    """Reads all partitions of a topic; not thread-safe, and no second one may read for the same group."""

    def __init__(self, brokers: str, topic: str, group: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._waiting: deque[Delivery] = deque()  # fetched, not committed
        with named(brokers):
            self._consumer = consumer(brokers, group_id=group)
            try:
                self._begin()
            except BaseException:
                self.close()
                raise

    def _begin(self) -> None:
        """Take all partitions, each from where the group stands."""
        found = self._consumer.partitions_for_topic(self._topic)
        if not found:
            raise LogUnavailable(f"{self._topic} is not at {self._brokers}; `fmwatch topics create` makes it")
        self._partitions = [TopicPartition(self._topic, partition) for partition in sorted(found)]
        self._consumer.assign(self._partitions)
        self._committed = {at.partition: self._next(at) for at in self._partitions}
        for at in self._partitions:
            self._consumer.seek(at, self._committed[at.partition])

    def read(self, *, lines: int, size: int) -> list[Delivery]:
        """Return the oldest records that were not committed, below both bounds but at least one."""
        with named(self._brokers):
            self._fetch(lines, size)
        return next(batches(self._waiting, lines=lines, size=size), [])

    def commit(self, positions: Iterable[Position]) -> None:
        """Move the group behind these records, never back."""
        reached = dict(self._committed)
        for at in positions:
            reached[at.partition] = max(reached[at.partition], at.offset + 1)
        moved = {
            TopicPartition(self._topic, partition): OffsetAndMetadata(offset, "", -1)
            for partition, offset in reached.items()
            if offset > self._committed[partition]
        }
        if not moved:
            return
        with named(self._brokers):
            self._consumer.commit(moved)
        self._committed = reached
        self._waiting = deque(
            one for one in self._waiting if one.position.offset >= reached[one.position.partition]
        )

    def waiting_since(self) -> float | None:
        """Return when the oldest record that the group has not committed was sent, s since the epoch."""
        with named(self._brokers):
            ends = self._consumer.end_offsets(self._partitions)
            behind = {at: first for at in self._partitions if (first := self._next(at)) < ends[at]}
            return min(self._sent(behind), default=None)

    def _sent(self, places: Mapping[TopicPartition, int]) -> Iterator[float]:
        """Yield when the record at each place was sent, by a consumer whose positions nobody reads from."""
        if not places:
            return
        with closing(consumer(self._brokers)) as probe:
            probe.assign(list(places))
            for at, first in places.items():
                probe.seek(at, first)
            waiting, patience = set(places), self._patience()
            while waiting:
                next(patience)
                for at, found in probe.poll(POLL_MS).items():
                    if at in waiting:
                        waiting.discard(at)
                        yield found[0].timestamp / 1000

    def close(self) -> None:
        """End the connection; what was not committed is read again by the next."""
        self._consumer.close(autocommit=False)

    def _next(self, at: TopicPartition) -> int:
        """Return the first offset that the group has not committed and that is still kept."""
        return max(int(self._consumer.committed(at) or 0), int(self._consumer.beginning_offsets([at])[at]))

    def _fetch(self, lines: int, size: int) -> None:
        """Poll until the bounds are reached or all that is in the topic has been fetched."""
        ends: dict[TopicPartition, int] | None = None
        patience = self._patience()
        while _short(self._waiting, lines, size):
            fetched = self._consumer.poll(POLL_MS if ends else 0)
            self._waiting.extend(delivery(one) for batch in fetched.values() for one in batch)
            if fetched:
                patience = self._patience()
                continue
            if ends is None:
                ends = self._consumer.end_offsets(self._partitions)
            if all(self._consumer.position(at) >= end for at, end in ends.items()):
                return
            next(patience)

    def _patience(self) -> Iterator[None]:
        """Let polls that bring nothing pass for a while, then raise."""
        end = time.monotonic() + ANSWER_MS / 1000
        while time.monotonic() < end:
            yield
        raise LogUnavailable(f"{self._brokers} gives no records of {self._topic}, which it has; is it up?")


def delivery(found: Any) -> Delivery:  # noqa: ANN401 - kafka.consumer.fetcher.ConsumerRecord has no types
    """Return a record of the library as ours; one without key or value, which is not of ours, is empty."""
    position = Position(found.topic, found.partition, found.offset)
    record = Record(found.key or b"", found.value or b"")
    return Delivery(position, record, found.timestamp / 1000, counted(found.headers))


def counted(headers: Iterable[tuple[str, bytes | None]]) -> str:
    """Return what a client has counted, of a record's headers."""
    return next(((said or b"").decode("utf-8", "replace") for name, said in headers if name == HEADER), "")


def _short(waiting: Iterable[Delivery], lines: int, size: int) -> bool:
    for one in waiting:
        lines -= one.record.count
        size -= len(one.record.value)
        if lines <= 0 or size <= 0:
            return False
    return True
