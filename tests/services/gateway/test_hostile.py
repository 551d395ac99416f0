"""Enemies at the gateway: a clear answer below 500, nothing of another tenant, nothing half-stored."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import ASGIApp

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.gateway import body
from services.gateway.hostile import hostile
from services.gateway.http import Gateway
from services.gateway.testing import OWN, TOKEN, Memory, ask, wrong
from store.database import Database
from stream.border import Border
from stream.log import Log
from stream.sqlite_log import SqliteLog
from stream.topics import INGEST
from stream.worker import GROUP, Worker
from tests.services.gateway.documented import undocumented
from tests.stream.fakes import NOON, step_for

TENANTS = """
SELECT tenant, 0 AS dead FROM generations UNION ALL SELECT tenant, 0 FROM feedback
UNION ALL SELECT tenant, 0 FROM changes UNION ALL SELECT tenant, 1 FROM dead_letters
"""
EVENT = b'{"event_id":"a","occurred_at":"2026-11-02T12:00:00Z","provider":"openai","request_model":"gpt-4o"}'
HEAD = f"Host: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n".encode()


def _app(folder: Path, log: Log) -> Starlette:
    file = folder / "tokens.yaml"
    file.write_text(f'{OWN}: {{ingest: ["{digest(TOKEN)}"]}}', encoding="utf-8")
    return Starlette(routes=Gateway(log, Border(), lambda: NOON, entrance=TokenDoor(Tokens(file))).routes())


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> tuple[ASGIApp, Memory]:
    """A gateway, and the log it writes to."""
    log = Memory()
    return _app(tmp_path_factory.mktemp("gateway"), log), log


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One loop for all requests."""
    with asyncio.Runner() as runner:
        yield runner


@given(st.integers(0, 2**64))
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_generated(gateway: tuple[ASGIApp, Memory], loop: asyncio.Runner, seed: int) -> None:
    """Generated requests are answered below 500, as documented, and leave in the log what the answer says."""
    app, log = gateway
    asked = hostile(Random(seed))  # noqa: S311 - a test's dice
    answer = loop.run(ask(app, asked))
    assert wrong(asked, answer, log.taken()) == ""
    assert undocumented(asked, answer) == ""


def test_stored(tmp_path: Path, database: Database, loop: asyncio.Runner) -> None:
    """What a few hundred of them leave is scored and stored to the line, and is the sender's alone."""
    with SqliteLog(tmp_path) as log:
        app = _app(tmp_path, log)
        for seed in range(400):
            loop.run(ask(app, hostile(Random(seed))))  # noqa: S311 - a test's dice
        lines = sum(log.lag(topic, "test") for topic in INGEST)
        worker = Worker(
            log, step_for(log, database)(lambda: NOON), lambda positions, _: log.commit(GROUP, positions)
        )
        while worker.once():
            pass
    assert lines > 100
    found = database.rows(TENANTS)
    assert {row["tenant"] for row in found} == {OWN}
    assert any(row["dead"] for row in found)


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def _served(app: ASGIApp) -> Iterator[int]:
    server = _Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.listening.wait(20)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Memory]]:
    """A gateway behind a real server."""
    log = Memory()
    with _served(_app(tmp_path_factory.mktemp("served"), log)) as at:
        yield at, log


def _said(port: int, raw: bytes, *, half: bool = False) -> bytes:
    """Send bytes and return everything that comes back until the other side closes or falls silent."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as connection:
        connection.sendall(raw)
        if half:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(1)
        found = b""
        try:
            while piece := connection.recv(65_536):
                found += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return found


def _statuses(answer: bytes) -> list[int]:
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.")]


def _post(*headers: bytes, body: bytes = EVENT, line: bytes = b"POST /v1/events HTTP/1.1") -> bytes:
    return b"\r\n".join([line, HEAD + b"\r\n".join(headers), b"", body])


SMUGGLED = b"POST /v1/changes HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(EVENT), EVENT)
LENGTH = b"Content-Length: %d" % len(EVENT)


@pytest.mark.parametrize(
    "raw",
    [
        _post(LENGTH, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
        _post(LENGTH, b"Content-Length: 1"),
        _post(b"Content-Length: -1"),
        _post(b"Content-Length: 99999999999999999999999"),
        _post(b"Content-Length: 0x10"),
        _post(b"Transfer-Encoding: xchunked", body=CHUNKED),
        _post(b"Transfer-Encoding: chunked", body=b"zz\r\n" + EVENT),
        _post(b"Transfer-Encoding : chunked", body=CHUNKED),
        _post(b"X: a\r\n b", LENGTH),
        _post(b"X: a\x00b", LENGTH),
        _post(b"X: " + b"a" * 200_000, LENGTH),
        _post(LENGTH, line=b"POST /v1/events HTTP/9.9"),
        _post(LENGTH, line=b"POST  /v1/events  HTTP/1.1"),
        _post(LENGTH, line=b"POST http://victim.example.org/v1/changes HTTP/1.1"),
        _post(LENGTH, line=b"POST /v1/../../etc/passwd HTTP/1.1"),
        _post(LENGTH, line=b"POST /v1/events\x00 HTTP/1.1"),
        _post(LENGTH, line=b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        b"\x00" * 1000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\n\n",
    ],
)
def test_smuggled(port: tuple[int, Memory], raw: bytes) -> None:
    """What two readers could cut differently is refused or is one request, and the next is served."""
    at, log = port
    answer = _said(at, raw)
    assert [status for status in _statuses(answer) if status >= 500] == []
    assert len(_statuses(answer)) <= 1
    assert sum(record.count for record in log.taken()) <= 1
    assert _statuses(_said(at, _post(LENGTH, b"Connection: close"))) == [200]
    assert len(log.taken()) == 1


@pytest.mark.parametrize("sent", [0, 1, len(EVENT) - 1])
def test_half_closed(port: tuple[int, Memory], sent: int) -> None:
    """A connection that ends before its body has come leaves nothing behind."""
    at, log = port
    answer = _said(at, _post(LENGTH, body=EVENT[:sent]), half=True)
    assert [status for status in _statuses(answer) if status >= 500 or status == 200] == []
    assert log.taken() == []


def test_half_closed_after(port: tuple[int, Memory]) -> None:
    """Who has sent all and closes its half still gets an answer."""
    at, log = port
    assert _statuses(_said(at, _post(LENGTH), half=True)) in ([200], [])
    assert len(log.taken()) <= 1


def test_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come in time is given up with 408, and nothing of it is kept."""
    monkeypatch.setattr(body, "BODY_S", 0.2)
    log = Memory()
    with _served(_app(tmp_path, log)) as at:
        assert _statuses(_said(at, _post(LENGTH, body=EVENT[:20]))) == [408]
    assert log.taken() == []
