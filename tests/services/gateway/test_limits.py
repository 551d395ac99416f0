"""A token that has sent all it may is told when to come again, over JSON and over OpenTelemetry."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.gateway.http import Gateway
from stream.border import Border
from stream.errors import LogUnavailable
from stream.log import Record
from stream.meter import Meter
from stream.sqlite_log import SqliteLog
from stream.topics import GENERATIONS

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
EVENT = {"event_id": "a", "occurred_at": NOW.isoformat(), "provider": "openai", "request_model": "gpt-4o"}
LIMITED = {"authorization": "Bearer limited"}
FREE = {"authorization": "Bearer free"}


class Place:
    """A gateway with two tokens of a tenant, and a clock that a test sets."""

    def __init__(self, folder: Path, limit: str) -> None:
        self.seconds = 0.0
        file = folder / "tokens.yaml"
        limited = f"{{sha256: {digest('limited')}, {limit}}}"
        file.write_text(f"support: {{ingest: [{limited}, {digest('free')}]}}")
        self.log = SqliteLog(folder)
        self.meter = Meter("gateway")
        door = TokenDoor(Tokens(file, lambda: NOW, lambda: self.seconds))
        gateway = Gateway(self.log, Border(), lambda: NOW, entrance=door, meter=self.meter)
        self.client = TestClient(Starlette(routes=gateway.routes()), base_url="https://fmwatch.example.org")

    def send(self, n: int, headers: dict[str, str] = LIMITED) -> tuple[int, str | None]:
        """Send events; return the status and when to come again."""
        body = json.dumps([{**EVENT, "event_id": str(i)} for i in range(n)])
        answer = self.client.post("/v1/events", content=body, headers=headers)
        return answer.status_code, answer.headers.get("retry-after")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Two events a second."""
    made = Place(tmp_path, "events_per_second: 2")
    yield made
    made.log.close()


def test_limited(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond its limit a token gets 429 with the seconds to wait; another token of the tenant does not."""
    caplog.set_level(logging.WARNING)
    assert place.send(60) == (200, None)
    assert place.send(1) == (429, "21")
    assert place.send(1) == (429, "21")
    assert place.send(1, FREE) == (200, None)
    assert place.log.lag(GENERATIONS, "test") == 61
    place.seconds = 21
    assert place.send(1) == (200, None)
    assert [record.getMessage() for record in caplog.records] == [
        "a token of tenant 'support' has sent all that events_per_second allows"
    ]
    assert (
        'fmwatch_gateway_throttled_requests_total{limit="events_per_second"} 2.0'
        in place.meter.text().decode()
    )


def test_otlp(place: Place) -> None:
    """An exporter is told the same in its own words."""
    place.send(60)
    headers = {**LIMITED, "content-type": "application/json"}
    answer = place.client.post("/v1/traces", content=b'{"resourceSpans":[]}', headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "21")
    assert "events_per_second" in answer.json()["message"]


def test_bytes(tmp_path: Path) -> None:
    """Bytes count unpacked, over the day."""
    place = Place(tmp_path, "bytes_per_day: 86_400")
    assert place.send(60)[0] == 200
    status, wait = place.send(1)
    assert (status, 1000 < int(wait or 0) < 4000) == (429, True)
    place.log.close()


def test_not_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the log did not take does not count, for it will be sent again."""

    def away(_topic: str, _records: list[Record]) -> None:
        raise LogUnavailable("no broker answers")

    with monkeypatch.context() as patched:
        patched.setattr(place.log, "append", away)
        assert place.send(60) == (503, "5")
    assert place.send(60) == (200, None)
