"""The Kafka cluster: every broker, the topics as the table says, our rights; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from services.address import Address
from services.doctor import clock
from services.doctor.check import AWAY, Finding, fail, ok, skip, warn
from services.doctor.groups import groups
from services.doctor.reach import CONNECT_S, address_of, failing, refusal, unreached
from stream.errors import LogError, LogUnavailable
from stream.kafka_condition import Cluster, KafkaCondition, TopicState
from stream.kafka_topics import Difference, KafkaTopics
from stream.topics import INGEST, TOPICS

BROKERS, CLUSTER, TABLE, RIGHTS, RECORDS = (
    "kafka brokers",
    "kafka cluster",
    "kafka topics",
    "kafka rights",
    "kafka newest record",
)
PORT = 9092
ANSWER_S = 5.0
_REST = (CLUSTER, TABLE, RIGHTS, RECORDS, "group score", "group watch")


def kafka(brokers: str, told: str) -> Iterator[Finding]:
    """Look at a cluster.

    Parameters
    ----------
    brokers : as the configuration names them
    told : how a command is told the configuration, " --config FILE" or nothing
    """
    named = [address_of(one, PORT) for one in brokers.split(",") if one.strip()]
    away = failing({one: partial(_silence, one) for one in named}, CONNECT_S + ANSWER_S)
    yield from _named(named, away)
    well = [one for one in named if one not in away]
    if not well:
        yield from (skip(name, "no broker answers") for name in _REST)
        return
    asked = ",".join(map(str, well))
    try:
        with KafkaCondition(asked, ANSWER_S) as condition:
            yield from _cluster(condition.cluster(), {*well})
            yield from _topics(asked, condition.topics(), told)
            yield _newest(condition)
            yield from groups(asked, condition, told)
    except LogUnavailable as error:
        yield fail(CLUSTER, str(error), "look at the brokers' own logs", AWAY)
    except LogError as error:
        yield fail(CLUSTER, str(error), "ask who runs the cluster to let this machine in")


def _silence(address: Address) -> str:
    """Return "" where a broker answers as a broker, else why it does not."""
    if why := refusal(address):
        return f"takes no connection: {why}"
    try:
        KafkaCondition(str(address), ANSWER_S).close()
    except LogError:
        return f"takes a connection and does not answer as a Kafka broker within {ANSWER_S:.0f} s"
    return ""


def _named(named: list[Address], away: dict[Address, str]) -> Iterator[Finding]:
    for address, why in away.items():
        yield fail(BROKERS, f"{address} {why}", "start it, or correct log.kafka", AWAY)
    if len(away) < len(named):
        yield ok(BROKERS, f"{len(named) - len(away)} of {len(named)} that log.kafka names answer")


def _cluster(cluster: Cluster, reached: set[Address]) -> Iterator[Finding]:
    """Look also at the brokers nobody named: a client talks to each by the address that the cluster says."""
    advertised = [Address(node.host, node.port) for node in cluster.nodes]
    away = unreached([address for address in advertised if address not in reached])
    for address, why in away.items():
        what = f"the cluster names its broker {address}, which takes no connection from here: {why}"
        remedy = "start it, or set its advertised.listeners to an address that this machine can reach"
        yield fail(CLUSTER, what, remedy, AWAY)
    if not away:
        count = f"{len(advertised)} broker{'' if len(advertised) == 1 else 's'}"
        yield ok(CLUSTER, f"Kafka {cluster.version}, {count}, each reached where the cluster says it is")


def _topics(brokers: str, found: list[TopicState], told: str) -> Iterator[Finding]:
    yield from _table(brokers, [topic for topic in found if topic.refused], told)
    for topic in found:
        if topic.leaderless:
            what = f"{topic.name}: {topic.leaderless} of {topic.partitions} partitions have no leader"
            yield fail(TABLE, what, "start the brokers that hold their copies", AWAY)
        elif topic.short:
            what = f"{topic.name}: {topic.short} of {topic.partitions} partitions lack a copy"
            yield warn(
                TABLE, what, "start the brokers that hold them; until then the next loss may be one of data"
            )
    yield from _rights(found)


def _table(brokers: str, closed: list[TopicState], told: str) -> Iterator[Finding]:
    """Compare the topics with the table; those that may not be seen look as if they were missing.

    Parameters
    ----------
    closed : topics with which we may not do everything
    """
    if closed:
        yield skip(TABLE, f"not all may be seen: {', '.join(topic.name for topic in closed)}")
        return
    try:
        with KafkaTopics(brokers) as topics:
            differences = topics.check()
    except LogUnavailable:
        raise
    except LogError as error:
        yield skip(TABLE, str(error))
        return
    yield from (_difference(one, told) for one in differences)
    if not differences:
        yield ok(TABLE, f"all {len(TOPICS)} as the table says")


def _difference(one: Difference, told: str) -> Finding:
    what, _, remedy = str(one).partition(": ")
    if one.mends:
        return fail(TABLE, what, f"fmwatch topics create{told}")
    if one.what == "partitions":
        return fail(TABLE, what, remedy)
    return warn(TABLE, what, remedy)


def _rights(found: list[TopicState]) -> Iterator[Finding]:
    unsaid = [topic.name for topic in found if topic.refused is None]
    lacking = [topic for topic in found if topic.refused]
    for topic in lacking:
        wanted = topic.refused or ()
        words = " and not ".join(wanted).lower().replace("_", " ")
        may_not = f"not {words}" if topic.partitions else "not even see it"
        what = f"{topic.name}: this user may {may_not}"
        operations = " ".join(f"--operation {right.title().replace('_', '')}" for right in wanted)
        grant = f"kafka-acls.sh --bootstrap-server BROKER --add --allow-principal User:NAME {operations}"
        yield fail(RIGHTS, what, f"{grant} --topic {topic.name}, and remove what denies it")
    if unsaid:
        yield skip(RIGHTS, f"the cluster does not say what we may do with {', '.join(unsaid)}")
    elif found and not lacking:
        yield ok(
            RIGHTS,
            f"may read, write and describe {len(found)} topics, as the cluster says; nothing was written",
        )


def _newest(condition: KafkaCondition) -> Finding:
    """Look at the time the newest record bears; a broker's own clock cannot be asked for without writing."""
    latest = condition.newest(INGEST)
    at = None if latest is None else datetime.fromtimestamp(latest, UTC)
    return clock.newest(RECORDS, at, datetime.now(UTC), "record")
