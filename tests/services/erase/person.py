"""A person among a small fleet's callers, whose calls, feedback and broken lines are marked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from store.database import Database
from store.meta import stored_states
from tests.services.small_fleet import OUTAGE, lines

HASH = "u-7f3e9c51d2a84b06"
OTHER = "u-0000000000000001"
TEXT = "Zauberlehrling-4471"  # in every text of theirs, in nobody else's
MARKS = (HASH, TEXT, "person-")


def traffic(days: int) -> list[bytes]:
    """Return the fleet's calls; of those in the outage every second one is the person's, and with marks."""
    return [*_calls(days), *_others()]


def _calls(days: int) -> Iterator[bytes]:
    for index, line in enumerate(lines(days=days)):
        call = json.loads(line)
        theirs = index % (2 if call["occurred_at"] >= OUTAGE.isoformat() else 40) == 0
        if theirs:
            call |= {"event_id": f"person-{index}", "user_hash": HASH, "prompt": f"{TEXT} asks {index}"}
            call |= {"extra_field": {"note": TEXT}, "context": [TEXT], "tags": {"who": HASH}}
        else:
            call["user_hash"] = OTHER
        yield json.dumps(call).encode()


def _others() -> Iterator[bytes]:
    at = (OUTAGE + timedelta(hours=5)).isoformat()
    thumb = {"type": "feedback", "kind": "label", "name": "why", "by": "human", "at": at}
    yield json.dumps({**thumb, "event_id": "person-0", "value": TEXT}).encode()
    yield json.dumps({**thumb, "event_id": "elsewhere", "value": TEXT, "user_hash": HASH}).encode()
    call = {"event_id": "person-bad", "occurred_at": at, "provider": "openai", "request_model": "gpt-4o"}
    yield json.dumps({**call, "user_hash": HASH, "prompt": TEXT, "usage": {"input": "4"}}).encode()
    yield f'{{"user_hash": "{HASH}", "prompt": "{TEXT}'.encode()
    yield b'{"prompt": "of nobody'


def uncompressed(database: Database) -> None:
    """Have every column kept as it is, so that a search through the bytes of files can find what is in it."""
    found = database.query(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() "
        "AND table NOT LIKE 'v\\\\_%' AND default_kind = ''"
    )
    for table, name, kind in zip(found["table"], found["name"], found["type"], strict=True):
        database.command(f"ALTER TABLE {table} MODIFY COLUMN `{name}` {kind} CODEC(NONE)")


def in_tables(database: Database, marks: Sequence[str]) -> list[str]:
    """Return the tables of which any row, read as text, holds one of the marks."""
    names = database.query("SELECT name FROM system.tables WHERE database = currentDatabase()")["name"]
    held = []
    for name in names:
        if name.startswith("v_"):
            continue
        if name == "monitor_state":  # compressed
            if any(mark.encode() in state for state in stored_states(database) for mark in marks):
                held.append(name)
            continue
        rows = database.query(
            f"SELECT count() AS n FROM {name} "  # noqa: S608 - our own names
            "WHERE multiSearchAny(toString(tuple(*)), {marks:Array(String)})",
            {"marks": list(marks)},
        )
        if rows["n"][0]:
            held.append(name)
    return sorted(held)


def in_files(folder: Path, marks: Sequence[str]) -> list[str]:
    """Return the files of which any byte sequence is one of the marks."""
    needles = [mark.encode() for mark in marks]
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            content = (Path(root) / name).read_bytes()
            if any(needle in content for needle in needles):
                found.append(str((Path(root) / name).relative_to(folder)))
    return sorted(found)
