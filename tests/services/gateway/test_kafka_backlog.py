from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.kafka_backlog import KafkaBacklog
from stream.errors import LogUnavailable
from stream.kafka_group import Backlog, Partition
from stream.topics import CHANGES, GENERATIONS

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Brokers:
    """Stands for brokers: what a group has left, and how old the oldest of it is."""

    def __init__(self) -> None:
        self.records: dict[str, int] = {}
        self.since: dict[str, datetime] = {}
        self.away = False
        self.now = NOW
        self.asked_ages = 0

    def backlog(self) -> dict[Partition, Backlog]:
        if self.away:
            raise LogUnavailable("no broker at broker:9092")
        return {Partition(topic, 0): Backlog(0, n) for topic, n in self.records.items()}

    def waiting_since(self, topic: str, _: str) -> float | None:
        self.asked_ages += 1
        since = self.since.get(topic)
        return since.timestamp() if since else None


@pytest.fixture
def brokers() -> Brokers:
    """Brokers with nothing on them."""
    return Brokers()


@pytest.fixture
def backlog(brokers: Brokers) -> KafkaBacklog:
    """Return what looks at them, when it is told to."""
    return KafkaBacklog(brokers, brokers, lambda: brokers.now)


def test_counts(brokers: Brokers, backlog: KafkaBacklog) -> None:
    """What waits is counted, and however much it is, there is room for it."""
    brokers.records = {GENERATIONS: 7_000_000, CHANGES: 1}
    backlog.renew()
    assert backlog.look() == (7_000_001, "")


@pytest.mark.parametrize(("days", "full"), [(3.4, False), (3.6, True), (6.9, True)])
def test_old(brokers: Brokers, backlog: KafkaBacklog, days: float, *, full: bool) -> None:
    """Once the oldest call has waited for half of the week that its topic keeps it, nothing is taken in."""
    brokers.records = {GENERATIONS: 1}
    brokers.since = {GENERATIONS: NOW - timedelta(days=days), CHANGES: NOW - timedelta(days=14)}
    backlog.renew()
    assert (backlog.look().full != "") is full
    if full:
        assert f"have waited {days:.1f} days to be scored, and are deleted after 7" in backlog.look().full


def test_room_again(brokers: Brokers, backlog: KafkaBacklog) -> None:
    """The age is asked for once a minute, and what was scored makes room."""
    brokers.records = {GENERATIONS: 1}
    brokers.since = {GENERATIONS: NOW - timedelta(days=5)}
    backlog.renew()
    asked = brokers.asked_ages
    brokers.now += timedelta(seconds=30)
    backlog.renew()
    assert (brokers.asked_ages, backlog.look().full != "") == (asked, True)
    brokers.since = {}
    brokers.now += timedelta(seconds=30)
    backlog.renew()
    assert backlog.look().full == ""


def test_away(brokers: Brokers, backlog: KafkaBacklog, caplog: pytest.LogCaptureFixture) -> None:
    """While no broker answers every look says so at once; it is logged once, and ends with an answer."""
    brokers.away = True
    for _ in range(3):
        backlog.renew()
        with pytest.raises(LogUnavailable):
            backlog.look()
    assert len(caplog.records) == 1
    brokers.away = False
    backlog.renew()
    assert backlog.look().n == 0


def test_failed(backlog: KafkaBacklog) -> None:
    """After an append that failed, whoever stands in line is refused until the brokers answer again."""
    backlog.renew()
    backlog.failed()
    with pytest.raises(LogUnavailable):
        backlog.look()
    backlog.renew()
    backlog.look()
