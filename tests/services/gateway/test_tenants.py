"""Whose events a token may send: its own tenant's, and never anybody else's."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.gateway.http import Gateway
from stream.border import Border, tenant_of
from stream.sqlite_log import SqliteLog
from stream.topics import FEEDBACK, GENERATIONS, INGEST

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
EVENT = {"event_id": "a", "occurred_at": NOW.isoformat(), "provider": "openai", "request_model": "gpt-4o"}
NDJSON = {"content-type": "application/x-ndjson"}
SUPPORT = {"authorization": "Bearer support-sends"}
ALL = {"authorization": "Bearer all-send"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty log."""
    with SqliteLog(tmp_path) as opened:
        yield opened


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    """Return a file of three tokens."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "ingest", digest("support-sends"))
    add(file, "support", "read", digest("support-reads"))
    add(file, "*", "ingest", digest("all-send"))
    return file


@pytest.fixture
def client(log: SqliteLog, tokens_file: Path) -> TestClient:
    """A sender on another machine."""
    gateway = Gateway(log, Border(), lambda: NOW, entrance=TokenDoor(Tokens(tokens_file)))
    app = Starlette(routes=gateway.routes())
    return TestClient(app, base_url="https://fmwatch.example.org", client=("10.0.0.7", 40_000))


def logged(log: SqliteLog, topic: str = GENERATIONS) -> list[dict[str, Any]]:
    """Return what is in the log."""
    found = log.read(topic, "test", lines=10_000)
    return [json.loads(line) for delivery in found for line in delivery.record.lines]


def body(*tenants: object) -> bytes:
    """Return an event for each tenant; None leaves it out."""
    events = [
        {**EVENT, "event_id": str(number), **({} if tenant is None else {"tenant": tenant})}
        for number, tenant in enumerate(tenants)
    ]
    return b"\n".join(json.dumps(event).encode() for event in events)


@pytest.mark.parametrize("password", [False, True], ids=["bearer", "password"])
def test_own(client: TestClient, log: SqliteLog, *, password: bool) -> None:
    """An event without a tenant gets the token's; one that names it is taken as it is."""
    basic = base64.b64encode(b"curl:support-sends").decode()
    headers = {"authorization": f"Basic {basic}"} if password else SUPPORT
    answer = client.post("/v1/events", content=body(None, "support", ""), headers={**headers, **NDJSON})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 3)
    assert [event["tenant"] for event in logged(log)] == ["support"] * 3


@pytest.mark.parametrize(
    "stranger",
    [
        "legal",
        "default",
        "Support",
        "support ",
        "*",
        ["support"],
        7,
        {"support": 1},
        True,
        "legal\u202e" * 99,
    ],
    ids=str,
)
def test_other(client: TestClient, log: SqliteLog, stranger: object) -> None:
    """An event of another tenant is refused by its line with what to do; only the others are kept."""
    answer = client.post("/v1/events", content=body("support", stranger, None), headers={**SUPPORT, **NDJSON})
    assert answer.status_code == 200
    (reject,) = answer.json()["rejects"]
    assert (reject["line"], reject["reason"], reject["field"]) == (2, "foreign_tenant", "tenant")
    assert "the token is of tenant 'support'" in reject["message"]
    assert len(reject["message"]) < 300
    assert sorted(event["event_id"] for event in logged(log)) == ["0", "2"]


def test_only_other(client: TestClient, log: SqliteLog) -> None:
    """Where nothing may be kept the answer is 400, and nothing is."""
    answer = client.post("/v1/events", content=body("legal", "sales"), headers={**SUPPORT, **NDJSON})
    assert (answer.status_code, answer.json()["rejected"]) == (400, 2)
    assert sum(log.lag(topic, "test") for topic in INGEST) == 0


