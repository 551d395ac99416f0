"""The table of topics on a Kafka cluster: created from it, compared with it, never shrunk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kafka.admin import ConfigResource

from stream.errors import LogError
from stream.kafka_admin import KafkaAdmin
from stream.kafka_connection import named
from stream.topics import TOPICS, Topic

RETENTION = "retention.ms"
LARGEST = "max.message.bytes"
SAFE_COPIES = 3  # with this many, of which two must have a record, one broker may be lost
IN_SYNC = "min.insync.replicas"

_SHRINK = (
    "lowering it may lose records, so do it yourself: kafka-configs.sh --alter --entity-type topics "
    "--entity-name {topic} --add-config {what}={wanted}"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a cluster has otherwise than the table.

    Attributes
    ----------
    what : partitions, retention.ms, max.message.bytes; "" where the whole topic is missing
    wanted, found : of the table, of the cluster
    mends : `create` puts it right; the others only a person can
    remedy : what to do, one sentence
    """

    topic: str
    what: str
    wanted: int
    found: int
    mends: bool
    remedy: str

    def __str__(self) -> str:
        if not self.what:
            return f"{self.topic} is missing: {self.remedy}"
        return f"{self.topic} has {self.what} {self.found:,}, the table says {self.wanted:,}: {self.remedy}"


class KafkaTopics(KafkaAdmin):
    """The topics of `stream.topics.TOPICS` as a cluster has them.

    Parameters
    ----------
    brokers : host:port, several with commas

    Raises
    ------
    LogUnavailable : no broker answers
    """

    def check(self) -> list[Difference]:
        """Return all that differs, in the order of the table."""
        with named(self._brokers):
            partitions = self._partitions()
            settings = self._settings([name for name in TOPICS if name in partitions])
            if closed := [name for name, found in settings.items() if not found]:
                partitions = self._partitions()  # one that is being deleted has gone by now
                self._refuse_closed([name for name in closed if name in partitions])
        return [
            difference
            for topic in TOPICS.values()
            for difference in _differences(topic, partitions.get(topic.name), settings.get(topic.name, {}))
        ]

    def create(self, replicas: int | None = None) -> list[Difference]:
        """Create what is missing, raise what is lower than the table says, and return what was done.

        Nothing is done where anything differs that only a person can decide.

        Parameters
        ----------
        replicas : copies of each partition; by default three, or as many as there are brokers

        Raises
        ------
        LogError : the cluster has more than the table, or another number of partitions
        """
        found = self.check()
        if refused := [str(one) for one in found if not one.mends]:
            raise LogError("\n".join(refused))
        with named(self._brokers):
            copies = replicas or min(SAFE_COPIES, len(self._admin.describe_cluster()["brokers"]))
            missing = [TOPICS[one.topic] for one in found if not one.what]
            if missing:
                made = {topic.name: _made(topic, copies) for topic in missing}
                self._admin.create_topics(made, wait_for_metadata=True)
            raised = [one for one in found if one.what]
            if raised:
                self._admin.alter_configs(
                    [ConfigResource("TOPIC", one.topic, {one.what: str(one.wanted)}) for one in raised]
                )
        return found

    def _settings(self, names: list[str]) -> dict[str, dict[str, int]]:
        if not names:
            return {}
        wanted = [ConfigResource("TOPIC", name) for name in names]
        told = self._admin.describe_configs(wanted, config_filter="all")["topic"]
        return {
            name: {what: int(config[what]["value"]) for what in (RETENTION, LARGEST) if what in config}
            for name, config in told.items()
        }

    def _partitions(self) -> dict[str, int]:
        return {
            topic["name"]: len(topic["partitions"])
            for topic in self._admin.describe_topics()
            if topic["name"] in TOPICS
        }

    def _refuse_closed(self, closed: Sequence[str]) -> None:
        if closed:
            raise LogError(
                f"this user may not see the settings of {', '.join(closed)}; allow it DescribeConfigs on them"
            )


def present(brokers: str, wanted: Collection[str]) -> None:
    """Check that topics are there: who reads or writes one that is missing waits for it without a word.

    Raises
    ------
    LogError : some are missing
    LogUnavailable : no broker answers
    """
    with KafkaTopics(brokers) as topics:
        missing = [one for one in topics.check() if not one.what and one.topic in wanted]
    if missing:
        raise LogError("\n".join(map(str, missing)))


def _differences(topic: Topic, partitions: int | None, settings: Mapping[str, int]) -> Iterator[Difference]:
    if partitions is None:
        yield Difference(topic.name, "", 1, 0, mends=True, remedy="`fmwatch topics create` makes it")
        return
    if partitions != topic.partitions:
        yield Difference(
            topic.name,
            "partitions",
            topic.partitions,
            partitions,
            mends=False,
            remedy="a key must keep its partition, so make a new topic and cut over to it",
        )
    for what, wanted in _wanted(topic).items():
        found = settings[what]
        if found == wanted:
            continue
        # -1 keeps for ever
        lower = found != -1 and found < wanted
        remedy = (
            "`fmwatch topics create` raises it"
            if lower
            else _SHRINK.format(topic=topic.name, what=what, wanted=wanted)
        )
        yield Difference(topic.name, what, wanted, found, mends=lower, remedy=remedy)


def _wanted(topic: Topic) -> dict[str, int]:
    return {RETENTION: int(topic.retention.total_seconds() * 1000), LARGEST: topic.max_record_bytes}


def _made(topic: Topic, copies: int) -> dict[str, object]:
    settings = {name: str(value) for name, value in _wanted(topic).items()}
    if copies >= SAFE_COPIES:
        settings[IN_SYNC] = "2"
    return {"num_partitions": topic.partitions, "replication_factor": copies, "configs": settings}
