from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress

import pytest
from kafka import KafkaAdminClient

from stream.errors import LogError, LogUnavailable
from stream.kafka_group import KafkaGroup
from stream.kafka_log import KafkaLog
from stream.kafka_reader import KafkaReader
from stream.kafka_topics import KafkaTopics, present
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


def test_broker_returns(broker: Broker, brokers: str) -> None:
    """What is appended while the broker is away is kept once it is back; nothing acknowledged is lost."""
    with KafkaLog(brokers) as log:
        log.append(CHANGES, records(5))
        broker.kill()
        broker.start()
        log.append(CHANGES, records(5, 5))
        found = log.read(CHANGES, "a", lines=1000, size=10**6)
    assert [one.record for one in found] == records(10)


def test_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a broker the error names the address and asks whether it is up."""
    monkeypatch.setattr("stream.kafka_log.ANSWER_MS", 100)
    with pytest.raises(LogUnavailable, match=r"127\.0\.0\.1:1 .*is it up"):
        KafkaLog("127.0.0.1:1")


def test_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked in vain again and again, the library's threads and sockets do not add up."""
    for place in ("kafka_connection", "kafka_log"):
        monkeypatch.setattr(f"stream.{place}.ANSWER_MS", 100)
    before = threading.active_count()
    group, reader = lambda at: KafkaGroup(at, "a", []), lambda at: KafkaReader(at, CHANGES, "a")
    for asked in (KafkaTopics, KafkaLog, group, reader):
        with pytest.raises(LogUnavailable):
            asked("127.0.0.1:1")
    assert threading.active_count() == before


def test_topic_missing(brokers: str) -> None:
    """Reading a topic that is not there says what makes it, and leaves nothing open."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.delete_topics([CHANGES])
        while CHANGES in admin.list_topics():
            pass  # a broker hears of it a moment later
    with KafkaLog(brokers) as log:
        before = threading.active_count()
        with pytest.raises(LogUnavailable, match=f"{CHANGES} is not at .*fmwatch topics create"):
            log.read(CHANGES, "a", lines=1, size=1)
        assert threading.active_count() == before
    with pytest.raises(LogError, match=f"^{CHANGES} is missing: `fmwatch topics create` makes it$"):
        present(brokers, (CHANGES, GENERATIONS))


def test_largest(brokers: str) -> None:
    """One event of the largest size that the border lets through fits."""
    with KafkaLog(brokers) as log:
        log.append(GENERATIONS, [Record(b"k", b"x" * 900 * 1024)])
        (found,) = log.read(GENERATIONS, "a", lines=1, size=1)
    assert len(found.record.value) == 900 * 1024


def test_threads(brokers: str) -> None:
    """Many threads at once append, read, commit and ask how far a group is behind; nothing is mixed up."""
    with KafkaLog(brokers) as log, ThreadPoolExecutor(8) as threads:

        def work(number: int) -> int:
            log.append(GENERATIONS, records(5, 5 * number))
            log.commit("b", [one.position for one in log.read(GENERATIONS, "a", lines=5, size=10**6)])
            log.waiting_since(GENERATIONS, "b")
            return log.lag(GENERATIONS, "a")

        seen = list(threads.map(work, range(40)))
        assert max(seen) <= log.lag(GENERATIONS, "a") == 200
        assert len(log.read(GENERATIONS, "a", lines=10**6, size=10**9)) == 200


def test_answers_in_time(broker: Broker, brokers: str) -> None:
    """An append says within the time it was given that no broker takes it, and closing waits for nothing."""
    log = KafkaLog(brokers, send_s=2)
    log.append(CHANGES, records(5))
    broker.kill()
    began = time.monotonic()
    with pytest.raises(LogUnavailable, match="is it up"):
        log.append(CHANGES, records(5))
    assert time.monotonic() - began < 10
    log.close()
    assert time.monotonic() - began < 15


def test_outage(broker: Broker, brokers: str) -> None:
    """Brokers that are away for longer than an append waits are written to again once they are back."""
    with KafkaLog(brokers, send_s=2.0) as log, ThreadPoolExecutor(8) as senders:
        refused = [senders.submit(_until_refused, log) for _ in range(8)]
        broker.kill()
        for one in refused:
            one.result()
        broker.start()
        _until_taken(log)


def _until_refused(log: KafkaLog) -> None:
    with suppress(LogUnavailable):
        while True:
            log.append(GENERATIONS, records(50))


def _until_taken(log: KafkaLog) -> None:
    end = time.monotonic() + 30.0
    while True:
        try:
            log.append(GENERATIONS, records(50))
        except LogUnavailable:
            assert time.monotonic() < end
        else:
            return
