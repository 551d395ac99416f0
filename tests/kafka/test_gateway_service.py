"""Gateway and console as they are run: events in over HTTP, through Kafka and a worker, onto the page."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from fmwatch import Client

from services.access.token import digest
from services.access.tokens_file import add
from services.testing import Production
from store.database import Database
from stream.kafka_log import KafkaLog
from stream.testing import Broker
from stream.topics import GENERATIONS

pytestmark = pytest.mark.kafka

CALL = {"provider": "openai", "request_model": "gpt-4o", "route": "support/answer", "latency_ms": 640.0}
PATIENCE_S = 10.0
READS, SENDS = "reads-all", "sends"  # tokens


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes


class Site(NamedTuple):
    """A server that runs."""

    process: subprocess.Popen[bytes]
    url: str

    def ask(self, path: str, body: bytes | None = None, token: str = "") -> Answer:
        """Return its answer; raises OSError or HTTPException where there is none."""
        place = urlsplit(self.url)
        connection = HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {"Content-Type": "application/x-ndjson"}
        if token:
            headers["Authorization"] = "Basic " + base64.b64encode(f"anybody:{token}".encode()).decode()
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()


@contextmanager
def site(production: Production, role: str, *options: str) -> Iterator[Site]:
    """Run a gateway or console on a port of its own and wait until it listens."""
    said = re.compile(rf"the {role} is at (http://[\d.:]+)")
    with production.worker(role, "--port", "0", *options) as running:
        before = len(production.said())  # it needs a second before it says anything
        production.until(lambda: running.poll() is not None or bool(said.search(production.said(), before)))
        assert running.poll() is None, production.said()
        found = said.search(production.said(), before)
        assert found
        yield Site(running, found[1])


def call(name: str) -> bytes:
    """Return one call that was made just now."""
    return json.dumps({**CALL, "event_id": name, "occurred_at": datetime.now(UTC).isoformat()}).encode()


def on_kafka(brokers: str) -> list[dict[str, Any]]:
    """Return every event that is on the brokers."""
    with KafkaLog(brokers) as log:
        found = log.read(GENERATIONS, "check", lines=1_000_000, size=1 << 30)
    return [json.loads(line) for one in found for line in one.record.lines]


@pytest.mark.timeout(240)
def test_end_to_end(production: Production, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the client sends with a token is scored and shown to whoever may read, and to nobody else."""
    file = tmp_path / "tokens.yaml"
    add(file, "acme", "ingest", digest(SENDS))
    add(file, "acme", "read", digest("reads-acme"))
    add(file, "legal", "read", digest("reads-legal"))
    add(file, "*", "read", digest(READS))
    monkeypatch.setenv("FMWATCH_TOKENS_FILE", str(file))
    everywhere = ("--host", "0.0.0.0")  # noqa: S104 - what tokens are for
    with (
        site(production, "gateway", *everywhere) as gateway,
        site(production, "console", *everywhere) as console,
        production.worker("score", "--consumer", "plain"),
        Database.open(url=production.store.url) as database,
    ):
        client = Client(gateway.url, token=SENDS)
        for _ in range(120):
            client.capture(**CALL, prompt="How do I pay? I am ana@example.org", response="By card.")
        client.capture(**CALL, tenant="legal")
        report = client.flush(30)
        assert (report.sent, report.reasons) == (120, {"rejected": 1})
        assert gateway.ask("/v1/events", call("x")).status == 401
        assert gateway.ask("/v1/events", b"{", token="sends").status == 400  # noqa: S106 - made up
        production.until(lambda: production.lag() == 0)
        stored = "SELECT tenant, count() AS n FROM generations FINAL GROUP BY tenant"
        assert database.rows(stored) == [{"tenant": "acme", "n": 120}]
        with production.worker("watch"):  # which sums up what the page shows
            production.until(lambda: b"support/answer" in console.ask("/", token=READS).body)
        letters = json.loads(console.ask("/api/dead-letters.json", token=READS).body)
        assert [one["tenant"] for one in letters["dead_letters"]] == ["acme"]
        assert [console.ask("/", token=token).status for token in ("", SENDS)] == [401, 403]
        mine, foreign = (console.ask("/", token=f"reads-{name}") for name in ("acme", "legal"))
        assert (mine.status, foreign.status) == (200, 200)
        assert b"support/answer" in mine.body
        assert b"support/answer" not in foreign.body
        assert console.ask("/api/dead-letters/replay", b"{}", token=READS).status in {404, 405}
        for one in (gateway, console):
            one.process.send_signal(signal.SIGTERM)
            assert one.process.wait(PATIENCE_S) == 0
        production.until(lambda: production.lag() == 0)  # the gateway's last receipts came with its end
        sums = "SELECT tenant, sum(accepted) AS accepted, sum(stored) AS stored, sum(missing) AS missing"
        (passed,) = database.rows(f"{sums} FROM v_completeness GROUP BY tenant")
        assert passed == {"tenant": "acme", "accepted": 120, "stored": 120, "missing": 0}


