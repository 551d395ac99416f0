from __future__ import annotations

import pytest

from stream.kafka_group import Backlog, KafkaGroup, Partition
from stream.kafka_log import KafkaLog
from stream.log import Record
from stream.topics import FEEDBACK, GENERATIONS

pytestmark = pytest.mark.kafka


def test_backlog(brokers: str) -> None:
    """What a group has not acknowledged is seen from outside, by partition, also by a group of the future."""
    with KafkaGroup(brokers, "onlooker", [GENERATIONS, FEEDBACK]) as group, KafkaLog(brokers) as log:
        assert group.backlog() == {}
        (at,) = {one.partition for one in log.append(GENERATIONS, [Record(b"key", b"1")] * 3)}
        assert group.backlog() == {Partition(GENERATIONS, at): Backlog(0, 3)}
        first = log.read(GENERATIONS, "onlooker", lines=2, size=1000)
        log.commit("onlooker", [one.position for one in first])
        assert group.backlog() == {Partition(GENERATIONS, at): Backlog(2, 1)}
