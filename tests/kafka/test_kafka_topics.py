from __future__ import annotations

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from stream.errors import LogError
from stream.kafka_topics import Difference, KafkaTopics
from stream.topics import CHANGES, GENERATIONS, SIGNALS, TOPICS

pytestmark = pytest.mark.kafka


def test_created(brokers: str) -> None:
    """Created topics are as the table says, and creating again does nothing."""
    with KafkaTopics(brokers) as topics:
        assert topics.check() == []
        assert topics.create() == []


def test_missing(brokers: str) -> None:
    """A topic that is missing is said with the command that makes it, and is made."""
    _admin(brokers).delete_topics([CHANGES])
    with KafkaTopics(brokers) as topics:
        (difference,) = _seen(topics)
        assert str(difference) == f"{CHANGES} is missing: `fmwatch topics create` makes it"
        topics.create()
        assert topics.check() == []


def test_raised(brokers: str) -> None:
    """Retention below the table's is raised to it."""
    _set(brokers, SIGNALS, "retention.ms", 1000)
    with KafkaTopics(brokers) as topics:
        (difference,) = _seen(topics)
        assert difference.mends
        topics.create()
        _settled(topics)


@pytest.mark.parametrize("longer", [10**12, -1], ids=["longer", "for ever"])
def test_never_shrinks(brokers: str, longer: int) -> None:
    """Retention above the table's is left alone, and the error says how a person lowers it."""
    _set(brokers, SIGNALS, "retention.ms", longer)
    with KafkaTopics(brokers) as topics:
        (difference,) = _seen(topics)
        with pytest.raises(LogError, match="may lose records, so do it yourself"):
            topics.create()
        assert difference.found == longer


def test_partitions(brokers: str) -> None:
    """Another number of partitions is refused: keys would move; nothing else is done either."""
    admin = _admin(brokers)
    admin.create_partitions({GENERATIONS: TOPICS[GENERATIONS].partitions + 1})
    admin.delete_topics([CHANGES])
    with KafkaTopics(brokers) as topics:
        _seen(topics, 2)
        with pytest.raises(LogError, match="make a new topic and cut over"):
            topics.create()
        assert [one.topic for one in topics.check()] == [GENERATIONS, CHANGES]


def _seen(topics: KafkaTopics, n: int = 1) -> list[Difference]:
    """Return what differs once there is so much: a broker hears of a change a moment after it is made."""
    while len(found := topics.check()) < n:
        pass
    return found


def _settled(topics: KafkaTopics) -> None:
    while topics.check():
        pass


def _admin(brokers: str) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_servers=brokers)


def _set(brokers: str, topic: str, what: str, value: int) -> None:
    _admin(brokers).alter_configs([ConfigResource("TOPIC", topic, {what: str(value)})])
