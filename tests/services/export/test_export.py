"""An export holds each stored row once, and its manifest proves it; of a directory and of a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fmwatch.event import Feedback
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import LocalDoor
from services.config import Config
from services.export.folder import Document, Source, write
from services.export.remote import Server
from services.export.routes import Reading, Table, export_routes
from services.run import Embedded
from store import export
from store.database import Database, utc
from store.errors import StoreError
from store.export import Wanted
from store.writer import Writer
from tests.services.small_fleet import DAYS, START, lines

END = START + timedelta(days=DAYS)
EVERYTHING = Wanted(START, END)
THUMB = {"type": "feedback", "kind": "thumb", "value": True, "at": START.isoformat()}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Sixteen days of calls with an outage, a thumb for one of them, and a line that is no event."""
    with Embedded(tmp_path_factory.mktemp("data"), Config(), lambda: END - timedelta(minutes=1)) as embedded:
        calls = list(lines())
        first = json.loads(calls[0])["event_id"]
        embedded.ingest([*calls, json.dumps({**THUMB, "event_id": first}).encode(), b"{broken"])
        while embedded.score():
            pass
        embedded.sum_up()
        embedded.watch(END)
        yield embedded.database


@pytest.fixture(params=["directory", "server"])
def source(database: Database, request: pytest.FixtureRequest) -> Source:
    """The store, asked directly and over the API."""
    if request.param == "directory":
        return Reading(database)
    app = Starlette(routes=export_routes(Reading(database), LocalDoor()))
    return Server(TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 40_000)))


def _rows(database: Database, manifest: Document, out: Path, table: str) -> list[dict[str, Any]]:
    kind = {"parquet": "Parquet", "jsonl": "JSONEachRow"}[manifest["asked"]["format"]]
    names = [one["name"] for one in manifest["files"] if one["table"] == table]
    return [
        row
        for name in names
        for row in database.rows(f"SELECT * FROM file('{out / name}', {kind})")  # noqa: S608 - our own
    ]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_whole(
    source: Source, database: Database, tmp_path: Path, form: export.Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call is in exactly one file, as it is stored, however small the files are."""
    monkeypatch.setattr(export, "MOST_ROWS", 700)
    manifest = write(source, EVERYTHING, tmp_path / "out", form, END)
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    for one in manifest["files"]:
        content = (tmp_path / "out" / one["name"]).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        assert one["rows"] <= 700
    found = _rows(database, manifest, tmp_path / "out", "generations")
    stored = database.rows("SELECT event_id, prompt, response, cost_pusd FROM v_calls")
    assert len(found) == len(stored) == manifest["tables"]["generations"]["rows"]
    assert {(row["event_id"], row["prompt"], row["cost_pusd"]) for row in found} == {
        (row["event_id"], row["prompt"], row["cost_pusd"]) for row in stored
    }
    for table, n in {"feedback": 1, "dead_letters": 1}.items():
        assert len(_rows(database, manifest, tmp_path / "out", table)) == n
    assert manifest["tables"]["alerts"]["rows"] >= 1


def test_large_hour(
    source: Source, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour that is too large for one file is cut by the hash of its rows."""
    monkeypatch.setattr(export, "MOST_ROWS", 5)
    day = Wanted(START, START + timedelta(hours=6))
    manifest = write(source, day, tmp_path, "jsonl", END)
    found = _rows(database, manifest, tmp_path, "generations")
    assert len({row["event_id"] for row in found}) == len(found) == manifest["tables"]["generations"]["rows"]
    assert any(one["part"][1] > 1 for one in manifest["files"])


def test_without_content(source: Source, database: Database, tmp_path: Path) -> None:
    """Without content nobody's words are in any file, of calls or of what could not be read; the rest is."""
    wanted = Wanted(START, END, route="support/answer", content=False)
    manifest = write(source, wanted, tmp_path, "jsonl", END)
    text = b"".join((tmp_path / one["name"]).read_bytes() for one in manifest["files"])
    assert b"parcel" not in text
    assert b"arrives tomorrow" not in text
    assert {row["route"] for row in _rows(database, manifest, tmp_path, "generations")} == {"support/answer"}
    assert "dead_letters" not in manifest["tables"]
    assert "prompt" in manifest["tables"]["generations"]["left_out"]
    assert "latency_ms" in manifest["tables"]["generations"]["columns"]


def test_tenant(source: Source, tmp_path: Path) -> None:
    """Of a tenant that has nothing, there is an empty export."""
    manifest = write(source, Wanted(START, END, tenant="nobody"), tmp_path, "parquet", END)
    assert manifest["files"] == []
    assert all(table["rows"] == 0 for table in manifest["tables"].values())


def test_full_folder(source: Source, tmp_path: Path) -> None:
    """Into a folder that holds something nothing is written."""
    (tmp_path / "mine").touch()
    with pytest.raises(StoreError, match="not empty"):
        write(source, EVERYTHING, tmp_path, "parquet", END)


class _Growing(Reading):
    """A store in which a call arrives after the parts were counted."""

    def table(self, wanted: Wanted, name: str) -> Table:
        found = super().table(wanted, name)
        return Table(
            found.columns, [msgspec.structs.replace(part, rows=part.rows - 1) for part in found.parts]
        )


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_counted_as_written(database: Database, tmp_path: Path, form: export.Format) -> None:
    """The manifest counts the rows that the files hold, though more came after the parts were counted."""
    manifest = write(_Growing(database), EVERYTHING, tmp_path / "out", form, END)
    for table, about in manifest["tables"].items():
        n = len(_rows(database, manifest, tmp_path / "out", table))
        assert n == about["rows"] == sum(one["rows"] for one in manifest["files"] if one["table"] == table)


def test_route_later_feedback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """Of a route all feedback is exported, though it came hours after its call and in another file."""
    monkeypatch.setattr(export, "MOST_ROWS", 5)
    day = Wanted(START, START + timedelta(days=1), route="support/answer")
    calls = database.rows(
        "SELECT event_id, occurred_at FROM v_calls WHERE route = 'support/answer' "
        "AND occurred_at < {to:DateTime64(6, 'UTC')}",
        {"to": START + timedelta(hours=20)},
    )
    assert len(calls) > 50
    thumbs = [
        Feedback(event_id=call["event_id"], kind="thumb", at=utc(call["occurred_at"]) + timedelta(hours=3))
        for call in calls
    ]
    assert Writer(database).feedback(thumbs) == []
    manifest = write(Reading(database), day, tmp_path / "out", "jsonl", END)
    found = [row["event_id"] for row in _rows(database, manifest, tmp_path / "out", "feedback")]
    assert len([one for one in manifest["files"] if one["table"] == "feedback"]) > 3
    assert {call["event_id"] for call in calls} <= set(found)
    assert manifest["tables"]["feedback"]["rows"] == len(found)
