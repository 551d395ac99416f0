"""What befalls a production path, and exact counts after each of it."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, OffsetSpec

from services.testing import Facts, Production, facts
from store.database import Database
from store.testing import Kind
from stream.log import Record
from stream.testing import Broker
from stream.topics import GENERATIONS, TOPICS
from stream.worker import GROUP
from tests.kafka.test_score_worker import POISON, planted
from tests.services.small_fleet import lines

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

MIB = 1024 * 1024
AWAY_S = 60.0
PAST_SESSION_S = 15.0
STORED = ("calls", "letters")


@pytest.fixture
def database(production: Production) -> Iterator[Database]:
    """The store of the production path."""
    with Database.open(url=production.store.url) as opened:
        yield opened


@pytest.mark.parametrize("consumer", ["plain", "faust"])
def test_store_fails(production: Production, database: Database, consumer: str) -> None:
    """However the store fails in the middle of a batch, the batch is stored when it is well again, once."""
    kinds: list[Kind] = ["refuse", "drop", "memory", "disk", "hang", "lose", "cut"]
    with production.worker("score", "--consumer", consumer):
        for number, kind in enumerate(kinds, start=1):
            with production.store.failing(kind, only="INSERT INTO generations"):
                production.send(list(lines(seed=number, days=1)))
                production.until(lambda: production.store.hits() > 0)
            production.until(lambda expected=300 * number: stored(database) == expected)  # type: ignore[misc] # a default
        production.until(lambda: production.lag() == 0)
        assert stored(database) == 300 * len(kinds)


def test_broker_away(broker: Broker, production: Production, database: Database) -> None:
    """A broker that is away for a minute ends no worker; then all is stored that was acknowledged, once."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(production.worker("score", "--consumer", one)) for one in ("plain", "faust")
        ]
        production.send(planted(300))
        production.until(lambda: stored(database) > 0)
        broker.kill()
        time.sleep(AWAY_S)  # the minute is the point
        broker.start()
        production.send(list(lines(seed=2, days=1)))
        production.until(lambda: production.lag() == 0)
        assert stored(database) == 600
        assert facts(database, "letters")["letters"]["n"] == planted(300).count(POISON)
        assert [one.poll() for one in running] == [None, None]


@pytest.mark.parametrize("consumer", ["plain", "faust"])
def test_past_session(production: Production, database: Database, consumer: str) -> None:
    """A worker that stood still past its session, while another did its work, does no harm afterwards."""
    with ExitStack() as stack:
        sleeper = stack.enter_context(production.worker("score", "--consumer", consumer))
        production.send(list(lines(days=1)))
        production.until(lambda: stored(database) > 0)
        os.kill(sleeper.pid, signal.SIGSTOP)
        stack.enter_context(production.worker("score", "--consumer", consumer))
        production.send(list(lines(seed=2, days=1)))
        production.until(lambda: stored(database) == 600)
        os.kill(sleeper.pid, signal.SIGCONT)
        production.send(list(lines(seed=3, days=1)))
        production.until(lambda: production.lag() == 0)
        assert stored(database) == 900
        assert sleeper.poll() is None


def test_again(production: Production, database: Database) -> None:
    """The whole topic read again, by another consumer and in other batches, changes nothing in the store."""
    calls = planted(1_000)
    with production.worker("score", "--consumer", "faust") as first:
        for start in range(0, len(calls), 37):
            production.send(calls[start : start + 37])
        production.until(lambda: production.lag() == 0)
        before = facts(database, *STORED)
        os.kill(first.pid, signal.SIGTERM)
        assert first.wait(30) == 0
    admin = KafkaAdminClient(bootstrap_servers=production.brokers)
    places = [TopicPartition(GENERATIONS, number) for number in range(TOPICS[GENERATIONS].partitions)]
    admin.reset_group_offsets(GROUP, dict.fromkeys(places, OffsetSpec.EARLIEST))
    admin.close()
    assert production.lag() > 0
    with production.worker("score", "--consumer", "plain"):
        production.until(lambda: production.lag() == 0)
    assert facts(database, *STORED) == before
    assert stored(database) == 1_000
    assert before["letters"]["n"] == calls.count(POISON)


