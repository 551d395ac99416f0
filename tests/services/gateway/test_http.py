import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.gateway.backlog import LineBacklog
from services.gateway.body import BodyError, inflate
from services.gateway.http import Gateway
from stream.border import Border
from stream.errors import LogError
from stream.log import Record
from stream.sqlite_log import SqliteLog
from stream.topics import CHANGES, FEEDBACK, GENERATIONS

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
EVENT = {"event_id": "a", "occurred_at": NOW.isoformat(), "provider": "openai", "request_model": "gpt-4o"}
NDJSON = {"content-type": "application/x-ndjson"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty log."""
    with SqliteLog(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(log: SqliteLog) -> TestClient:
    """A caller on this machine."""
    return _client(log)


def _client(
    log: SqliteLog, base: str = "http://127.0.0.1:8765", peer: str = "127.0.0.1", most: int = 500_000
) -> TestClient:
    gateway = Gateway(log, Border(), lambda: NOW, backlog=LineBacklog(log, lambda: NOW, most))
    return TestClient(Starlette(routes=gateway.routes()), base_url=base, client=(peer, 40_000))


def _logged(log: SqliteLog, topic: str = GENERATIONS) -> list[dict[str, object]]:
    found = log.read(topic, "test", lines=10_000)
    return [json.loads(line) for delivery in found for line in delivery.record.lines]


def test_object(client: TestClient, log: SqliteLog) -> None:
    """One event is in the log when 200 comes back, stamped with when it came."""
    answer = client.post("/v1/events", json=EVENT)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "rejected": 0, "rejects": []})
    assert _logged(log) == [{**EVENT, "received_at": NOW.isoformat()}]


def test_list(client: TestClient, log: SqliteLog) -> None:
    """A JSON list is its events, also when it is spread over lines."""
    body = json.dumps([{**EVENT, "event_id": str(i)} for i in range(120)], indent=1)
    answer = client.post("/v1/events", content=body, headers={"content-type": "application/json"})
    assert answer.json()["accepted"] == 120
    assert sorted(int(str(event["event_id"])) for event in _logged(log)) == list(range(120))


def test_lines(client: TestClient, log: SqliteLog) -> None:
    """Lines are taken one by one; each wrong one is named and ends in the log all the same."""
    body = b"\n".join([json.dumps(EVENT).encode(), b"", b"{broken", b'{"event_id":"b"}'])
    answer = client.post("/v1/events", content=body, headers=NDJSON)
    assert answer.status_code == 200
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 2)
    rejects = [(one["line"], one["reason"], one["field"]) for one in answer.json()["rejects"]]
    assert rejects == [(2, "invalid_json", ""), (3, "missing_field", "occurred_at")]
    assert log.lag(GENERATIONS, "test") == 3


def test_all_wrong(client: TestClient) -> None:
    """Where no event is right the answer is 400, with the reasons."""
    answer = client.post("/v1/events", json={**EVENT, "usage": {"input": "4"}})
    assert answer.status_code == 400
    assert answer.json()["rejects"][0]["message"] == "usage.input must be a whole number, not text"


def test_kinds(client: TestClient, log: SqliteLog) -> None:
    """Feedback and changes have their own addresses and need not say their type."""
    feedback = {"event_id": "a", "kind": "thumb", "value": True, "at": NOW.isoformat()}
    change = {"kind": "deploy", "at": NOW.isoformat(), "from": "v1", "to": "v2"}
    assert client.post("/v1/feedback", json=feedback).status_code == 200
    assert client.post("/v1/changes", json=change).status_code == 200
    assert client.post("/v1/events", json={**change, "type": "change"}).status_code == 200
    assert (len(_logged(log, FEEDBACK)), len(_logged(log, CHANGES))) == (1, 2)
    assert {str(one["type"]) for one in (*_logged(log, FEEDBACK), *_logged(log, CHANGES))} == {
        "feedback",
        "change",
    }


def test_redacted(client: TestClient, log: SqliteLog) -> None:
    """What is personal never reaches the log, in events and in broken lines."""
    client.post("/v1/events", json={**EVENT, "prompt": "I am ana@example.org"})
    client.post("/v1/events", content=b'{"prompt":"ana@example.org', headers=NDJSON)
    values = b"".join(delivery.record.value for delivery in log.read(GENERATIONS, "test"))
    assert b"ana@" not in values
    assert _first(log)["redactions"] == {"email": 1}


def _first(log: SqliteLog) -> dict[str, object]:
    found: dict[str, object] = json.loads(log.read(GENERATIONS, "test")[0].record.lines[0])
    return found


def test_gzip(client: TestClient, log: SqliteLog) -> None:
    """A gzip body is unpacked."""
    body = gzip.compress(json.dumps(EVENT).encode())
    answer = client.post("/v1/events", content=body, headers={"content-encoding": "gzip"})
    assert answer.status_code == 200
    assert log.lag(GENERATIONS, "test") == 1


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"content-type": "application/json"}, 400),
        (b"", {"content-type": "application/json"}, 400),
        (b" \n ", NDJSON, 400),
        (b"[]", {}, 400),
        (b"{}", {"content-encoding": "br"}, 415),
        (b"no gzip", {"content-encoding": "gzip"}, 400),
        (gzip.compress(b"{}" * 1000)[:-9], {"content-encoding": "gzip"}, 400),
        (gzip.compress(b"0" * 50_000_000), {"content-encoding": "gzip"}, 413),
        (b"x" * (4 * 1024 * 1024 + 1), NDJSON, 413),
    ],
    ids=("cut", "empty", "blank", "list", "brotli", "no gzip", "cut gzip", "bomb", "large"),
)
def test_refused(
    content: bytes, headers: dict[str, str], status: int, client: TestClient, log: SqliteLog
) -> None:
    """A body that cannot be taken is refused as a whole, with what to do, and nothing is logged."""
    answer = client.post("/v1/events", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert log.lag(GENERATIONS, "test") == 0


def test_members() -> None:
    """Several gzip members follow each other; together they stay within the bound."""
    assert inflate(gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"
    with pytest.raises(BodyError, match="larger than 3 bytes"):
        inflate(gzip.compress(b"ab") * 2, most=3)
    with pytest.raises(BodyError, match="more than 100 members"):
        inflate(gzip.compress(b"") * 101)


def test_busy(log: SqliteLog) -> None:
    """When too much waits for the worker, 429 says when to come again."""
    client = _client(log, most=3)
    log.append(GENERATIONS, [Record(b"k", b"{}\n{}\n{}\n{}")])
    answer = client.post("/v1/events", json=EVENT)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_log_away(log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the log cannot write, 503 says when to come again, and nothing is claimed."""

    def full(*_: object) -> None:
        raise LogError("the disk is full")

    monkeypatch.setattr(log, "append", full)
    answer = _client(log).post("/v1/events", json=EVENT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize(
    ("base", "peer", "headers"),
    [
        ("http://127.0.0.1:8765", "192.168.1.7", {}),
        ("http://evil.example.org", "127.0.0.1", {}),
        ("http://127.0.0.1:8765", "127.0.0.1", {"origin": "https://evil.example.org"}),
        ("http://127.0.0.1:8765", "127.0.0.1", {"origin": "null"}),
        ("http://127.0.0.1:8765", "127.0.0.1", {"origin": "http://["}),
    ],
)
def test_foreign(base: str, peer: str, headers: dict[str, str], log: SqliteLog) -> None:
    """Other machines, other names and pages of other sites stay outside."""
    answer = _client(log, base, peer).post("/v1/events", json=EVENT, headers=headers)
    assert answer.status_code == 403
    assert log.lag(GENERATIONS, "test") == 0


@pytest.mark.parametrize("base", ["http://localhost:8765", "http://[::1]:8765"])
def test_local(base: str, log: SqliteLog) -> None:
    """Programs on this machine may call by any of its names, and so may its own page."""
    headers = {"origin": base}
    assert _client(log, base).post("/v1/events", json=EVENT, headers=headers).status_code == 200


def test_losses_once(client: TestClient) -> None:
    """Losses count only where the request is taken: a client says them again with the next one."""
    headers = {"fmwatch-counts": "client=a; captured=9/9; queue_full=3/3"}
    for line in (b"nonsense", b"", json.dumps(EVENT).encode()):
        client.post("/v1/events", content=line, headers=headers)
    assert client.get("/readyz").json()["lost_by_clients"] == {"queue_full": 3}


@pytest.mark.parametrize("body", [b"1\n" * 10_001, b"[" + b"1," * 10_000 + b"1]"], ids=["lines", "list"])
def test_too_many(client: TestClient, log: SqliteLog, body: bytes) -> None:
    """A body of too many events is refused as a whole; a client then sends its halves."""
    assert client.post("/v1/events", content=body).status_code == 413
    assert log.lag(GENERATIONS, "test") == 0
