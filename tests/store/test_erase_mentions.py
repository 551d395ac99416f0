"""What was found and told loses erased calls, and nothing else of it is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from store import erase, erase_mentions
from store.database import Database, utc
from store.subject import Subject
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import START, batch, call, moved, verdicts

USER = "customer-1"


def _alert(state: str, updated_at: object, examples: list[str]) -> dict[str, Any]:
    body = json.dumps({"state": state, "examples": examples})
    times = {"began_at": START, "detected_at": START, "updated_at": updated_at}
    return {"tenant": "default", "id": "a", "state": state, "n": 1, "body": body, **times}


def test_written_meanwhile(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the alerter writes of an alert while examples are taken out of it counts."""
    empty(database)
    theirs = moved(call(1), user_hash=USER)
    assert Writer(database).generations([(batch([theirs]), verdicts([theirs]))]) == []
    first = database.moment()
    assert Writer(database).alerts([_alert("open", first, ["e1", "e2"])]) == []
    cleaned = erase_mentions._without_examples

    def meanwhile(*given: Any) -> str:
        # Its time was taken a moment before the rows were read.
        Writer(database).alerts([_alert("resolved", first + timedelta(microseconds=2), ["e2"])])
        return cleaned(*given)

    monkeypatch.setattr(erase_mentions, "_without_examples", meanwhile)
    erase.mark(database, Subject(USER))
    erase.remove(database, Subject(USER))
    assert not any(erase.left(database, Subject(USER)).values())
    (row,) = database.rows("SELECT state, body, updated_at FROM alerts FINAL")
    assert row["state"] == "resolved"
    assert json.loads(row["body"])["examples"] == ["e2"]


def test_own_time(database: Database) -> None:
    """An alert whose examples are taken out is no newer than it was: it goes when its days are over."""
    empty(database)
    theirs = moved(call(1), user_hash=USER)
    assert Writer(database).generations([(batch([theirs]), verdicts([theirs]))]) == []
    first = database.moment()
    Writer(database).alerts([_alert("open", first, ["e1", "e2"])])
    erase.mark(database, Subject(USER))
    erase.remove(database, Subject(USER))
    (row,) = database.rows("SELECT body, updated_at FROM alerts FINAL")
    assert json.loads(row["body"])["examples"] == ["e2"]
    assert utc(row["updated_at"]) == first + timedelta(microseconds=1)
