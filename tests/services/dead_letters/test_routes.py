"""The local API: for this machine only, and every refusal says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.dead_letters.reading import Reading
from services.dead_letters.remote import Server, running
from services.dead_letters.replays import MOST, Replays
from services.dead_letters.routes import Routes
from store.database import Database
from store.dead_letters import Asked
from store.errors import StoreError, StoreUnavailable
from stream.border import Border
from stream.errors import LogError
from stream.sqlite_log import SqliteLog
from tests.services.dead_letters.letters import NOON

PATHS = (
    "/api/dead-letters.json",
    "/api/dead-letters/pending.json",
    "/api/dead-letters/generations-0-0-0.json",
)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[Starlette]:
    """The API on an empty store."""
    with SqliteLog(tmp_path) as log:
        replays = Replays(database, log, Border(), lambda: NOON)
        yield Starlette(routes=Routes(Reading(database), replays).routes())


def _client(app: Starlette, base: str = "http://127.0.0.1:8765", peer: str = "127.0.0.1") -> TestClient:
    return TestClient(app, base_url=base, client=(peer, 40_000))


@pytest.mark.parametrize("path", PATHS)
def test_strangers(app: Starlette, path: str) -> None:
    """Neither another machine, nor another name for this one, nor a page of another site is answered."""
    assert _client(app, peer="192.0.2.1").get(path).status_code == 403
    assert _client(app, base="http://evil.example").get(path).status_code == 403
    assert _client(app).get(path, headers={"origin": "http://evil.example"}).status_code == 403


def test_strangers_replay(app: Starlette) -> None:
    """No page of another site replays anything."""
    body: dict[str, list[str]] = {"ids": []}
    path = "/api/dead-letters/replay"
    assert _client(app).post(path, json=body).status_code == 200
    assert _client(app).post(path, json=body, headers={"origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"ids":"generations-0-0-0"}',
        b'{"ids":[],"force":true}',
        b'{"ids":[],"replayed_at":"2026-11-02T12:00:00"}',
        b'{"ids":[%s]}' % b",".join([b'"a"'] * (MOST + 1)),
    ],
)
def test_not_understood(app: Starlette, body: bytes) -> None:
    """A body that no command sends is refused; a time without its zone as well."""
    answer = _client(app).post("/api/dead-letters/replay", content=body)
    assert (answer.status_code, "does not understand" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "query", ["?limit=many", "?since=yesterday", "?until=2026-11-02T12:00:00", "?since=0001-01-01T00:00:00Z"]
)
def test_senseless_question(app: Starlette, query: str) -> None:
    """So is a question that no command asks."""
    assert _client(app).get(f"/api/dead-letters.json{query}").status_code == 400


def test_too_large(app: Starlette) -> None:
    """A body beyond all bounds is not read."""
    answer = _client(app).post("/api/dead-letters/replay", content=b" " * 5_000_000)
    assert answer.status_code == 413


def test_unknown(app: Starlette) -> None:
    """A letter that is not there is a 404 which the command turns into its own sentence."""
    answer = _client(app).get("/api/dead-letters/generations-0-0-0.json")
    assert (answer.status_code, "list shows their ids" in answer.json()["error"]) == (404, True)
    assert Server(_client(app)).one("a/../b?x") is None


@pytest.mark.parametrize("error", [StoreUnavailable("no ClickHouse answers"), LogError("no space left")])
def test_away(app: Starlette, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """What is away for now is a 503, and for the command something to do again later."""

    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr(Reading, "pending", away)
    with pytest.raises(StoreUnavailable, match=f"says: {error}"):
        Server(_client(app)).pending(Asked())


@contextmanager
def _noted(tmp_path: Path, answer: httpx2.Response | None) -> Iterator[Server | None]:
    """Ask whoever is at the noted address, which answers so, or not at all."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        if answer is None:
            raise httpx2.ConnectError("refused", request=request)
        return answer

    (tmp_path / "server.json").write_text('{"url": "http://127.0.0.1:9"}')
    before = httpx2.Client
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx2.Client", lambda **how: before(transport=httpx2.MockTransport(handle), **how))
        with running(tmp_path) as server:
            yield server


@pytest.mark.parametrize(
    "answer",
    [
        None,
        httpx2.Response(404),
        httpx2.Response(500),
        httpx2.Response(200, content=b"hello"),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, json={"alerts": []}),
    ],
)
def test_stranger_at_the_port(tmp_path: Path, answer: httpx2.Response | None) -> None:
    """A note that leads nowhere, or to a stranger, is no server: the directory is opened itself."""
    with _noted(tmp_path, answer) as server:
        assert server is None


def test_no_note(tmp_path: Path) -> None:
    """No note, or one that says nothing, is no server either."""
    for note in (None, "nonsense", '{"url": "nowhere"}', "[]"):
        if note is not None:
            (tmp_path / "server.json").write_text(note)
        with running(tmp_path) as server:
            assert server is None


def test_server_ends(tmp_path: Path) -> None:
    """A server that says something else halfway is an answer to wait for, never a traceback."""
    with _noted(tmp_path, httpx2.Response(200, json={"dead_letters": []})) as server:
        assert server is not None
        with pytest.raises(StoreUnavailable, match="nothing is stored twice"):
            server.take(["generations-0-0-0"], restamp=False, dry_run=False)


def test_not_this_server(app: Starlette) -> None:
    """What the server refuses for good is said at once, not asked again."""
    naive = datetime.fromisoformat("2026-11-02T12:00:00")
    with pytest.raises(StoreError, match="does not understand") as refused:
        Server(_client(app)).outcomes(naive)
    assert not isinstance(refused.value, StoreUnavailable)