@pytest.mark.parametrize("consumer", ["plain", "faust"])
def test_five_megabytes(production: Production, database: Database, consumer: str) -> None:
    """A record of 5 MB, which no border of ours has written, stops nothing and is accounted for."""
    admin = KafkaAdminClient(bootstrap_servers=production.brokers)
    admin.alter_configs([ConfigResource("TOPIC", GENERATIONS, {"max.message.bytes": str(8 * MIB)})])
    admin.close()
    giant = json.dumps(
        {**json.loads(next(lines(seed=9))), "event_id": "giant", "prompt": "x " * (5 * MIB // 2)}
    )
    small = list(lines(days=1))
    with production.worker("score", "--consumer", consumer):
        _foreign(production, [Record(b"default\0giant", giant.encode()), Record(b"default\0giant", small[0])])
        production.send(small[1:])
        production.until(lambda: production.lag() == 0)
    found = facts(database, *STORED)
    assert found["calls"]["n"] + found["letters"]["n"] == len(small) + 1
    assert found["calls"]["n"] >= len(small)


def test_hot_key(production: Production, database: Database) -> None:
    """A key with half the traffic, in a topic of another number of partitions, is counted like the others."""
    admin = KafkaAdminClient(bootstrap_servers=production.brokers)
    admin.delete_topics([GENERATIONS])
    while GENERATIONS in admin.list_topics():
        pass  # a broker hears of it a moment later
    admin.create_topics({GENERATIONS: {"num_partitions": 3, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    draw = random.Random(5)  # noqa: S311 - the same traffic every time
    calls = [json.loads(line) for line in lines(days=4)]
    for call in calls:
        call["route"] = "hot" if draw.random() < 0.5 else f"route-{draw.randrange(40)}"
    with ExitStack() as stack:
        for consumer in ("faust", "plain"):
            stack.enter_context(production.worker("score", "--consumer", consumer))
        production.send([json.dumps(call).encode() for call in calls])
        production.until(lambda: production.lag() == 0)
        found = database.rows("SELECT route, count() AS n FROM generations FINAL GROUP BY route")
    expected: dict[str, int] = {}
    for call in calls:
        expected[call["route"]] = expected.get(call["route"], 0) + 1
    assert {row["route"]: row["n"] for row in found} == expected


def test_clocks(production: Production, database: Database) -> None:
    """Calls whose clock jumps are dead letters, each with its reason; those before and after are stored."""
    calls = [json.loads(line) for line in lines(days=1)]
    for call in calls[100:150]:
        call["occurred_at"] = datetime(2038, 1, 19, tzinfo=UTC).isoformat()
    for call in calls[200:225]:
        call["occurred_at"] = datetime(1970, 1, 2, tzinfo=UTC).isoformat()
    with production.worker("score"):
        production.send([json.dumps(call).encode() for call in calls])
        production.until(lambda: production.lag() == 0)
    assert stored(database) == 225
    reasons = database.rows("SELECT reason, count() AS n FROM dead_letters FINAL GROUP BY reason")
    assert reasons == [{"reason": "clock_out_of_range", "n": 75}]


def stored(database: Database) -> int:
    """Return how many calls are stored; none twice, and under no second id."""
    found: Facts = facts(database, "calls")
    assert found["calls"]["n"] == found["calls"]["ids"]
    return int(found["calls"]["n"])


def _foreign(production: Production, records: list[Record]) -> None:
    producer = KafkaProducer(bootstrap_servers=production.brokers, max_request_size=8 * MIB)
    for record in records:
        producer.send(GENERATIONS, value=record.value, key=record.key).get(30)
    producer.close()
