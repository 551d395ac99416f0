"""These tests need Java and the broker's jars, so they run where they are asked for: `make kafka`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove

from services.testing import Production
from store.testing import served
from stream.kafka_topics import KafkaTopics
from stream.testing import Broker
from stream.topics import TOPICS


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out of every run that does not name their marker."""
    if "kafka" in config.option.markexpr:
        return
    mine = [item for item in items if item.get_closest_marker("kafka")]
    config.hook.pytest_deselected(items=mine)
    items[:] = [item for item in items if item not in mine]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that the tests share, those that end it as well: each begins with `brokers`."""
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def brokers(broker: Broker) -> str:
    """Return the address of a broker that is up, whose topics are empty, and that knows of no group."""
    if not broker.runs():
        broker.start()
    with closing(KafkaAdminClient(bootstrap_servers=broker.address)) as admin:
        while groups := [group["group_id"] for group in admin.list_groups()]:
            _leave(admin, groups)
        if found := _topics(admin):
            admin.delete_topics(found)
            while _topics(admin):
                pass  # a broker hears of it a moment later
    with KafkaTopics(broker.address) as topics:
        topics.create()
    return broker.address


@pytest.fixture
def production(brokers: str, tmp_path: Path) -> Iterator[Production]:
    """A broker with topics and an empty store."""
    with served(tmp_path / "store") as store:
        yield Production(brokers, store, tmp_path)


def _leave(admin: KafkaAdminClient, groups: list[str]) -> None:
    """Delete groups; who was killed and is not missed yet is taken out of them."""
    for name, group in admin.describe_groups(groups).items():
        members = [MemberToRemove(member["member_id"]) for member in group["members"]]
        admin.remove_group_members(name, members)
    admin.delete_groups(groups)


def _topics(admin: KafkaAdminClient) -> list[str]:
    return [name for name in admin.list_topics() if name in TOPICS]
