"""The client straight to a real broker: what arrives, where, and what an outage, a fork or the end costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fmwatch import Client, TooLarge
from fmwatch.transports.kafka import KafkaTransport
from kafka import KafkaConsumer, TopicPartition

from stream.border import Border, gathered
from stream.decode import decode
from stream.kafka_log import KafkaLog
from stream.kafka_topics import KafkaTopics
from stream.log import MAX_LINES
from stream.testing import Broker
from stream.topics import CHANGES, FEEDBACK, GENERATIONS, INGEST
from tests.client.wrap.snippets import sections

pytestmark = pytest.mark.kafka

CALL = {"provider": "openai", "request_model": "gpt-4o"}
PATIENCE_S = 60.0


def kept(brokers: str, topic: str) -> list[Any]:
    """Return every record of a topic, whoever wrote it."""
    consumer = KafkaConsumer(
        bootstrap_servers=brokers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(places)
    ends = consumer.end_offsets(places)
    found: list[Any] = []
    while any(consumer.position(at) < end for at, end in ends.items()):
        found += [record for batch in consumer.poll(500).values() for record in batch]
    consumer.close()
    return found


def events(brokers: str, topic: str = GENERATIONS) -> list[dict[str, Any]]:
    """Return every event of a topic, each read as the step reads it."""
    lines = [line for record in kept(brokers, topic) for line in record.value.split(b"\n")]
    for line in lines:
        decode(line, lambda: datetime.now(UTC))
    return [json.loads(line) for line in lines]


def test_quickstart(brokers: str) -> None:
    """The quickstart's lines, told where the brokers are, put the call into the topic."""
    code = sections()["Kafka"]
    assert code.count("127.0.0.1:9092") == 1
    ran = subprocess.run(
        [sys.executable, "-c", code.replace("127.0.0.1:9092", brokers)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "sent=1" in ran.stdout, ran.stderr
    (call,) = [event for event in events(brokers) if event["request_model"] == "acme-small"]
    assert (call["route"], call["team"]) == ("helpdesk", "support")


def test_arrives(brokers: str) -> None:
    """Calls, feedback and changes arrive as events that the step can read, up to fifty to a record."""
    with Client(f"kafka://{brokers}", app="helpdesk", tenant="acme") as client:
        for number in range(120):
            client.capture(**CALL, event_id=str(number), prompt="I am ana@example.org")
        client.feedback("7", "thumb", value=True)
        client.change("deploy", to="v2")
        assert client.flush(PATIENCE_S)[:5] == (122, 0, 0, 0, {})
    found = events(brokers)
    assert [one["event_id"] for one in found] == [str(number) for number in range(120)]
    assert {one["prompt"] for one in found} == {"I am [email]"}
    assert [record.value.count(b"\n") + 1 for record in kept(brokers, GENERATIONS)] == [
        MAX_LINES,
        MAX_LINES,
        20,
    ]
    assert [one["event_id"] for one in events(brokers, FEEDBACK)] == ["7"]
    assert [one["to"] for one in events(brokers, CHANGES)] == ["v2"]


def test_same_place(brokers: str) -> None:
    """Each key lies in one partition, whether the gateway or the client wrote it."""
    with Client(f"kafka://{brokers}", redact=[]) as client:
        for number in range(40):
            client.capture(**CALL, tenant=f"t{number % 3}", route=f"route/{number}", event_id=str(number))
            client.feedback(str(number), "thumb", value=True, tenant=f"t{number % 3}")
            client.change("deploy", tenant=f"t{number % 3}")
        assert client.flush(PATIENCE_S).sent == 120
    mine = {topic: places(brokers, topic) for topic in INGEST}
    lines = [
        line for topic in INGEST for record in kept(brokers, topic) for line in record.value.split(b"\n")
    ]
    with KafkaLog(brokers) as log:
        for topic, records in gathered(Border().admit(line) for line in lines).items():
            log.append(topic, records)
    assert mine == {topic: places(brokers, topic) for topic in INGEST}
    assert len(mine[GENERATIONS]) == 40
    assert len({partition for _, partition in mine[GENERATIONS]}) > 6


def places(brokers: str, topic: str) -> set[tuple[bytes, int]]:
    """Return which keys lie in which partitions."""
    return {(record.key, record.partition) for record in kept(brokers, topic)}


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("brokers")
def test_outage(broker: Broker, end: str) -> None:
    """What is captured while the broker goes and comes back arrives, once by identity; nothing is dropped."""
    client = Client(transport=KafkaTransport(broker.address, send_s=2.0), interval_s=0.05)
    sent: list[str] = []
    stopping = threading.Event()

    def work() -> None:
        while not stopping.wait(0.01):
            sent.append(client.capture(**CALL, route=f"r{len(sent) % 5}"))

    application = threading.Thread(target=work, daemon=True)
    application.start()
    wait_for(lambda: client.report().sent > 100)
    getattr(broker, end)()
    before = client.report().sent
    wait_for(lambda: client.report().waiting > 200)
    broker.start()
    wait_for(lambda: client.report().sent > before + 200)
    stopping.set()
    application.join()
    report = client.flush(PATIENCE_S)
    client.close()
    found = [one["event_id"] for one in events(broker.address)]
    assert report[:5] == (len(sent), 0, 0, 0, {})
    assert set(found) == set(sent)


@pytest.mark.usefixtures("brokers")
def test_full(broker: Broker) -> None:
    """What does not fit while the broker is away is counted, and everything else arrives later."""
    broker.stop()
    client = Client(transport=KafkaTransport(broker.address, send_s=1.0), interval_s=0.01, max_queue=50)
    sent = [client.capture(**CALL, route="r") for _ in range(300)]
    lost = client.report().dropped
    assert client.report().reasons == {"queue_full": lost}
    assert lost >= 100  # what the sender has in hand waits beside the queue
    broker.start()
    assert client.flush(PATIENCE_S)[:5] == (300 - lost, 0, 0, lost, {"queue_full": lost})
    client.close()
    found = {one["event_id"] for one in events(broker.address)}
    assert len(found) == 300 - lost
    assert found <= set(sent)


def test_missing_topic(brokers: str) -> None:
    """While a topic is missing its events wait, and arrive when it is there."""
    with KafkaTopics(brokers) as topics:
        topics._admin.delete_topics([CHANGES])
        wait_for(topics.check)
        client = Client(transport=KafkaTransport(brokers, send_s=1.0), interval_s=0.01)
        client.change("deploy", to="v3")
        assert client.flush(3).waiting == 1
        topics.create()
        assert client.flush(PATIENCE_S).sent == 1
    client.close()
    assert [one["to"] for one in events(brokers, CHANGES)] == ["v3"]


def test_too_large(brokers: str) -> None:
    """A line that Kafka takes in no record is too large and counted; those around it arrive."""
    transport = KafkaTransport(brokers)
    with pytest.raises(TooLarge):
        transport.send([json.dumps({**CALL, "x": "y" * 1_100_000}).encode()], "")
    transport.close()
    with Client(f"kafka://{brokers}", redact=[]) as client:
        for number in range(5):
            extra = "y" * 1_100_000 if number == 2 else ""
            client.capture(**CALL, event_id=str(number), x=extra)
        assert client.flush(PATIENCE_S)[:5] == (4, 0, 0, 1, {"too_large": 1})
    assert {one["event_id"] for one in events(brokers)} == set("0134")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_fork(brokers: str) -> None:
    """A child sends over a connection of its own and ends at once; the parent's goes on."""
    client = Client(f"kafka://{brokers}", route="r")
    client.capture(**CALL, event_id="before")
    assert client.flush(PATIENCE_S).sent == 1
    read, write = os.pipe()
    child = os.fork()
    if not child:
        client.capture(**CALL, event_id="child")
        os.write(write, json.dumps(client.flush(PATIENCE_S)).encode())
        client.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(os.read(read, 1000))[:5] == [1, 0, 0, 0, {}]
    client.capture(**CALL, event_id="after")
    assert client.flush(PATIENCE_S).sent == 2
    client.close()
    assert sorted(one["event_id"] for one in events(brokers)) == ["after", "before", "child"]


def test_end(brokers: str) -> None:
    """At the end of a process what was captured is sent, and a child that exits in order does not hang."""
    code = (
        "import os, sys, fmwatch\n"
        "fmwatch.configure('kafka://' + sys.argv[1], route='r')\n"
        "fmwatch.capture(provider='p', request_model='m', event_id='parent')\n"
        "fmwatch.flush(30)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    fmwatch.capture(provider='p', request_model='m', event_id='child')\n"
        "    sys.exit()\n"
        "_, status = os.waitpid(child, 0)\n"
        "fmwatch.capture(provider='p', request_model='m', event_id='last')\n"
        "sys.exit(status)\n"
    )

    subprocess.run([sys.executable, "-W", "ignore", "-c", code, brokers], check=True, timeout=60)
    assert sorted(one["event_id"] for one in events(brokers)) == ["child", "last", "parent"]


def test_closed(brokers: str) -> None:
    """Closing ends the connection and its thread; the transport can be used again."""
    transport = KafkaTransport(brokers)
    line = json.dumps({**CALL, "event_id": "a", "occurred_at": datetime.now(UTC).isoformat()}).encode()
    before = threading.active_count()
    transport.send([line], "client=a; queue_full=3/3")
    assert threading.active_count() > before
    transport.close()
    transport.close()
    wait_for(lambda: threading.active_count() == before)
    transport.send([line], "")
    transport.close()
    assert len(events(brokers)) == 2
    assert ("fmwatch-counts", b"client=a; queue_full=3/3") in kept(brokers, GENERATIONS)[0].headers


def test_nothing_piles_up() -> None:
    """However often the brokers are asked for in vain, no thread and no file is left behind."""
    code = (
        "import gc, os, threading, time\n"
        "from fmwatch import Retryable\n"
        "from fmwatch.transports.kafka import KafkaTransport\n"
        "transport = KafkaTransport('127.0.0.1:1', send_s=0.1)\n"
        "def held():\n"
        "    gc.collect()\n"
        "    return threading.active_count(), len(os.listdir('/proc/self/fd'))\n"
        "before = held()\n"
        "for _ in range(10):\n"
        "    try:\n        transport.send([b'{}'], '')\n"
        "    except Retryable:\n        pass\n"
        "while held() != before:\n    time.sleep(0.1)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60, capture_output=True)


def wait_for(true: Callable[[], object]) -> None:
    """Wait for something that happens in another thread."""
    patience = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        if true():
            return
        patience.wait(0.02)
    raise TimeoutError
