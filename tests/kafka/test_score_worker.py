"""The score worker as it is run: the real broker, a store of its own process, and kill -9."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from services.config import Config
from services.run import Embedded
from store.database import Database
from store.testing import ServedStore, served
from stream.border import Border, gathered
from stream.kafka_log import KafkaLog
from stream.topics import GENERATIONS
from tests.services.small_fleet import DAYS, START, lines

pytestmark = pytest.mark.kafka

FMWATCH = Path(sys.executable).with_name("fmwatch")
POISON = b'{"event_id": 7'
EVERY = 50  # lines, one is poison
PATIENCE_S = 90.0
FACTS = """
SELECT count() AS n, uniqExact(event_id) AS ids, sum(cost_pusd) AS pusd, sum(usage_input) AS tokens
FROM generations FINAL
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ServedStore]:
    """Serve an empty store."""
    with served(tmp_path / "store") as serving:
        yield serving


class Production:
    """Workers on a broker and a store."""

    def __init__(self, brokers: str, store: ServedStore, folder: Path) -> None:
        self.brokers = brokers
        self.store = store
        self._said = folder / "workers.txt"

    @contextmanager
    def worker(self, consumer: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run `fmwatch worker score`; killed in the end where it still runs."""
        places = {"FMWATCH_LOG_KAFKA": self.brokers, "FMWATCH_STORE_CLICKHOUSE": self.store.url}
        with self._said.open("ab") as said:
            running = subprocess.Popen(
                [FMWATCH, "worker", "score", "--consumer", consumer],
                stdout=said,
                stderr=said,
                env={**os.environ, **places},
            )
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def send(self, events: list[bytes]) -> None:
        """Put lines into the log as the gateway does."""
        border = Border()
        with KafkaLog(self.brokers) as log:
            for topic, records in gathered(border.admit(line) for line in events).items():
                log.append(topic, records)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that workers do."""
        patience = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < patience, self._said.read_text("utf-8")[-4000:]
            time.sleep(0.2)


@pytest.fixture
def production(brokers: str, store: ServedStore, tmp_path: Path) -> Production:
    """Return a broker with topics and an empty store."""
    return Production(brokers, store, tmp_path)


def planted(n: int) -> list[bytes]:
    """Return calls in which every fiftieth line is no JSON."""
    found = list(islice(lines(), n))
    for place in range(EVERY, n, EVERY):
        found.insert(place, POISON)
    return found


@pytest.mark.parametrize("consumer", ["faust", "plain"])
def test_killed(production: Production, tmp_path: Path, consumer: str) -> None:
    """Killed again and again while two workers share the topics, nothing is lost or counted twice."""
    events = planted(3_000)
    calm = embedded_facts(tmp_path / "calm", events)
    draw = random.Random(11)  # noqa: S311 - the same kills every time
    with ExitStack() as stack, Database.open(url=production.store.url) as database:
        running = [stack.enter_context(production.worker(consumer)) for _ in range(2)]
        for part in range(4):
            production.send(events[part * len(events) // 4 : (part + 1) * len(events) // 4])
            if part < 3:
                time.sleep(draw.uniform(0.5, 4.0))  # the moment is the point
                running.pop(draw.randrange(2)).kill()
                running.append(stack.enter_context(production.worker(consumer)))
        production.until(lambda: facts(database)["n"] == calm["n"])
        production.until(lambda: lag(production.brokers) == 0)
        assert facts(database) == calm
        assert letters(database) == events.count(POISON)
        for one in running:
            os.kill(one.pid, signal.SIGTERM)
        assert [one.wait(20) for one in running] == [0, 0]


@pytest.mark.parametrize("consumer", ["faust", "plain"])
def test_store_away(production: Production, consumer: str) -> None:
    """While the store hangs, refuses or loses answers, workers wait and then take in all of it, once."""
    with Database.open(url=production.store.url) as database, production.worker(consumer):
        production.send(planted(300))
        production.until(lambda: facts(database)["n"] == 300)
        with production.store.failing("lose", only="INSERT INTO generations", times=2):
            production.send(list(lines(seed=2, days=1)))
            production.until(lambda: facts(database)["n"] == 600)
        production.store.kill()
        production.send(list(lines(seed=3, days=1)))
        time.sleep(2.0)
        production.store.start()
        production.until(lambda: facts(database)["n"] == 900)
        production.until(lambda: lag(production.brokers) == 0)
        assert facts(database)["ids"] == 900


def embedded_facts(directory: Path, events: list[bytes]) -> dict[str, Any]:
    """Return what the embedded form makes of the same lines."""
    with Embedded(directory, Config(), lambda: START + timedelta(days=DAYS)) as embedded:
        embedded.ingest(events)
        while embedded.score():
            pass
        return facts(embedded.database)


def facts(database: Database) -> dict[str, Any]:
    """Return what is stored, to the token and the millionth of a millionth of a dollar."""
    return database.rows(FACTS)[0]


def letters(database: Database) -> int:
    """Return how many dead letters there are."""
    return int(database.rows("SELECT count() AS n FROM dead_letters FINAL")[0]["n"])


def lag(brokers: str) -> int:
    """Return how many records no worker has acknowledged."""
    with KafkaLog(brokers) as log:
        return log.lag(GENERATIONS, "score")
