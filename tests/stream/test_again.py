import json
from datetime import timedelta
from typing import Any

import pytest

from store.database import Database
from store.writer import Writer
from stream.again import Again
from stream.border import Border, gathered, tenant_of
from stream.errors import InvalidEvent
from stream.sqlite_log import SqliteLog
from stream.step import Step
from stream.topics import DEAD_LETTERS, GENERATIONS
from stream.worker import Worker
from tests.stream.fakes import NOON, FlatEncoder, LengthScorer

LATER = NOON + timedelta(days=500)
AGAIN = Again("acme", GENERATIONS, 3, 17, 2, "ab" * 32, NOON, LATER)
OTHER = Again("acme", GENERATIONS, 3, 17, 5, "cd" * 32, NOON, LATER)
CALL = {"event_id": "a", "occurred_at": NOON.isoformat(), "provider": "openai", "request_model": "gpt-4o"}
GOOD = json.dumps(CALL).encode()


@pytest.fixture
def log(tmp_path_factory: pytest.TempPathFactory) -> SqliteLog:
    """An empty log."""
    return SqliteLog(tmp_path_factory.mktemp("log"))


def _append(log: SqliteLog, line: bytes, again: Again | None = None) -> None:
    admitted = Border().admit(line)
    if again is not None:
        admitted = admitted._replace(key=again.key())
    for topic, records in gathered([admitted]).items():
        log.append(topic, records)


def _worker(log: SqliteLog, database: Database) -> Worker:
    return Worker(log, Step(log, Writer(database), [LengthScorer()], FlatEncoder(), lambda: LATER))


def _n(database: Database, table: str) -> int:
    return int(database.query(f"SELECT count() AS n FROM {table} FINAL")["n"][0])  # noqa: S608 - our own names


def _outcomes(database: Database) -> list[dict[str, Any]]:
    return database.rows(
        "SELECT tenant, partition, offset, line, replayed_at, outcome, reason FROM dead_letter_replays FINAL"
    )


def test_key() -> None:
    """A record's key says which letter it hands in again; an ordinary key says nothing of the kind."""
    assert Again.of(AGAIN.key()) == AGAIN
    for line in (GOOD, b"broken", b'{"type":"change"}'):
        assert Again.of(Border().admit(line).key) is None


@pytest.mark.parametrize("tenant", ["\0again\0", "", None, "\0", ["\0again\0"], {"\0": 1}, 7])
def test_not_forged(tenant: object) -> None:
    """No line from outside gets such a key, whatever its tenant is called."""
    forged = f"\0again\0{AGAIN.key()[7:].decode()}" if tenant == "\0again\0" else tenant
    line = json.dumps({**CALL, "tenant": forged}).encode()
    assert not Border().admit(line).key.startswith(b"\0")


@pytest.mark.parametrize(
    "key",
    [
        b"\0again\0",
        b"\0again\0[1]",
        b"\0again\0\xff",
        AGAIN.key().replace(b"2026-11-02T12:00:00Z", b"2026-11-02T12:00:00"),
        AGAIN.key().replace(b"2026-", b"0001-"),
    ],
)
def test_not_of_ours(key: bytes) -> None:
    """A key that somebody else wrote to a broker makes an ordinary record, and stops nothing."""
    assert Again.of(key) is None


def test_stored(log: SqliteLog, database: Database) -> None:
    """A letter that can be read now is stored, and marked so; it is read at the time it was refused."""
    _append(log, GOOD, AGAIN)
    counts = _worker(log, database).once()
    assert counts is not None
    assert (counts.events, counts.accepted) == (1, 1)
    assert (_n(database, "generations"), _n(database, "dead_letters")) == (1, 0)
    (told,) = _outcomes(database)
    assert (told["tenant"], told["partition"], told["offset"], told["line"]) == ("acme", 3, 17, 2)
    assert (told["replayed_at"], told["outcome"], told["reason"]) == (LATER, "stored", "")


def test_refused_again(log: SqliteLog, database: Database) -> None:
    """One that is refused again makes no new letter, neither in the store nor on the topic."""
    _append(log, b"broken", AGAIN)
    counts = _worker(log, database).once()
    assert counts is not None
    assert counts.dead_letters == {"invalid_json": 1}
    assert _n(database, "dead_letters") == 0
    assert log.read(DEAD_LETTERS, "test") == []
    assert [(told["outcome"], told["reason"]) for told in _outcomes(database)] == [
        ("refused", "invalid_json")
    ]


def test_refused_by_the_store(log: SqliteLog, database: Database) -> None:
    """A row that the store refuses for ever is refused again, not stored."""
    _append(log, json.dumps({**CALL, "logprobs": {"mean": -1e300, "min": -1e300, "n": 1}}).encode(), AGAIN)
    _worker(log, database).once()
    (told,) = _outcomes(database)
    assert (told["outcome"], told["reason"]) == ("refused", "wrong_type")


def test_repeated(log: SqliteLog, database: Database) -> None:
    """A crash after the step repeats it and changes nothing."""
    _append(log, GOOD, AGAIN)
    _append(log, b"broken", OTHER)
    step = _worker(log, database).step
    deliveries = log.read(GENERATIONS, "test")
    assert step(deliveries) == step(deliveries)
    assert _n(database, "generations") == 1
    assert sorted(told["outcome"] for told in _outcomes(database)) == ["refused", "stored"]


def test_newest(log: SqliteLog, database: Database) -> None:
    """Of several replays of a letter the newest counts, in whatever order the step gets them."""
    older = Again("acme", GENERATIONS, 3, 17, 2, "ab" * 32, NOON, LATER - timedelta(days=1))
    _append(log, GOOD, AGAIN)
    _append(log, b"broken", older)
    worker = _worker(log, database)
    while worker.once():
        pass
    assert [told["outcome"] for told in _outcomes(database)] == ["stored"]


def test_whose(log: SqliteLog, database: Database) -> None:
    """A letter belongs to the tenant that its line names; one that names none to the default."""
    _append(log, json.dumps({**CALL, "tenant": "acme", "latency_ms": "slow"}).encode())
    _append(log, b"broken")
    _worker(log, database).once()
    letters = database.query("SELECT tenant, reason FROM dead_letters FINAL ORDER BY tenant")
    assert letters == {"tenant": ["acme", "default"], "reason": ["wrong_type", "invalid_json"]}


@pytest.mark.parametrize(
    ("key", "tenant"),
    [(b"acme\0route", "acme"), (b"acme\0", "acme"), (b"", "default"), (b"key of another", "default")],
)
def test_tenant_of(key: bytes, tenant: str) -> None:
    """The tenant stands before the NUL; a key without one is not of the border."""
    assert tenant_of(key) == tenant


def test_row() -> None:
    """What became of a letter names it, and why it was refused again."""
    row = AGAIN.row(InvalidEvent("missing_field", "provider", "provider is missing"))
    assert (row["offset"], row["reason"], row["field"]) == (17, "missing_field", "provider")
    assert AGAIN.row(None)["reason"] == ""
