"""What a Kafka cluster says about itself: its brokers, topics, groups and our rights; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kafka.admin import OffsetSpec
from kafka.errors import TopicAuthorizationFailedError

from stream.kafka_admin import KafkaAdmin
from stream.kafka_connection import named
from stream.topics import TOPICS

# The rights that processes of fmwatch need on each topic, as the cluster names them.
RIGHTS = ("READ", "WRITE", "DESCRIBE_CONFIGS")


@dataclass(frozen=True, slots=True)
class Node:
    """A broker as the cluster tells clients to reach it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster as a whole.

    Attributes
    ----------
    version : of its protocol, "4.3"
    """

    version: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TopicState:
    """How one topic is.

    Attributes
    ----------
    partitions : 0 where we may not even see the topic
    leaderless : partitions that nobody serves
    short : partitions of which not every copy is up to date
    refused : those of RIGHTS that we lack; None where the cluster does not say
    """

    name: str
    partitions: int
    leaderless: int
    short: int
    refused: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class GroupState:
    """Who is in a group.

    Attributes
    ----------
    state : as Kafka calls it: Stable, Empty, Dead, PreparingRebalance, CompletingRebalance
    """

    state: str
    members: int


class KafkaCondition(KafkaAdmin):
    """Asks a cluster; not thread-safe.

    Parameters
    ----------
    brokers : host:port, several with commas
    answer_s : how long a broker may take to be found, and to answer a question

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def __init__(self, brokers: str, answer_s: float) -> None:
        milliseconds = int(answer_s * 1000)
        super().__init__(brokers, bootstrap_timeout_ms=milliseconds, request_timeout_ms=milliseconds)
        self._answer_s = answer_s

    def cluster(self) -> Cluster:
        """Return the cluster as it describes itself."""
        with named(self._brokers):
            found = self._admin.describe_cluster()["brokers"]
            version = self._admin.get_broker_version_data(found[0]["broker_id"]).broker_version
        return Cluster(
            ".".join(map(str, version)), tuple(Node(broker["host"], broker["port"]) for broker in found)
        )

    def topics(self) -> list[TopicState]:
        """Return how our topics are, those that are missing left out."""
        with named(self._brokers):
            found = self._admin.describe_topics(list(TOPICS))
        hidden = TopicAuthorizationFailedError.errno
        return [_topic(one) for one in found if one["error_code"] in (0, hidden)]

    def group(self, name: str) -> GroupState:
        """Return who is in a group."""
        with named(self._brokers):
            told = self._of_group(lambda: self._admin.describe_groups([name]), self._answer_s)
        found = told[name]
        return GroupState(found["group_state"], len(found["members"]))

    def newest(self, topics: Sequence[str]) -> float | None:
        """Return the latest time that any record of the topics bears, s since the epoch; None without any."""
        with named(self._brokers):
            places = self._partitions_of(topics)
            found = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.MAX_TIMESTAMP))
        return max((one.timestamp / 1000 for one in found.values() if one.timestamp >= 0), default=None)


def _topic(found: Any) -> TopicState:  # noqa: ANN401 - a dictionary of the library's
    partitions = found["partitions"]
    # Where it may not be seen, the cluster says nothing of rights.
    allowed = () if found["error_code"] else found.get("authorized_operations")
    return TopicState(
        found["name"],
        len(partitions),
        sum(one["leader_id"] < 0 for one in partitions),
        sum(len(one["isr_nodes"]) < len(one["replica_nodes"]) for one in partitions),
        None if allowed is None else tuple(right for right in RIGHTS if right not in allowed),
    )
