"""The doctor says which receivers take nothing and when a heartbeat last arrived."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services import listening
from services.config import Config
from services.doctor.check import Finding
from services.doctor.notifications import of_server, of_store
from services.lookout import HEARTBEAT
from services.serve import SERVER
from store.database import Database
from store.meta import remember
from store.testing import ServedStore, empty
from store.writer import Writer
from stream.meter import Meter
from stream.metrics import DELIVERIES, FAILING, HEARTBEAT_AGE
from tests.services.doctor.findings import statuses

BEATING = Config.parse(
    {"receivers": {"switch": {"webhook": {"url": "http://x"}}}, "heartbeat": {"receivers": ["switch"]}}
)


def row(database: Database, id_: str, receiver: str, state: str, **more: Any) -> Mapping[str, object]:
    """Return a delivery as the alerter stores it."""
    moment = database.moment()
    kept = {"tenant": "acme", "alert_id": "a", "kind": "fire", "attempts": 3, "next_at": moment, "body": "{}"}
    told = {"id": id_, "receiver": receiver, "state": state, "message": f"{receiver} says no"}
    return {**kept, **told, "updated_at": moment, **more}


def test_store(served_store: ServedStore) -> None:
    """Receivers for which something waits or that refused lately are named with their last complaint."""
    with Database.open(url=served_store.url) as database:
        empty(database)
        (fine,) = of_store(served_store.url, Config())
        assert fine.status == "ok"
        old = database.moment() - timedelta(days=2)
        Writer(database).deliveries(
            [
                row(database, "1", "pager", "waiting"),
                row(database, "2", "chat", "failed"),
                row(database, "3", "mail", "sent"),
                row(database, "4", "hook", "failed", updated_at=old),
                row(database, "5", "fresh", "waiting", attempts=0),
            ]
        )
        found, beats = of_store(served_store.url, BEATING)
        assert found.status == "warn"
        assert found.what == (
            "chat: 0 wait, 1 refused or given up: chat says no; "
            "pager: 1 wait, 0 refused or given up: pager says no"
        )
        assert (beats.status, beats.what) == ("warn", "none has arrived yet")
        remember(database, HEARTBEAT, datetime.now(UTC).isoformat())
        assert statuses(of_store(served_store.url, BEATING))["heartbeat"] == "ok"
        remember(database, HEARTBEAT, (datetime.now(UTC) - timedelta(minutes=16)).isoformat())
        *_, late = of_store(served_store.url, BEATING)
        assert late.status == "warn"
        assert "due every 300 s" in late.what


def test_no_store() -> None:
    """Where the store does not answer, that is not said twice."""
    (finding,) = of_store("http://localhost:1/x", Config())
    assert finding.status == "skip"


def served(meter: Meter, data: Path) -> list[Finding]:
    """Return what is found where a server tells these numbers."""

    async def metrics(request: Request) -> PlainTextResponse:
        allowed = request.headers.get("authorization") == "Bearer own"
        return PlainTextResponse(meter.text() if allowed else b"", 200 if allowed else 401)

    with listening.in_thread(Starlette(routes=[Route("/metrics", metrics)])) as url:
        (data / SERVER).write_text(json.dumps({"url": url, "pid": 1, "token": "own"}))
        return list(of_server(data, BEATING))


@pytest.mark.parametrize(("failing", "age_s", "status"), [(0.0, 60.0, "ok"), (1.0, 1000.0, "warn")])
def test_server(tmp_path: Path, failing: float, age_s: float, status: str) -> None:
    """A running server is asked for its numbers."""
    meter = Meter("up")
    meter.set(DELIVERIES, 2, "waiting")
    meter.set(FAILING, failing)
    meter.set(HEARTBEAT_AGE, age_s)
    found, beats = served(meter, tmp_path)
    assert (found.status, beats.status) == (status, status)
    assert "2 wait to be sent, 0 were refused" in found.what


def test_unknown(tmp_path: Path) -> None:
    """A server that has just begun knows of no heartbeat yet."""
    meter = Meter("up")
    meter.set(HEARTBEAT_AGE, float("nan"))
    _, beats = served(meter, tmp_path)
    assert beats.what == "none has arrived yet"


def test_no_server(tmp_path: Path) -> None:
    """Where no server runs, nothing is sent and nothing is wrong."""
    (finding,) = of_server(tmp_path, BEATING)
    assert finding.status == "skip"
