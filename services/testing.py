"""For tests and benchmarks: `fmwatch worker` on a real broker, with a store in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store.database import Database
from store.testing import ServedStore
from stream.border import Border, gathered
from stream.kafka_group import KafkaGroup
from stream.kafka_log import KafkaLog
from stream.topics import INGEST
from stream.worker import GROUP

# What must be as in an undisturbed run, each as one row.
FACTS = {
    "calls": """SELECT count() AS n, uniqExact(event_id) AS ids, sum(cost_pusd) AS pusd,
        sum(usage_input) AS input,
        sum(cityHash64(event_id, route, response, hallucination_label, toxicity_response_label)) AS labels
        FROM generations FINAL""",
    "minutes": "SELECT sum(n) AS n, sum(cost_pusd) AS pusd FROM minutes FINAL",
    "hours": "SELECT sum(n) AS n, sum(cost_pusd) AS pusd FROM hours FINAL",
    "letters": "SELECT count() AS n FROM dead_letters FINAL",
    "signals": "SELECT count() AS n, sum(cityHash64(id)) AS ids FROM (SELECT DISTINCT id FROM signals)",
    "alerts": "SELECT count() AS n, sum(cityHash64(id, state, toString(began_at))) AS ids FROM alerts FINAL",
}
Facts = dict[str, dict[str, Any]]

FMWATCH = Path(sys.executable).with_name("fmwatch")
PATIENCE_S = 90.0


class Production:
    """Workers on a broker and a store."""

    def __init__(self, brokers: str, store: ServedStore, folder: Path) -> None:
        self.brokers = brokers
        self.store = store
        self._said = folder / "workers.txt"

    @contextmanager
    def worker(self, *role: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run `fmwatch worker`; killed in the end where it still runs."""
        with self.process(FMWATCH, "worker", *role) as running:
            yield running

    @contextmanager
    def process(self, *command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command that is told where broker and store are; killed in the end where it still runs."""
        places = {"FMWATCH_LOG_KAFKA": self.brokers, "FMWATCH_STORE_CLICKHOUSE": self.store.url}
        with self._said.open("ab") as said:
            running = subprocess.Popen(  # noqa: S603 - our own command
                command,
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

    def said(self) -> str:
        """Return what all of them have said so far."""
        return self._said.read_text("utf-8", "replace")

    def lag(self) -> int:
        """Return how many records no worker has acknowledged."""
        with KafkaGroup(self.brokers, GROUP, INGEST) as group:
            return sum(waiting.records for waiting in group.backlog().values())

    def until(self, true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait for something that workers do."""
        patience = time.monotonic() + patience_s
        while not true():
            if time.monotonic() > patience:
                raise TimeoutError(self.said()[-4000:])
            time.sleep(0.2)


def facts(database: Database, *what: str) -> Facts:
    """Return what is stored and found, in sums that any loss, repetition or change moves.

    Parameters
    ----------
    what : of FACTS; all by default
    """
    return {name: database.rows(FACTS[name])[0] for name in what or FACTS}