def test_store_away(production: Production) -> None:
    """While the store is away the console says so, and shows it again once it is back."""
    with site(production, "console") as console:
        assert console.ask("/").status == 200
        production.store.kill()
        page, api = console.ask("/"), console.ask("/api/fleet.json")
        assert (page.status, api.status) == (503, 503)
        assert b"does not answer" in page.body
        assert b"Traceback" not in page.body
        assert console.ask("/healthz").status == 200
        production.store.start()
        production.until(lambda: console.ask("/").status == 200)
    assert "Traceback" not in production.said()


def test_killed(production: Production) -> None:
    """Killed while it takes events in, nothing that it has answered with 2xx is lost."""
    kept: list[str] = []
    with site(production, "gateway") as gateway:

        def send(sender: int) -> None:
            for number in range(100_000):
                name = f"{sender}-{number}"
                try:
                    if gateway.ask("/v1/events", call(name)).status == 200:
                        kept.append(name)
                except (OSError, HTTPException):
                    return

        with ThreadPoolExecutor(4) as senders:
            done = [senders.submit(send, sender) for sender in range(4)]
            production.until(lambda: len(kept) > 200)
            gateway.process.kill()
            for one in done:
                one.result()
    assert set(kept) <= {event["event_id"] for event in on_kafka(production.brokers)}


def test_ends_in_order(production: Production) -> None:
    """Told to end it answers what it has in hand, each 2xx kept, and is gone within ten seconds."""
    body = b"\n".join(call(f"b{number}") for number in range(2_000))
    with site(production, "gateway") as gateway, ThreadPoolExecutor(4) as senders:
        answers = [senders.submit(gateway.ask, "/v1/events", body) for _ in range(4)]
        production.until(lambda: any(one.done() for one in answers) or bool(on_kafka(production.brokers)))
        gateway.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert gateway.process.wait(PATIENCE_S) == 0
        assert time.monotonic() - began < PATIENCE_S
        statuses = [_status(one.result) for one in answers]
    assert 200 in statuses
    assert {event["event_id"] for event in on_kafka(production.brokers)} >= {f"b{n}" for n in range(2_000)}


def _status(answer: Callable[[], Answer]) -> int:
    try:
        return answer().status
    except (OSError, HTTPException):  # it was not in hand yet
        return 0


@pytest.mark.timeout(240)
def test_broker_away(broker: Broker, production: Production) -> None:
    """While the broker is away everybody is answered 503 in bounded time, many at once; then it goes on."""
    with site(production, "gateway") as gateway, ThreadPoolExecutor(120) as senders:
        assert gateway.ask("/v1/events", call("before")).status == 200
        assert gateway.ask("/readyz").status == 200
        broker.kill()

        def timed(number: int) -> tuple[Answer, float]:
            began = time.monotonic()
            return gateway.ask("/v1/events", call(f"away{number}")), time.monotonic() - began

        for answer, seconds in senders.map(timed, range(120)):
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert seconds < 15  # 4 s for those that were under way; the processors are shared
        assert gateway.ask("/readyz").status == 503
        began = time.monotonic()
        assert gateway.ask("/v1/events", call("late")).status == 503
        assert time.monotonic() - began < 2
        broker.start()
        production.until(lambda: gateway.ask("/readyz").status == 200)
        production.until(lambda: gateway.ask("/v1/events", call("after")).status == 200)
        assert {"before", "after"} <= {event["event_id"] for event in on_kafka(broker.address)}
        broker.kill()
        stuck = senders.submit(_status, lambda: gateway.ask("/v1/events", call("last")))
        os.kill(gateway.process.pid, signal.SIGTERM)
        assert gateway.process.wait(PATIENCE_S) == 0
        assert stuck.result() in {0, 503}
    assert "Traceback" not in production.said()
