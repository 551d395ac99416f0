"""Where a group of consumers stands in its topics, as somebody sees it who takes no part in the group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kafka.admin import OffsetSpec

from stream.kafka_admin import KafkaAdmin
from stream.kafka_connection import named


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    number: int


class Backlog(NamedTuple):
    """What a group has not acknowledged of a partition: the first offset of it, and how many records."""

    first: int
    records: int


class KafkaGroup(KafkaAdmin):
    """Asks the brokers what a group has left to do. Not thread-safe.

    Parameters
    ----------
    brokers : host:port, several with commas

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str, group: str, topics: Sequence[str]) -> None:
        super().__init__(brokers)
        self._group = group
        self._topics = topics

    def backlog(self) -> dict[Partition, Backlog]:
        """Return what waits in each partition where something does.

        Raises
        ------
        LogUnavailable : no broker answers
        """
        with named(self._brokers):
            places = self._partitions_of(self._topics)
            ends = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
            begins = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            told = self._of_group(lambda: self._admin.list_group_offsets({self._group: places}))
        committed = told[self._group]
        found = {}
        for at in places:
            done = committed[at].offset if at in committed else -1
            first = max(done, begins[at].offset)
            if first < ends[at].offset:
                found[Partition(at.topic, at.partition)] = Backlog(first, ends[at].offset - first)
        return found
