from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fmwatch.event import Change, Feedback, Usage

from detectors.monitors.base import Series, Signal
from store.database import Database
from store.errors import StoreError, StoreUnavailable
from store.writer import Writer
from tests.store.fleet import START, batch, call, calls, moved, verdicts

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
SIGNAL = Signal(
    signal="latency",
    state="raised",
    series=Series("route", "default", route="support/answer"),
    team="support",
    minute=29_632_000,
    began=29_631_000,
    began_low=29_630_000,
    began_high=29_631_500,
    observed=900.0,
    reference=500.0,
    low=800.0,
    high=float("nan"),
    unit="ms",
    n=400,
    routes=["support/answer"],
    share_of_traffic=0.4,
    monitor="level-1",
    examples=["e1", "e2"],
    facts={"from": "a"},
)


def test_round_trip(database: Database) -> None:
    """What was sent comes back, to the microsecond and the last token."""
    event = moved(call(1), occurred_at=START.replace(microsecond=123457), extra={"a.b": [1, "ü"]})
    assert Writer(database).generations([(batch([event]), verdicts([event]))]) == []
    (row,) = database.rows("SELECT * FROM v_calls")
    assert row["occurred_at"] == event.occurred_at
    assert row["usage_input"] == event.usage.input
    assert row["context"] == ["orders ship on Monday"]
    assert row["context_scores"] == [0.5]
    assert row["extra"] == '{"a.b":[1,"ü"]}'
    assert row["tags"] == {"version": "7"}
    assert row["detector_versions"].startswith('{"hallucination":"1"')


@pytest.mark.parametrize(
    "poison",
    [
        {"prompt": "half a pair \ud800"},
        {"event_id": "half a pair \ud800"},
        {"usage": Usage(input=2**70)},
        {"latency_ms": "soon"},
        {"usage": Usage(output="many")},  # type: ignore[arg-type]  # what a broken decoder might let through
        {"tags": {"a": 1}},
    ],
    ids=["prompt", "id", "huge", "word", "text", "tag"],
)
def test_poison(database: Database, poison: dict[str, object]) -> None:
    """A row that never fits is named, and every other row of its batch is stored."""
    events = calls(21)
    events[13] = moved(events[13], **poison)
    (rejected,) = Writer(database).generations([(batch(events), verdicts(events))])
    assert rejected.index == 13
    assert rejected.event_id == events[13].event_id
    assert "dead-letter it" in str(rejected)
    stored = set(database.query("SELECT event_id FROM generations FINAL")["event_id"])
    assert stored == {event.event_id for event in events} - {events[13].event_id}


def test_repeats_inside_a_batch(database: Database) -> None:
    """The same call twice in one batch is one call."""
    events = calls(5) * 2
    Writer(database).generations([(batch(events), verdicts(events))])
    assert database.rows("SELECT count() AS n FROM generations FINAL") == [{"n": 5}]


def test_nothing_to_store(database: Database) -> None:
    """An empty batch is no error."""
    assert Writer(database).generations([(batch([]), verdicts([]))]) == []
    assert Writer(database).dead_letters([]) == []


def test_signals_by_hash(database: Database) -> None:
    """The same signal found again is the same row; its infinite or missing numbers are NULL."""
    writer = Writer(database)
    writer.signals([SIGNAL])
    writer.signals([SIGNAL])
    (row,) = database.rows("SELECT * FROM v_signals")
    assert row["at"].timestamp() == SIGNAL.minute * 60
    assert row["high"] is None
    assert row["facts"] == {"from": "a"}


def test_feedback_and_changes(database: Database) -> None:
    """Feedback and changes are stored once however often they arrive; numbers are readable as numbers."""
    writer = Writer(database)
    for _ in range(2):
        writer.feedback(
            [Feedback("e1", "score", AT, value=0.5), Feedback("e1", "correction", AT, value="no")]
        )
        writer.changes([Change(AT, "deploy", route="support/answer", from_="a", to="b")])
    assert database.query("SELECT value_number FROM v_feedback ORDER BY kind")["value_number"] == [None, 0.5]
    (change,) = database.rows("SELECT * FROM v_changes")
    assert (change["at"], change["from"], change["to"], change["until"]) == (AT, "a", "b", None)


def test_newest_alert(database: Database) -> None:
    """Of an alert's versions the newest counts; columns left out are empty."""
    writer = Writer(database)
    for second, state in enumerate(("pending", "firing")):
        alert = {"tenant": "default", "id": "a", "state": state, "began_at": AT, "detected_at": AT}
        writer.alerts([{**alert, "updated_at": AT.replace(second=second)}])
    (row,) = database.rows("SELECT * FROM v_alerts")
    assert (row["state"], row["routes"], row["fired_at"], row["observed"]) == ("firing", [], None, None)


def test_unknown_column(database: Database) -> None:
    """A column the table does not have is our mistake, not the row's."""
    with pytest.raises(StoreError, match="no column colour; it has tenant, id"):
        Writer(database).alerts([{"id": "a", "colour": "red"}])


def test_naive_time(database: Database) -> None:
    """A time without a zone would silently take the host's; it is refused."""
    with pytest.raises(StoreError, match="no time zone"):
        Writer(database).alerts([{"id": "a", "updated_at": datetime(2026, 5, 4)}])  # noqa: DTZ001 - the point


def test_store_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is away no row is blamed: the whole batch is the caller's to hand in again."""

    def away(*_: object) -> None:
        raise StoreUnavailable("not now")

    with monkeypatch.context() as patched:
        patched.setattr(database, "insert", away)
        with pytest.raises(StoreUnavailable):
            Writer(database).generations([(batch(calls(3)), {})])


def test_lost_table(database: Database) -> None:
    """A store that lacks a table stops the work; it does not send every row to the dead letters."""
    with pytest.raises(StoreError, match="no table nowhere"):
        Writer(database).append("nowhere", [{"a": 1}])
