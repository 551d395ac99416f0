"""llm.alerts on the production path: what a subscriber hears, whoever leads and however it ends."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest

from services.testing import Production
from store.database import Database
from stream.kafka_log import KafkaLog
from stream.topics import ALERTS
from tests.contract import schema
from tests.kafka.test_watch_worker import found, moved, scored, watched

pytestmark = pytest.mark.kafka


def heard(brokers: str) -> list[dict[str, Any]]:
    """Return what a subscriber that is new reads."""
    with KafkaLog(brokers) as log:
        records = log.read(ALERTS, "subscriber", lines=10**6, size=10**9)
    return [json.loads(one.record.value) for one in records]


@pytest.mark.timeout(240)
def test_leader_killed(production: Production) -> None:
    """With leaders killed on the way, the last record of each alert is what the store has of it."""
    calls = list(moved())
    production.send(calls)
    with ExitStack() as stack, Database.open(url=production.store.url) as database:
        stack.enter_context(production.worker("score", "--consumer", "plain"))
        production.until(lambda: scored(database) == len(calls))
        first = stack.enter_context(production.worker("watch"))
        production.until(lambda: watched(database) > 0)
        first.kill()
        stack.enter_context(production.worker("watch"))
        production.until(lambda: any(alert["severity"] == "page" for alert in found(database)))
        production.until(
            lambda: (
                {one["id"]: one["state"] for one in heard(production.brokers)}
                == {alert["id"]: alert["state"] for alert in found(database)}
            )
        )
    records = heard(production.brokers)
    assert [error for one in records for error in schema.errors(one, schema.load("alert"))] == []
    pages = {one["record_id"]: one["state"] for one in records if one["severity"] == "page"}
    assert list(dict.fromkeys(pages.values())) == ["pending", "firing", "resolved"]