@pytest.mark.parametrize(
    "line",
    [
        b'{"tenant": "support", "tenant": "legal", "event_id": "x"}',
        b'{"tenant": "legal", "tenant": "support", "event_id": "x"}',
        b'{"event_id": "x", "tenant": "legal", broken',
        b'\xff{"tenant": "legal"}',
        b'["legal"]',
    ],
)
def test_smuggled(client: TestClient, log: SqliteLog, line: bytes) -> None:
    """A line that is no event is the token's own dead letter, whatever tenant stands in it."""
    client.post("/v1/events", content=line, headers={**SUPPORT, **NDJSON})
    found = [(one.record.key, one.record.value) for one in log.read(GENERATIONS, "test")]
    assert [tenant_of(key) for key, _ in found] in (["support"], [])


def test_nul(client: TestClient, log: SqliteLog) -> None:
    """A NUL in a name, which would end the tenant in a record's key, changes nothing."""
    client.post("/v1/events", content=body("legal\0x", "support\0legal"), headers={**SUPPORT, **NDJSON})
    assert {tenant_of(one.record.key) for one in log.read(GENERATIONS, "test")} <= {"support"}


def test_feedback(client: TestClient, log: SqliteLog) -> None:
    """Feedback and changes are held to the token's tenant as well, also when they come as events."""
    mine = {"event_id": "a", "kind": "thumb", "value": True, "at": NOW.isoformat()}
    client.post("/v1/feedback", json=mine, headers=SUPPORT)
    other = client.post("/v1/feedback", json={**mine, "tenant": "legal"}, headers=SUPPORT)
    typed = client.post("/v1/events", json={**mine, "type": "feedback", "tenant": "legal"}, headers=SUPPORT)
    assert (other.status_code, typed.status_code) == (400, 400)
    assert [one["tenant"] for one in logged(log, FEEDBACK)] == ["support"]


def test_all(client: TestClient, log: SqliteLog) -> None:
    """A token of all tenants sends for each of them, and without one for the default one."""
    answer = client.post("/v1/events", content=body("support", "legal", None), headers={**ALL, **NDJSON})
    assert answer.json()["accepted"] == 3
    assert sorted(event.get("tenant", "") for event in logged(log)) == ["", "legal", "support"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        ("Bearer", 401),
        ("Bearer nobody", 401),
        ("Basic bm9ib2R5", 401),
        ("Bearer support-reads", 403),
        ("Bearer " + "x" * 60_000, 401),
    ],
)
def test_refused(client: TestClient, log: SqliteLog, header: str, status: int) -> None:
    """Without a token for sending nothing is read or kept, whatever the body."""
    answer = client.post("/v1/events", content=body(None), headers={"authorization": header, **NDJSON})
    assert answer.status_code == status
    assert "support" not in answer.text
    assert log.lag(GENERATIONS, "test") == 0


def test_rotation(client: TestClient, tokens_file: Path) -> None:
    """A token that is taken out of the file is refused with the next request."""
    assert client.post("/v1/events", json=EVENT, headers=SUPPORT).status_code == 200
    tokens_file.write_text(f"support: {{ingest: [{digest('next')}]}}")
    assert client.post("/v1/events", json=EVENT, headers=SUPPORT).status_code == 401
    assert client.post("/v1/events", json=EVENT, headers={"authorization": "Bearer next"}).status_code == 200


def test_probes(client: TestClient) -> None:
    """Whoever starts it again needs no token to see how it is, and learns nothing else."""
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"status": "ready", "waiting": 0, "lost_by_clients": {}}


def test_names_kept(client: TestClient, log: SqliteLog) -> None:
    """The other fields are those that were sent."""
    client.post("/v1/events", json={**EVENT, "mine": {"a": [1]}, "route": "support/answer"}, headers=SUPPORT)
    (event,) = logged(log)
    assert event == {
        **EVENT,
        "mine": {"a": [1]},
        "route": "support/answer",
        "tenant": "support",
        "received_at": NOW.isoformat(),
    }
