"""Which lines of the log go with whom: of another tenant none."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from store import erase
from store.database import Database
from store.erasures import Erasures
from store.subject import Subject
from store.testing import empty
from store.writer import Writer
from stream.erased_lines import kept
from stream.topics import ALERTS, DEAD_LETTERS, FEEDBACK, GENERATIONS, SIGNALS
from tests.store.fleet import batch, call, moved, verdicts
from tests.store.test_erase_tenants import letter

USER = "customer-1"
Stays = Callable[[str, bytes], bytes | None]


@pytest.fixture
def stays(database: Database) -> Stays:
    """Who is erased of tenant a is the user, with the call e1 and a dead letter."""
    empty(database)
    theirs = moved(call(1), tenant="a", user_hash=USER)
    assert Writer(database).generations([(batch([theirs]), verdicts([theirs]))]) == []
    Writer(database).dead_letters([letter("a", f'"{USER}"')])
    erase.mark(database, Subject(USER, "a"))
    erased = Erasures(database)
    erased.renew()
    return kept(Subject(USER, "a"), erased)


def _line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("tenant", ["a", "b", "default"])
def test_calls(stays: Stays, tenant: str) -> None:
    """Calls and feedback in a user's name go of the tenant that was named, and of no other."""
    line = _line(event_id="e7", tenant=tenant, user_hash=USER)
    kept_line = None if tenant == "a" else line
    assert stays(GENERATIONS, line) == kept_line
    assert stays(FEEDBACK, line) == kept_line


@pytest.mark.parametrize("tenant", ["a", "b"])
def test_feedback(stays: Stays, tenant: str) -> None:
    """Feedback on an erased call goes; on another tenant's call of the same id it stays."""
    line = _line(type="feedback", event_id="e1", tenant=tenant)
    assert stays(FEEDBACK, line) == (None if tenant == "a" else line)


@pytest.mark.parametrize("tenant", ["a", "b", "default"])
def test_letters(stays: Stays, tenant: str) -> None:
    """A dead letter that names the user goes of the tenant, and where nobody knows whose it is."""
    line = _line(tenant=tenant, original=f'"{USER}"')
    assert stays(DEAD_LETTERS, line) == (line if tenant == "b" else None)


@pytest.mark.parametrize("tenant", ["a", "b"])
def test_examples(stays: Stays, tenant: str) -> None:
    """Signals and alerts lose the erased call as an example where they are of its tenant."""
    found = ["e2"] if tenant == "a" else ["e1", "e2"]
    signal, alert = {"series": {"tenant": tenant}}, {"tenant": tenant}
    for topic, fields in ((SIGNALS, signal), (ALERTS, alert)):
        left = stays(topic, _line(**fields, examples=["e1", "e2"]))
        assert left is not None
        assert json.loads(left)["examples"] == found
