from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from stream.errors import LogUnavailable
from stream.kafka_log import KafkaLog
from stream.kafka_topics import KafkaTopics
from stream.log import Record
from stream.suite import LogSuite, records
from stream.testing import Broker
from stream.topics import CHANGES, GENERATIONS

pytestmark = pytest.mark.kafka


class TestKafkaLog(LogSuite):
    """The log on Kafka does what every log does."""

    @pytest.fixture(autouse=True)
    def _brokers(self, brokers: str) -> None:
        self.brokers = brokers

    def opened(self) -> AbstractContextManager[KafkaLog]:
        return KafkaLog(self.brokers)


def test_positions(brokers: str) -> None:
    """An append says where each record stands, in the order they were handed in."""
    with KafkaLog(brokers) as log:
        positions = log.append(GENERATIONS, records(10))
        found = {one.position: one.record for one in log.read(GENERATIONS, "a", lines=1000, size=10**6)}
    assert [found[position] for position in positions] == records(10)


def test_broker_returns(tmp_path: Path) -> None:
    """What is appended while the broker is away is kept once it is back; nothing acknowledged is lost."""
    with Broker(tmp_path) as broker, created(broker.address) as log:
        log.append(CHANGES, records(5))
        broker.kill()
        broker.start()
        log.append(CHANGES, records(5, 5))
        found = log.read(CHANGES, "a", lines=1000, size=10**6)
    assert [one.record for one in found] == records(10)


@contextmanager
def created(address: str) -> Iterator[KafkaLog]:
    """Open the log of a cluster that has no topics yet."""
    with KafkaTopics(address) as topics:
        topics.create()
    with KafkaLog(address) as log:
        yield log


def test_no_broker() -> None:
    """Without a broker the error names the address and asks whether it is up."""
    with pytest.raises(LogUnavailable, match=r"127\.0\.0\.1:1 .*is it up"):
        KafkaLog("127.0.0.1:1")


def test_largest(brokers: str) -> None:
    """One event of the largest size that the border lets through fits."""
    with KafkaLog(brokers) as log:
        log.append(GENERATIONS, [Record(b"k", b"x" * 900 * 1024)])
        (found,) = log.read(GENERATIONS, "a", lines=1, size=1)
    assert len(found.record.value) == 900 * 1024
