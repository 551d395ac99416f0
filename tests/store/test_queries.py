from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from os import urandom

from fmwatch.event import Change, Event, Feedback

from store import meta, queries
from store.database import Database
from store.meta import MonitorState
from store.writer import Writer
from tests.store.fleet import MINUTE, START, batch, calls, moved, verdicts


def test_new_identities(database: Database) -> None:
    """An event is new once: not again within a batch, not again after it was stored."""
    events = calls(10)
    assert queries.new_identities(database, [*events, events[3]]).tolist() == [True] * 10 + [False]
    Writer(database).generations([(batch(events[:4]), verdicts(events[:4]))])
    assert queries.new_identities(database, events).tolist() == [False] * 4 + [True] * 6


def test_identity(database: Database) -> None:
    """Route, model, tenant and hour belong to the identity; the minute does not."""
    event = calls(1)[0]
    Writer(database).generations([(batch([event]), verdicts([event]))])
    others = [
        moved(event, route="x"),
        moved(event, request_model="x"),
        moved(event, tenant="x"),
        moved(event, occurred_at=event.occurred_at + timedelta(hours=1)),
        moved(event, occurred_at=event.occurred_at + timedelta(minutes=59)),
    ]
    assert queries.new_identities(database, others).tolist() == [True] * 4 + [False]


def test_new_events(database: Database) -> None:
    """Feedback and changes are new once as well, each by the key of its table."""
    thumb = Feedback(event_id="e1", kind="thumb", at=START, value=True)
    deploy = Change(at=START, kind="deploy", to="v2")
    call = calls(1)[0]
    events: list[Event] = [thumb, deploy, call]
    assert queries.new_events(database, [*events, thumb]) == [True, True, True, False]
    writer = Writer(database)
    writer.feedback([thumb])
    writer.changes([deploy])
    writer.generations([(batch([call]), verdicts([call]))])
    others: list[Event] = [
        replace(thumb, name="tone"),
        replace(deploy, to="v3"),
        replace(thumb, at=START + timedelta(1)),
    ]
    assert queries.new_events(database, [*events, *others]) == [False] * 3 + [True] * 3
    assert queries.new_events(database, []) == []


def test_counts_and_edges(database: Database) -> None:
    """Counts are of different calls; the edges are the first and the last minute with a call."""
    assert queries.count_generations(database) == 0
    assert queries.first_minute(database) is None
    assert queries.new_identities(database, []).tolist() == []
    events = calls(20, step_s=60.0)
    Writer(database).generations([(batch(events * 2), verdicts(events * 2))])
    assert queries.count_generations(database) == 20
    assert (queries.first_minute(database), queries.last_minute(database)) == (MINUTE, MINUTE + 19)


def test_remembered(database: Database) -> None:
    """The newest value under a name counts; an unknown name is None."""
    assert meta.recall(database, "x") is None
    meta.remember(database, "x", "1")
    meta.remember(database, "x", "2")
    assert meta.recall(database, "x") == "2"


def test_monitor_states(database: Database) -> None:
    """Snapshots come back byte for byte, the newest of each monitor."""
    assert meta.load_monitors(database) == {}
    meta.save_monitors(database, {"rate": MonitorState(5, b"\x00\xff"), "level": MonitorState(5, b"")})
    meta.save_monitors(database, {"rate": MonitorState(6, b"\xfe" * 1000)})
    found = meta.load_monitors(database)
    assert found == {"rate": MonitorState(6, b"\xfe" * 1000), "level": MonitorState(5, b"")}


def test_large_monitor_states(database: Database) -> None:
    """States that a reader has no memory for together, old versions among them, are loaded all the same."""
    states = {f"m{i}": MonitorState(7, urandom(30_000_000)) for i in range(3)}
    for _ in range(2):
        meta.save_monitors(database, states)
    assert meta.load_monitors(database) == states
