"""Letters handed in again over border, log and step: one suite for the directory and for a server on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fmwatch.event import Event
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.config import Config
from services.dead_letters.desk import Directory, UnfinishedReplay, desk
from services.dead_letters.reading import Document, Reading
from services.dead_letters.remote import Server
from services.dead_letters.replaying import handed_in
from services.dead_letters.replays import Replays, UnknownLetter
from services.dead_letters.routes import Routes
from services.run import Embedded
from store.dead_letters import Asked
from store.errors import StoreError
from store.testing import empty
from stream import decode as strict
from stream.feed import Place
from tests.services.dead_letters.letters import LONG_AGO, NOON, line

EVERYTHING = Asked()
LATER = NOON + timedelta(days=3)
THUMB = b'{"type":"feedback","event_id":"a","kind":"thumb","value":true,"at":"2020-01-01T00:00:00Z"}'
LINES = [
    line(event_id="good"),
    line(event_id="text", usage={"input": "4"}),
    line(event_id="old", occurred_at=LONG_AGO),
    THUMB,
    b"broken",
    b"x" * 70_000,
    b"\xff\xfe",
]
REASONS = {"invalid_json": 2, "clock_out_of_range": 2, "wrong_type": 1, "invalid_encoding": 1}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """Open one directory for all tests of this module."""
    with Embedded(tmp_path_factory.mktemp("data"), Config(), lambda: NOON) as embedded:
        yield embedded


@dataclass(frozen=True)
class Office:
    """A data directory, and where it is asked: itself, or a server on it."""

    embedded: Embedded
    desk: Directory | Server


@pytest.fixture(params=["directory", "server"])
def office(opened: Embedded, request: pytest.FixtureRequest) -> Office:
    """Six letters of noon, looked at three days later; the same in the directory and of a server."""
    empty(opened.database)
    opened.clock = lambda: NOON
    opened.ingest(LINES)
    while opened.score():
        pass
    opened.clock = lambda: LATER
    return _office(opened, request.param)


def _office(embedded: Embedded, kind: str) -> Office:
    if kind == "directory":
        return Office(embedded, Directory(embedded))
    replays = Replays(embedded.database, embedded.log, embedded.border, embedded.clock)
    app = Starlette(routes=Routes(Reading(embedded.database), replays).routes())
    client = TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 40_000))
    return Office(embedded, Server(client))


def _replay(
    office: Office, *ids: str, asked: Asked = EVERYTHING, restamp: bool = False, dry_run: bool = False
) -> Document:
    def worker(_: float) -> None:
        while office.embedded.score():
            pass
        office.embedded.rollup.recompute()

    return handed_in(office.desk, ids, asked, restamp=restamp, dry_run=dry_run, wait=worker)


def _ids(office: Office) -> list[str]:
    return sorted(one["id"] for one in office.desk.listing(Asked(), 100)["dead_letters"])


def _stored(office: Office) -> int:
    database = office.embedded.database
    return sum(
        int(database.query(f"SELECT count() AS n FROM {table} FINAL")["n"][0])  # noqa: S608 - our own names
        for table in ("generations", "feedback", "changes")
    )


@pytest.fixture
def updated(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Look at the letters with the next version, which takes a number that was sent as a text."""
    before: Callable[..., Event] = strict.decode

    def decode(raw: bytes, *more: object) -> Event:
        return before(raw.replace(b'"4"', b"4"), *more[:2])

    monkeypatch.setattr("services.dead_letters.judge.decode", decode)
    monkeypatch.setattr("stream.step.decode", decode)
    return office


def test_listing(office: Office) -> None:
    """A listing counts all that are meant, however many it shows."""
    found = office.desk.listing(Asked(), 2)
    assert (found["total"], len(found["dead_letters"]), found["reasons"]) == (6, 2, REASONS)
    assert (found["stored_since"], found["newest_at"]) == ({}, "2026-11-02T12:00:00Z")


def test_nothing_new(office: Office) -> None:
    """What this version cannot read either stays the same letter, with the same id, and says so."""
    before = _ids(office)
    done = _replay(office)
    assert (done["taken"], done["stored"], done["duplicates"], done["waiting"], done["left"]) == (
        4,
        0,
        0,
        0,
        0,
    )
    assert done["refused"] == {"clock_out_of_range": 2, "invalid_json": 1, "wrong_type": 1}
    assert done["not_replayable"] == {"cut": 1, "not_kept": 1}
    assert _ids(office) == before
    listed = office.desk.listing(Asked(), 100)
    assert (listed["total"], listed["reasons"]) == (6, REASONS)
    assert {one["outcome"] for one in listed["dead_letters"]} == {"refused", None}
    assert _replay(office)["taken"] == 4
    assert _ids(office) == before


