"""Who may subscribe to which deadlines, and what comes of asking a store."""

from __future__ import annotations

from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.deadlines.deadline import as_row
from services.deadlines.reading import Reading
from services.deadlines.routes import deadline_routes
from services.wording.links import Addresses
from store.database import Database
from store.errors import StoreUnavailable
from store.writer import Writer
from tests.contract.schema import errors, load
from tests.services.deadlines.days import NOW, deadline


@pytest.fixture
def remote(tmp_path: Path, database: Database) -> TestClient:
    """A program on another machine, and deadlines of two tenants, one of them in two versions."""
    file = tmp_path / "tokens.yaml"
    add(file, "b", "read", digest("b-reads"))
    add(file, "b", "ingest", digest("b-sends"))
    add(file, "*", "read", digest("all-read"))
    rows = [deadline(), deadline(tenant="b"), deadline(tenant="b", sequence=1)]
    for row in rows:
        Writer(database).deadlines([as_row(row, database.moment())])
    routes = deadline_routes(Reading(database, lambda: NOW), TokenDoor(Tokens(file)), Addresses())
    return TestClient(
        Starlette(routes=routes), base_url="https://fmwatch.example.org", client=("10.0.0.7", 1)
    )


def _events(remote: TestClient, token: str, path: str = "/calendar.ics") -> list[tuple[int | None, bool]]:
    answer = remote.get(path, auth=("", token))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = IcsCalendarStream.calendar_from_ics(answer.text).events
    return sorted((event.sequence, "Tenant: " in str(event.description)) for event in found)


def test_whose(remote: TestClient) -> None:
    """A token of one tenant has that tenant's days in their newest version, one of all has all, named."""
    assert _events(remote, "b-reads") == [(1, False)]
    assert _events(remote, "all-read") == [(0, True), (1, True)]
    assert _events(remote, "all-read", "/calendar.ics?tenant=b") == [(1, False)]


def test_refused(remote: TestClient) -> None:
    """Without a token, with one for sending and for another tenant's days nothing is shown."""
    assert remote.get("/calendar.ics").status_code == 401
    assert remote.get("/calendar.ics", auth=("", "b-sends")).status_code == 403
    answer = remote.get("/calendar.ics?tenant=default", auth=("", "b-reads"))
    assert (answer.status_code, "tenant 'b' only" in answer.text) == (403, True)


def test_document(remote: TestClient) -> None:
    """Programs have the same as JSON that fits the contract."""
    answer = remote.get("/api/deadlines.json", auth=("", "b-reads")).json()
    assert errors(answer, load("deadlines")) == []
    found = answer["deadlines"]
    assert [(one["model"], one["day"], one["state"]) for one in found] == [
        ("gpt-4o", "2026-12-01", "announced")
    ]


def test_away(remote: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is away a calendar is told when to ask again, and keeps what it has."""

    def away(*_: object) -> None:
        raise StoreUnavailable("db-7.internal refused it")

    monkeypatch.setattr("services.deadlines.reading.deadlines", away)
    answer = remote.get("/calendar.ics", auth=("", "b-reads"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "db-7" not in answer.text
