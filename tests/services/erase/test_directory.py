"""A person is erased from a data directory: no table and no byte of any file holds anything of theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from services.config import Config
from services.erase.directory import Directory
from services.run import Embedded
from services.shadow.journal import FILE, Journal
from services.wall import now
from store.queries import count_generations
from store.subject import Subject
from tests.services.erase.person import HASH, MARKS, OTHER, TEXT, in_files, in_tables, traffic, uncompressed
from tests.services.small_fleet import DAYS, START

END = START + timedelta(days=DAYS)
# Where a person is before: in calls and what follows from them, in what was found, in the log.
HELD = ["alerts", "dead_letters", "embeddings", "feedback", "generations", "monitor_state", "signals"]


def _sums(embedded: Embedded) -> list[dict[str, object]]:
    return embedded.database.rows(
        "SELECT hour, route, n, errors, cost_pusd FROM hours FINAL WHERE n > 0 ORDER BY hour, route"
    )


def _score(embedded: Embedded, lines: list[bytes]) -> None:
    embedded.ingest(lines)
    while embedded.score():
        pass
    embedded.sum_up()


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Return sixteen days with the person in them."""
    return traffic(DAYS)


def test_no_trace(tmp_path: Path, lines: list[bytes]) -> None:
    """No row or file holds anything of a person, the sums are those of the others, and nothing comes back."""
    with Embedded(tmp_path, Config(), lambda: END) as embedded:
        uncompressed(embedded.database)
        _score(embedded, lines)
        embedded.watch(END)
        embedded.watcher.save()
        assert set(HELD) <= set(in_tables(embedded.database, MARKS))
        before = in_files(tmp_path, MARKS)
        assert any(name.startswith("log.sqlite3") for name in before)
        assert any(name.startswith("chdb") for name in before)

        receipt = Directory(embedded).erase(Subject(HASH))

        assert receipt["complete"], receipt
        assert in_tables(embedded.database, MARKS) == []
        assert in_files(tmp_path, MARKS) == []
        assert HASH not in json.dumps(receipt)
        sums, n = _sums(embedded), count_generations(embedded.database)
        embedded.watch(END + timedelta(hours=1))
        embedded.watcher.save()
        _score(embedded, lines)
        assert count_generations(embedded.database) == n
        assert _sums(embedded) == sums
        assert in_tables(embedded.database, MARKS) == []
    assert in_files(tmp_path / "chdb", MARKS) == []
    with Embedded(tmp_path / "others", Config(), lambda: END) as embedded:
        _score(embedded, [line for line in lines if HASH.encode() not in line])
        assert _sums(embedded) == sums


def _calls(tenant: str, n: int, **fields: object) -> list[bytes]:
    at = START.isoformat()
    usual = {"occurred_at": at, "provider": "openai", "request_model": "gpt-4o", "tenant": tenant}
    return [json.dumps({**usual, "event_id": f"{tenant}-{i}", **fields}).encode() for i in range(n)]


def _n(embedded: Embedded) -> dict[str, int]:
    rows = embedded.database.rows("SELECT tenant, sum(h.n) AS calls FROM hours AS h FINAL GROUP BY tenant")
    return {row["tenant"]: row["calls"] for row in rows if row["calls"]}


def test_tenant(tmp_path: Path) -> None:
    """A tenant goes whole, its name too; another keeps everything, and the monitors begin anew."""
    with Embedded(tmp_path, Config(), lambda: END) as embedded:
        _score(embedded, [*_calls("gone-tenant", 5), *_calls("acme", 3), *_calls("gone-tenant", 1, usage=4)])
        embedded.watch(START + timedelta(hours=3))
        embedded.watcher.save()
        receipt = Directory(embedded).erase(Subject(tenant="gone-tenant"))
        assert receipt["complete"], receipt
        assert receipt["rows"]["generations"] == 5
        assert receipt["rows"]["dead_letters"] == 1
        assert in_tables(embedded.database, ["gone-tenant"]) == []
        assert _n(embedded) == {"acme": 3}
        _score(embedded, _calls("gone-tenant", 5))
        assert _n(embedded) == {"acme": 3}
        embedded.watch(END)
        assert in_tables(embedded.database, ["gone-tenant"]) == []


def test_one_tenants_user(tmp_path: Path) -> None:
    """A user of one tenant goes; who has the same hash in another tenant stays."""
    with Embedded(tmp_path, Config(), lambda: END) as embedded:
        _score(embedded, [*_calls("acme", 2, user_hash="17"), *_calls("other", 3, user_hash="17")])
        desk = Directory(embedded)
        assert desk.dry_run(Subject("17"))["rows"]["generations"] == 5
        assert desk.dry_run(Subject("17", "acme"))["rows"]["generations"] == 2
        assert desk.erase(Subject("17", "acme"))["complete"]
        assert _n(embedded) == {"other": 3}


def test_killed_comparison(tmp_path: Path) -> None:
    """What a killed `fmwatch shadow` left of a person goes as well, and nothing of it comes back later."""
    theirs, others = _calls("acme", 2, user_hash=HASH, prompt=TEXT), _calls("other", 1, user_hash=OTHER)
    answer = json.loads(theirs[0]) | {"event_id": "shadow-1", "tags": {"pair_of": "acme-0"}}
    with Embedded(tmp_path, Config(), now) as embedded:
        _score(embedded, theirs + others)
        with Journal(tmp_path) as journal:
            for tenant, request, line in (("acme", "acme-0", answer), ("acme", "acme-1", None)):
                journal.claim(f"{tenant}\nroute", request, 10, 100)
                if line:
                    journal.answered(f"{tenant}\nroute", request, 7, json.dumps(line).encode())
            journal.claim("other\nroute", "other-0", 10, 100)
            journal.answered("other\nroute", "other-0", 7, others[0])
        assert in_files(tmp_path, [TEXT, "acme-0", "acme-1"]).count(FILE) == 1
        receipt = Directory(embedded).erase(Subject(HASH))
        assert (receipt["complete"], receipt["rows"][FILE]) == (True, 2)
        left = (tmp_path / FILE).read_bytes()
        assert [mark for mark in (HASH, TEXT, "acme-0", "acme-1") if mark.encode() in left] == []
        with Journal(tmp_path) as journal:
            assert (journal.spent("acme\nroute"), journal.waiting("acme\nroute")) == (17, [])
            assert [one.request for one in journal.waiting("other\nroute")] == ["other-0"]
        later = (now() + timedelta(seconds=5)).isoformat()
        _score(embedded, [json.dumps(answer | {"occurred_at": later}).encode()])
        assert _n(embedded) == {"other": 1}
        assert count_generations(embedded.database) == 1
        receipt = Directory(embedded).erase(Subject(tenant="other"))
        assert receipt["rows"][FILE] == 1
        assert b"other" not in (tmp_path / FILE).read_bytes()


def test_new_calls_stay(tmp_path: Path) -> None:
    """What a person does after the erasure is stored again; what they did before is not."""
    with Embedded(tmp_path, Config(), now) as embedded:
        desk = Directory(embedded)
        assert desk.erase(Subject("u-12345678"))["complete"]
        later = (now() + timedelta(seconds=5)).isoformat()
        before = (now() - timedelta(hours=1)).isoformat()
        _score(embedded, _calls("acme", 2, user_hash="u-12345678", occurred_at=later))
        _score(embedded, _calls("late", 2, user_hash="u-12345678", occurred_at=before))
        assert _n(embedded) == {"acme": 2}
