"""llm.alerts of the embedded form: what is saved was published, also by a log that fails now and then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.config import Config
from services.run import Embedded
from store.alerting import alert_bodies
from stream.errors import LogError
from stream.log import Position, Record
from stream.topics import ALERTS
from tests.contract import schema
from tests.services.small_fleet import DAYS, START, lines

END = START + timedelta(days=DAYS)


def test_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every alert that is kept has its last state on the topic, although the log refused the first tries."""
    failures = 3
    with Embedded(tmp_path, Config(), lambda: END) as embedded:
        append = embedded.log.append

        def refusing(topic: str, records: Sequence[Record]) -> list[Position]:
            nonlocal failures
            if topic == ALERTS and failures:
                failures -= 1
                raise LogError("the disk is full")
            return append(topic, records)

        monkeypatch.setattr(embedded.log, "append", refusing)
        embedded.ingest(list(lines()))
        while embedded.score():
            pass
        for _ in range(3):
            with pytest.raises(LogError):
                embedded.watch(END)
        embedded.watch(END)
        saved = {
            body["id"]: (body["state"], body["severity"])
            for body in map(json.loads, alert_bodies(embedded.database, START))
        }
        records = published(embedded)
    assert saved
    assert {one["id"]: (one["state"], one["severity"]) for one in records} == saved
    assert len({one["record_id"] for one in records}) == len(records)
    assert [error for one in records for error in schema.errors(one, schema.load("alert"))] == []


def published(embedded: Embedded) -> list[dict[str, Any]]:
    """Return the records of the topic, oldest first."""
    found = embedded.log.read(ALERTS, "test", lines=10_000)
    return [json.loads(one.record.value) for one in found]
