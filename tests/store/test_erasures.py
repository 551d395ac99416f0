"""What was erased is known by hashes, and nothing of the time before comes in again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fmwatch.event import Change, Feedback

from store import erase
from store.database import Database
from store.erasures import Erasures
from store.lingering import Lingering
from store.rollup import Rollup
from store.subject import Subject
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import START, batch, call, calls, moved, verdicts


def _stored(database: Database, n: int = 12, *, others: bool = False) -> None:
    empty(database)
    events = [moved(one, user_hash=f"user-{index % 3}-long") for index, one in enumerate(calls(n))]
    if others:
        events = [one for one in events if one.user_hash != "user-1-long"]
    assert Writer(database).generations([(batch(events), verdicts(events))]) == []
    Rollup(database).catch_up()


def test_marks(database: Database) -> None:
    """A mark is for what happened before it: calls of the user, feedback on them, whatever it says."""
    _stored(database)
    erased = Erasures(database)
    at = erase.mark(database, Subject("user-1-long"))
    theirs = moved(call(1), user_hash="user-1-long", occurred_at=at - timedelta(seconds=1))
    assert not erased.event(theirs)  # not looked yet
    assert erased.renew() == {"user", "event"}
    assert erased.renew() == frozenset()
    assert erased.event(theirs)
    assert erased.event(moved(theirs, tenant="other"))
    assert not erased.event(moved(theirs, occurred_at=at))
    assert not erased.event(moved(theirs, user_hash="user-2-long"))
    assert not erased.event(moved(theirs, user_hash=""))
    assert erased.event(Feedback(event_id="e1", kind="thumb", at=at + timedelta(days=9)))
    assert not erased.event(Feedback(event_id="e2", kind="thumb", at=START))
    assert not erased.event(Change(at=START, kind="deploy"))
    assert (erased.id("e1"), erased.id("e2")) == (True, False)


def test_one_tenant(database: Database) -> None:
    """A mark of one tenant's user is not about the same hash elsewhere; one of a tenant is about all."""
    empty(database)
    erase.mark(database, Subject("u", "acme"))
    erase.mark(database, Subject(tenant="gone"))
    erased = Erasures(database)
    erased.renew()
    one = moved(call(1), user_hash="u")
    assert erased.event(moved(one, tenant="acme"))
    assert not erased.event(one)
    assert erased.event(moved(one, tenant="gone", user_hash=""))
    assert erased.event(Change(at=START, kind="deploy", tenant="gone"))


def test_remove(database: Database) -> None:
    """What is counted is removed, the sums follow, nothing lingers, and a second time there is nothing."""
    _stored(database)
    subject = Subject("user-1-long")
    counted = erase.counted(database, subject)
    assert (counted["generations"], counted["embeddings"]) == (4, 4)
    erase.mark(database, subject)
    removed = erase.remove(database, subject)
    assert {name: removed[name] for name in counted} == counted
    assert not any(erase.left(database, subject).values())
    assert database.query("SELECT sum(n) AS n FROM hours FINAL")["n"] == [8]
    assert not any(erase.remove(database, subject).values())
    settings = database.query("SELECT engine_full FROM system.tables WHERE database = currentDatabase()")
    assert not any("old_parts_lifetime" in engine for engine in settings["engine_full"])
    assert not any("adaptive_write_buffer" in engine for engine in settings["engine_full"])


SUMMED = "SELECT hour, route, request_model, n, cost_pusd FROM hours FINAL WHERE n > 0 ORDER BY ALL"


@pytest.mark.parametrize("failing", ["until_done", "recompute"])
def test_interrupted(database: Database, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """Killed after the rows went and before the sums did, it is made good by the same command again."""
    subject = Subject("user-1-long")
    _stored(database, others=True)
    wanted = database.rows(SUMMED)
    _stored(database)
    assert database.rows(SUMMED) != wanted
    erase.mark(database, subject)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Lingering if failing == "until_done" else Rollup, failing, killed)
        with pytest.raises(KeyboardInterrupt):
            erase.remove(database, subject)
    if failing == "recompute":
        assert erase.counted(database, subject)["generations"] == 0
    erase.mark(database, subject)
    erase.remove(database, subject)
    assert not any(erase.left(database, subject).values())
    assert database.rows(SUMMED) == wanted
    assert database.query("SELECT name FROM meta WHERE name LIKE 'erase%'").get("name", []) == []


def test_parts_of_before(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted one left on the disk goes with the next, though no row is there any more."""
    seen: list[str] = []

    def noted(lingering: Lingering, _database: Database, tables: list[str], *more: object) -> None:
        seen.extend(tables)
        original(lingering, _database, tables, *more)  # type: ignore[arg-type]

    original = Lingering.__init__
    _stored(database)
    subject = Subject("of-nobody-here")
    erase.mark(database, subject)
    monkeypatch.setattr(Lingering, "__init__", noted)
    erase.remove(database, subject)
    assert {"generations", "embeddings", "feedback", "dead_letters", "hours"} <= set(seen)


def test_looks_seldom(database: Database) -> None:
    """How often it looks is bounded; meanwhile what was known is known."""
    empty(database)
    now = [0.0]
    erased = Erasures(database, every_s=10.0, clock=lambda: now[0])
    erased.renew()
    erase.mark(database, Subject(tenant="gone"))
    now[0] = 9.0
    assert erased.renew() == frozenset()
    now[0] = 10.0
    assert erased.renew() == {"tenant"}
