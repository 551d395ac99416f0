"""Killed at every named border between reading and acknowledging, a worker loses and doubles nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.config import Config
from services.run import Embedded
from services.testing import Facts, Production, facts
from store.database import Database
from tests.kafka.test_score_worker import POISON
from tests.kafka.test_watch_worker import moved
from tests.services.small_fleet import OUTAGE, OUTAGE_HOURS, lines

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

DIES_S = 60.0
CALLS = 1_200
SCORE = [
    "read",
    "decoded",
    "scored",
    "half inserted",
    "inserted",
    "letter logged",
    "before the acknowledgement",
]
WATCH = [
    "rollup",
    "before the snapshot",
    "after the snapshot",
    "signals published",
    "signals stored",
    "announced",
    "alerts saved",
    "signals acknowledged",
    "delivered",
]


class Sink(BaseHTTPRequestHandler):
    """Takes notifications and notes their keys."""

    keys: list[str]

    def do_POST(self) -> None:
        self.keys.append(self.headers["Idempotency-Key"])
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def sink() -> Iterator[tuple[str, list[str]]]:
    """Take notifications at a URL; yields it and the keys that came."""
    keys: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Mine", (Sink,), {"keys": keys}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", keys
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("consumer", ["plain", "faust"])
def test_score(production: Production, tmp_path: Path, consumer: str) -> None:
    """A score worker that dies at each border in turn leaves what an undisturbed one stores."""
    calls = poisoned(CALLS)
    expected = calm(tmp_path / "calm", calls, Config())
    borders = [*SCORE, f"after the acknowledgement, {consumer}"]
    share = len(calls) // (len(borders) + 2) + 1
    for number, border in enumerate(borders):
        production.send(calls[number * share : (number + 1) * share])
        dies(production, border, "score", "--consumer", consumer)
    with (
        Database.open(url=production.store.url) as database,
        dying(production, f"rebalance, {consumer}", "score", "--consumer", consumer) as first,
    ):
        production.send(calls[len(borders) * share : (len(borders) + 1) * share])
        # So it has a share; a rebalance may also come by itself, when the last dead one is missed.
        production.until(lambda: production.lag() == 0 or first.poll() is not None)
        with production.worker("score", "--consumer", consumer):
            production.send(calls[(len(borders) + 1) * share :])
            assert first.wait(DIES_S) == -signal.SIGKILL
            production.until(lambda: production.lag() == 0)
        stored = ("calls", "letters")
        assert facts(database, *stored) == {what: expected[what] for what in stored}


def test_watch(production: Production, tmp_path: Path) -> None:
    """A watcher that dies at each border in turn leaves the signals and alerts of an undisturbed one.

    Whoever is told is told everything, and recognises by its key what was sent twice.
    """
    calls = list(recent())
    with sink() as (url, keys), Database.open(url=production.store.url) as database:
        config = tmp_path / "fmwatch.yaml"
        config.write_text(json.dumps({"receivers": {"hook": {"webhook": {"url": url}}}}))
        expected = calm(tmp_path / "calm", calls, Config.load(config))
        told = set(keys)
        assert told
        keys.clear()
        production.send(calls)
        with production.worker("score", "--consumer", "plain"):
            production.until(lambda: production.lag() == 0)
        for border in WATCH:
            dies(production, border, "watch", "--config", str(config))
        with production.worker("watch", "--config", str(config)):
            # The one that died when it had told somebody could not note it.
            production.until(lambda: len(keys) > len(told))
            production.until(lambda: facts(database) == expected)
        assert facts(database) == expected
        assert set(keys) == told


def recent() -> Iterator[bytes]:
    """Yield the small fleet's calls up to the end of the outage, hours ago at most: somebody has to be told.

    No midnight falls into the outage: days are watched one by one, and what is found in the last minute of
    one is told with the next, which leaves nothing to acknowledge where a border wants it.
    """
    last = OUTAGE + timedelta(hours=OUTAGE_HOURS)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = hour if hour.hour > OUTAGE_HOURS else hour - timedelta(hours=hour.hour + 1)
    later = ends - last
    for line in lines():
        call = json.loads(line)
        at = datetime.fromisoformat(call["occurred_at"])
        if at < last:
            yield json.dumps(call | {"occurred_at": (at + later).isoformat()}).encode()


def dies(production: Production, border: str, *role: str) -> None:
    """Run a worker to the border at which it kills itself."""
    with dying(production, border, *role) as running:
        try:
            assert running.wait(DIES_S) == -signal.SIGKILL, (border, production.said()[-4000:])
        except subprocess.TimeoutExpired:
            pytest.fail(f"{border} is never reached: {production.said()[-4000:]}")


@contextmanager
def dying(production: Production, border: str, *role: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker that kills itself at a border."""
    with production.process(sys.executable, "-m", "tests.kafka.dying", border, *role) as running:
        yield running


def poisoned(n: int) -> list[bytes]:
    """Return as many calls, a line that is none after every fiftieth."""
    calls = list(moved())[-n:]
    for place in range(50, n, 51):
        calls.insert(place, POISON)
    return calls


def calm(directory: Path, calls: list[bytes], config: Config) -> Facts:
    """Return what the embedded form makes of the same calls, undisturbed."""
    with Embedded(directory, config, lambda: datetime.now(UTC), notify=timedelta(days=1)) as embedded:
        embedded.ingest(calls)
        while embedded.score():
            pass
        embedded.live()
        return facts(embedded.database)
