"""Whoever is erased of one tenant takes nothing of another tenant along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from fmwatch.event import Feedback

from detectors.monitors.base import Series
from store import erase
from store.database import Database
from store.erasures import Erasures
from store.subject import Subject
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import START, batch, call, moved, verdicts
from tests.store.test_writer import SIGNAL

USER = "customer-1"


def letter(tenant: str, original: str, line: int = 0) -> dict[str, Any]:
    """Return the row of a dead letter."""
    place = {"tenant": tenant, "topic": "llm.generations", "partition": 0, "offset": 0, "line": line}
    why = {"at": START, "reason": "invalid_json", "field": "", "message": ""}
    return place | why | {"original": original, "original_bytes": len(original), "sha256": ""}


def _done(database: Database, subject: Subject) -> None:
    erase.mark(database, subject)
    erase.remove(database, subject)
    assert not any(erase.left(database, subject).values())


def _tenants(database: Database, table: str) -> list[str]:
    return database.query(f"SELECT tenant FROM {table} FINAL ORDER BY tenant")["tenant"]  # noqa: S608 - our own


def test_feedback_elsewhere(database: Database) -> None:
    """Feedback in the name of a user of one tenant goes there; that of the same hash in another stays."""
    empty(database)
    said = Feedback(event_id="e9", kind="thumb", at=START, extra={"user_hash": USER})
    assert Writer(database).feedback([replace(said, tenant=tenant) for tenant in ("a", "b")]) == []
    assert erase.counted(database, Subject(USER, "a"))["feedback"] == 1
    _done(database, Subject(USER, "a"))
    assert _tenants(database, "feedback") == ["b"]
    _done(database, Subject(USER))
    assert _tenants(database, "feedback") == []


def test_same_letter_elsewhere(database: Database) -> None:
    """A dead letter of an erased tenant is known again, and the same text of another is its own."""
    empty(database)
    Writer(database).dead_letters([letter("a", "{}"), letter("b", "{}"), letter("default", "{}")])
    _done(database, Subject(tenant="a"))
    assert _tenants(database, "dead_letters") == ["b", "default"]
    erased = Erasures(database)
    erased.renew()
    assert [erased.letter(tenant, "{}") for tenant in ("a", "b", "default")] == [True, False, False]
    _done(database, Subject("somebody-else"))
    assert _tenants(database, "dead_letters") == ["b", "default"]


def test_users_letters(database: Database) -> None:
    """Letters that name a tenant's user go of that tenant and of no known one; another tenant's stay."""
    empty(database)
    text = f'{{"user_hash": "{USER}", "prompt": "ä'
    Writer(database).dead_letters([letter(tenant, text) for tenant in ("a", "b", "default")])
    _done(database, Subject(USER, "a"))
    assert _tenants(database, "dead_letters") == ["b"]
    erased = Erasures(database)
    erased.renew()
    assert [erased.letter(tenant, text) for tenant in ("a", "b", "default")] == [True, False, True]


def test_examples_elsewhere(database: Database) -> None:
    """An erased call is no example any more; another tenant's call of the same id still is one."""
    empty(database)
    theirs = moved(call(1), tenant="a", user_hash=USER)
    others = moved(call(2), tenant="b", user_hash=USER, occurred_at=START - timedelta(hours=1))
    both = [theirs, others]
    assert Writer(database).generations([(batch(both), verdicts(both))]) == []
    # Of a: e1 is erased and e2 is not; of b the other way round.
    series = [Series("route", tenant, route="support/answer") for tenant in ("a", "b")]
    Writer(database).signals([replace(SIGNAL, series=one) for one in series])
    _done(database, Subject(USER))
    found = database.rows("SELECT tenant, examples FROM signals ORDER BY tenant")
    assert found == [{"tenant": "a", "examples": ["e2"]}, {"tenant": "b", "examples": ["e1"]}]
