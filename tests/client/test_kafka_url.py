"""What can be said of the way to Kafka without a broker; with one: tests/kafka/test_client_kafka.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fmwatch import Client, RecordingTransport
from fmwatch.redaction import DEFAULT_KINDS
from fmwatch.transports import transport
from fmwatch.transports.kafka import KafkaTransport, _records

from stream.border import Border, gathered

CLIENT = Path(__file__).parents[2] / "client"
CALL = {"provider": "openai", "request_model": "gpt-4o"}
MAIL = "ana@example.org"


class _Unredacted(RecordingTransport):
    """Keeps what was sent, and says as the way to Kafka does that nobody redacts after it."""

    redact = DEFAULT_KINDS


@pytest.mark.parametrize(
    ("url", "brokers"),
    [
        ("kafka://broker", ["broker:9092"]),
        ("kafka://a:1,b:2/", ["a:1", "b:2"]),
        ("kafka://a, b:2", ["a:9092", "b:2"]),
        ("kafka://[::1]:9093", ["[::1]:9093"]),
        ("kafka://[::1]", ["[::1]:9092"]),
    ],
)
def test_brokers(url: str, brokers: list[str]) -> None:
    """A URL names one broker or several, with their ports where they are others than 9092."""
    found = transport(url)
    assert isinstance(found, KafkaTransport)
    assert found.brokers == brokers


@pytest.mark.parametrize(
    "url",
    [
        "kafka://",
        "kafka://a:b",
        "kafka://a,,b",
        "kafka://me@a",
        "kafka://a/topic",
        "kafka://a:0",
        "kafka://a?x",
    ],
)
def test_no_brokers(url: str) -> None:
    """Anything else in it is refused at once, with how it is written."""
    with pytest.raises(ValueError, match="write kafka://broker-1:9092,broker-2:9092"):
        Client(url)


def test_without_the_extra(tmp_path: Path) -> None:
    """Without kafka-python the URL is refused at once with what to install; FMWATCH_URL breaks nothing."""
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "import fmwatch\n"
        "try:\n    fmwatch.configure('kafka://broker:9092')\n"
        "except ValueError as error:\n    print(error)\n"
        "os.environ['FMWATCH_URL'] = 'kafka://broker:9092'\n"
        "fmwatch.capture(provider='openai', request_model='gpt-4o')\n"
        "print(fmwatch.flush())\n"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(CLIENT)]
    said = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    refused, report = said.splitlines()
    assert refused == "kafka:// needs kafka-python: install the extra, pip install 'fmwatch[kafka]'"
    assert report == "Report(sent=0, waiting=0, spooled=0, dropped=0, reasons={}, stripped=0, recovered=0)"


def test_redacts() -> None:
    """Where nobody redacts later, the client does by default, as a gateway would, and counts."""
    unredacted = _Unredacted()
    with Client(transport=unredacted) as client:
        client.capture(**CALL, prompt=f"I am {MAIL}")
    assert unredacted.events[0]["prompt"] == "I am [email]"
    assert unredacted.events[0]["redactions"] == {"email": 1}
    assert transport("kafka://a").redact == DEFAULT_KINDS  # type: ignore[attr-defined]  # it may have it


def test_redacts_nothing() -> None:
    """An application can say otherwise, and for a gateway nothing is taken out by default."""
    told, gateway = _Unredacted(), RecordingTransport()
    with Client(transport=told, redact=[]) as client:
        client.capture(**CALL, prompt=MAIL)
    with Client(transport=gateway) as client:
        client.capture(**CALL, prompt=MAIL)
    assert told.events[0]["prompt"] == gateway.events[0]["prompt"] == MAIL


def test_records() -> None:
    """What the client has captured makes the records that the border would make of it."""
    kept = _Unredacted()
    with Client(transport=kept, app="helpdesk", interval_s=3600) as client:
        for number in range(120):
            client.capture(**CALL, route=f"r{number % 2}", prompt=MAIL, odd="a\0b")
        client.capture(**CALL, tenant="a\0b", route="x\0")
        client.feedback("a", "thumb", value=True)
        client.change("deploy", to="v2")
    lines = [line for batch in kept.batches for line in batch]
    expected = [
        (topic, record.key, [json.loads(_mended(line)) for line in record.lines])
        for topic, records in gathered(Border().admit(line) for line in lines).items()
        for record in records
    ]
    found = [
        (topic, key, [json.loads(_mended(line)) for line in value.split(b"\n")])
        for topic, key, value in _records(lines)
    ]
    assert found == expected


def _mended(line: bytes) -> bytes:
    """Return a line as its readers read it."""
    return line.replace(b"\\u0000", "�".encode())


def test_closed() -> None:
    """A transport that holds something is let go when the client is closed, after the last batch."""

    class Held(RecordingTransport):
        closed = False

        def close(self) -> None:
            assert self.batches
            self.closed = True

    held = Held()
    client = Client(transport=held)
    client.capture(**CALL)
    client.close()
    thread = client._sender._thread
    assert thread is not None
    thread.join(10)
    assert held.closed
