"""The watching worker as it is run: what it finds, who leads, and kill -9."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from services.config import Config
from services.run import Embedded
from services.testing import Production
from store.database import Database
from tests.services.small_fleet import DAYS, START, lines

pytestmark = pytest.mark.kafka

ALERTS = (
    "SELECT id, signal, severity, state, began_at, detected_at, resolved_at FROM alerts FINAL ORDER BY id"
)
WATCHED = "SELECT max(minute) AS minute FROM monitor_state FINAL"


def moved() -> Iterator[bytes]:
    """Yield the small fleet's calls, moved by whole days so that day 16 ends this midnight, up to this hour.

    Calls that ended at midnight are silence some hours later, and a page of its own.
    """
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    later = hour.replace(hour=0) - (START + timedelta(days=DAYS))
    for line in lines(days=DAYS + 1):
        call = json.loads(line)
        at = datetime.fromisoformat(call["occurred_at"]) + later
        if at < hour:
            yield json.dumps(call | {"occurred_at": at.isoformat()}).encode()


@pytest.mark.timeout(240)
def test_leader_killed(production: Production, tmp_path: Path) -> None:
    """Whoever leads and whenever it is killed, the alerts are those of the embedded form, each once."""
    calls = list(moved())
    expected = embedded_alerts(tmp_path / "calm", calls)
    assert [alert["severity"] for alert in expected].count("page") == 1
    production.send(calls)
    with ExitStack() as stack, Database.open(url=production.store.url) as database:
        stack.enter_context(production.worker("score", "--consumer", "plain"))
        production.until(
            lambda: database.query("SELECT count() AS n FROM generations FINAL")["n"] == [len(calls)]
        )
        first = stack.enter_context(production.worker("watch"))
        production.until(lambda: watched(database) > 0)
        second = stack.enter_context(production.worker("watch"))
        first.kill()
        production.until(lambda: found(database) == expected)
        os.kill(second.pid, signal.SIGTERM)
        assert second.wait(20) == 0
        assert found(database) == expected


def test_older_cluster(production: Production) -> None:
    """Where a topic of a later version is missing a watcher does not start, and says what makes it."""
    with KafkaAdminClient(bootstrap_servers=production.brokers) as admin:
        admin.delete_topics(["llm.alerts"])
        while "llm.alerts" in admin.list_topics():
            pass  # a broker hears of it a moment later
    with production.worker("watch") as running:
        assert running.wait(30) == 2
    assert "llm.alerts is missing: `fmwatch topics create` makes it" in production.said()


def embedded_alerts(directory: Path, calls: list[bytes]) -> list[dict[str, Any]]:
    """Return what the embedded form finds in the same calls by now."""
    with Embedded(directory, Config(), lambda: datetime.now(UTC), notify=timedelta(days=1)) as embedded:
        embedded.ingest(calls)
        while embedded.score():
            pass
        embedded.live()
        return found(embedded.database)


def scored(database: Database) -> int:
    """Return how many calls are stored."""
    return int(database.query("SELECT count() AS n FROM generations FINAL")["n"][0])


def found(database: Database) -> list[dict[str, Any]]:
    """Return the alerts that are kept."""
    return database.rows(ALERTS)


def watched(database: Database) -> int:
    """Return the minute that the last snapshot had reached, 0 before there is one."""
    return int(database.query(WATCHED)["minute"][0])
