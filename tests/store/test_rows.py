from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from fmwatch.event import Change, Feedback, Generation, Message, Passage

from store import rows
from store.database import Database
from tests.store.fleet import batch, call, calls, moved, verdicts


def test_same_twice() -> None:
    """The same message gives the same row, whatever is beside it in the batch."""
    events = calls(20)
    whole = rows.generation_columns(events, verdicts(events))
    for index, event in enumerate(events):
        alone = rows.generation_columns([event], verdicts([event]))
        assert alone == {name: [values[index]] for name, values in whole.items()}


def test_receipt_moves_nothing() -> None:
    """When an event was received is no part of its identity: only its own column differs."""
    event = call()
    late = moved(event, received_at=datetime(2026, 6, 1, tzinfo=UTC))
    first, second = (rows.generation_columns([one], {}) for one in (event, late))
    assert {name for name in first if first[name] != second[name]} == {"received_at"}


def test_every_field_is_stored(database: Database) -> None:
    """Each column of the table is filled by the rows, and each field of the event has one."""
    columns = rows.generation_columns([call()], verdicts([call()]))
    assert set(columns) == set(database.types("generations"))
    stems = {name.split("_")[0] for name in columns}
    assert {field.name.split("_")[0] for field in fields(Generation)} <= stems


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("embeddings", rows.embedding_columns(batch([call()]))),
        (
            "feedback",
            rows.feedback_columns([Feedback("e1", "thumb", datetime(2026, 5, 4, tzinfo=UTC), value=True)]),
        ),
        ("changes", rows.change_columns([Change(datetime(2026, 5, 4, tzinfo=UTC), "deploy")])),
    ],
)
def test_declared_columns(database: Database, table: str, columns: rows.Rows) -> None:
    """What the rows are made of is what the tables declare."""
    assert set(columns) == set(database.types(table))


def test_cluster_by_conversation() -> None:
    """Calls of one conversation share a cluster whatever they ask; another route does not."""
    first, second = (moved(call(index), route="r", conversation_id="c") for index in (1, 2))
    assert rows.cluster(first) == rows.cluster(second)
    assert rows.cluster(first) != rows.cluster(moved(first, route="s"))


def test_cluster_by_content() -> None:
    """Without a conversation, the same prompt and context make a cluster; another context does not."""
    first = call(1)
    assert rows.cluster(first) == rows.cluster(moved(first, event_id="other", attempt=2))
    assert rows.cluster(first) != rows.cluster(moved(first, context=(Passage("another"),)))
    assert rows.cluster(first) != rows.cluster(moved(first, messages=(Message("user", "hi"),)))


def test_cluster_without_content() -> None:
    """Calls whose content was not captured are not taken for retries of each other."""
    bare = [moved(call(index), prompt="", messages=(), context=()) for index in (1, 1)]
    assert rows.cluster(bare[0]) == rows.cluster(bare[1])
    assert rows.cluster(bare[0]) != rows.cluster(moved(bare[0], event_id="other"))


def test_no_text_no_embedding() -> None:
    """A call without any text has no row of embeddings."""
    silent = moved(call(1), prompt="", messages=(), response="")
    assert rows.embedding_columns(batch([silent, call(2)]))["event_id"] == ["e2"]