def test_fixed_version(updated: Office) -> None:
    """What a fixed version can read is stored and marked so; the second time it is left alone."""
    office = updated
    done = _replay(office)
    assert (done["stored"], done["replayed_at"]) == (1, "2026-11-05T12:00:00Z")
    [one] = [one for one in office.desk.listing(Asked(), 9)["dead_letters"] if one["outcome"] == "stored"]
    assert (one["reason"], one["replayed_at"]) == ("wrong_type", "2026-11-05T12:00:00Z")
    again = _replay(office)
    assert (again["stored"], again["taken"], again["stored_before"]) == (0, 3, 1)
    named = _replay(office, str(one["id"]))
    assert (named["taken"], named["stored_before"]) == (0, 1)
    assert _stored(office) == 2


def test_restamp(office: Office) -> None:
    """Events whose clock was wrong are stored as of when they were refused; replayed twice, once."""
    done = _replay(office, asked=Asked(reason="clock_out_of_range"), restamp=True)
    assert (done["taken"], done["stored"], done["restamped"], done["refused"]) == (2, 2, 2, {})
    again = _replay(office, asked=Asked(reason="clock_out_of_range"), restamp=True)
    assert (again["taken"], again["stored"], again["stored_before"]) == (0, 0, 2)
    [row] = office.embedded.database.rows("SELECT occurred_at, extra FROM v_calls WHERE event_id = 'old'")
    assert (row["occurred_at"], row["extra"]) == (NOON, f'{{"restamped_from":"{LONG_AGO}"}}')
    assert office.embedded.database.query("SELECT at FROM v_feedback")["at"] == [NOON]


def test_duplicate(office: Office) -> None:
    """An event that came in by another way since is a duplicate, and its letter is settled."""
    [letter] = [
        one for one in office.desk.listing(Asked(), 9)["dead_letters"] if one["field"] == "occurred_at"
    ]
    office.embedded.ingest([line(event_id="old", occurred_at=NOON.isoformat())])
    while office.embedded.score():
        pass
    done = _replay(office, str(letter["id"]), restamp=True)
    assert (done["taken"], done["stored"], done["duplicates"]) == (1, 0, 1)
    found = office.desk.one(str(letter["id"]))
    assert found is not None
    assert found["outcome"] == "stored"


def test_dry_run(office: Office) -> None:
    """A dry run says what would become of the letters, and changes nothing."""
    done = _replay(office, restamp=True, dry_run=True)
    assert (done["stored"], done["duplicates"], done["replayed_at"], done["waiting"]) == (2, 0, None, 0)
    assert done["refused"] == {"invalid_json": 1, "wrong_type": 1}
    assert {one["outcome"] for one in office.desk.listing(Asked(), 9)["dead_letters"]} == {None}
    assert _stored(office) == 1


def test_clock_set_back(office: Office) -> None:
    """A replay after the clock was set back is still the later one."""
    first = _replay(office)
    office.embedded.clock = lambda: NOON
    second = _replay(
        _office(office.embedded, "directory"), asked=Asked(reason="clock_out_of_range"), restamp=True
    )
    assert (first["stored"], second["stored"], second["waiting"]) == (0, 2, 0)


def test_unknown(office: Office) -> None:
    """An id that no letter has is named, and nothing at all is handed in."""
    known = _ids(office)
    with pytest.raises(UnknownLetter, match="'generations-0-999-0'; fmwatch dead-letters list"):
        _replay(office, *known, "generations-0-999-0")
    assert {one["outcome"] for one in office.desk.listing(Asked(), 9)["dead_letters"]} == {None}
    assert office.desk.one("nonsense") is None


def test_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many letters there are, they go in a part at a time, and the sums are of all."""
    monkeypatch.setattr("services.dead_letters.replaying.MOST", 1)
    done = _replay(office, restamp=True)
    assert (done["taken"], done["stored"], done["refused"]) == (4, 2, {"invalid_json": 1, "wrong_type": 1})


def test_sums_follow(office: Office) -> None:
    """What was stored late is in the sums of its hour."""
    _replay(office, restamp=True)
    assert office.embedded.database.query("SELECT sum(n) AS n FROM v_tenant_hour")["n"] == [2]


def test_unfinished(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a file's replay is unfinished nothing is handed in: its counts must stay exact."""
    monkeypatch.setattr("services.dead_letters.desk.Embedded", lambda *_: office.embedded)
    monkeypatch.setattr(Embedded, "close", lambda _: None)
    monkeypatch.setattr("services.dead_letters.desk.remembered", lambda _: Place([], NOON))
    (tmp_path / "log.sqlite3").touch()
    with (
        pytest.raises(UnfinishedReplay, match="run that fmwatch replay again first"),
        desk(tmp_path, None, lambda: NOON),
    ):
        pass


def test_no_directory(tmp_path: Path) -> None:
    """A directory that is not there is one sentence, and is not made."""
    with (
        pytest.raises(StoreError, match="name another with --data"),
        desk(tmp_path / "none", None, lambda: NOON),
    ):
        pass
    assert not (tmp_path / "none").exists()
