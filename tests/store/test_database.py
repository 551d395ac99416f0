from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from store import meta
from store.database import Database
from store.errors import StoreError, StoreInUse, StoreUnavailable
from store.lock import DirectoryLock

HOLD = """
import sys, time
from pathlib import Path
from store.lock import DirectoryLock
held = DirectoryLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_empty_answer(database: Database) -> None:
    """An answer without rows still names its columns."""
    assert database.query("SELECT tenant, route FROM generations") == {"tenant": [], "route": []}
    assert database.rows("SELECT tenant FROM generations") == []


def test_hostile_parameters(database: Database) -> None:
    """Parameters are values, never SQL."""
    hostile = "x'); DROP TABLE generations; --\\'\n\t\"`"
    assert database.rows("SELECT {x:String} AS x", {"x": hostile}) == [{"x": hostile}]
    listed = database.rows("SELECT {x:Array(String)} AS x", {"x": [hostile, ""]})
    assert listed == [{"x": [hostile, ""]}]


def test_refused_statement(database: Database) -> None:
    """A statement the store refuses is our own error, with the statement in it."""
    with pytest.raises(StoreError, match="SELECT nothing"):
        database.query("SELECT nothing FROM nowhere")


def test_passing_trouble(database: Database) -> None:
    """Trouble that passes, like memory, asks for a retry instead of blaming the statement."""
    greedy = "SELECT length(groupArray(number)) AS n FROM numbers(3000000)"
    with pytest.raises(StoreUnavailable, match=r"cannot take this now \(MEMORY_LIMIT"):
        database.query(f"{greedy} SETTINGS max_memory_usage = 10000000")
    assert database.query(greedy)["n"] == [3000000]


def test_nothing_held(database: Database) -> None:
    """What was inserted is let go at once, without waiting for the garbage collector."""

    class Text(str):
        __slots__ = ("__weakref__",)

    text = Text("long")
    seen = weakref.ref(text)
    columns: dict[str, list[object]] = {"name": ["held"], "value": [text], "updated_at": [database.moment()]}
    gc.disable()
    try:
        database.insert("meta", columns)
        del text, columns
        assert seen() is None
    finally:
        gc.enable()


def test_second_process(tmp_path: Path) -> None:
    """A directory another process holds is refused by its process id, and free once that is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreInUse, match=rf"in use by process {holder.pid}: .*--data"):
            DirectoryLock(tmp_path)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    DirectoryLock(tmp_path).release()


def test_same_process(tmp_path: Path) -> None:
    """A directory this process already holds is named so."""
    lock = DirectoryLock(tmp_path)
    with pytest.raises(StoreInUse, match="this very process"):
        DirectoryLock(tmp_path)
    lock.release()
    lock.release()


def test_newest_version_after_clock_step(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered after the clock was set back still replaces what was remembered before."""
    ahead = database.query("SELECT now64(6, 'UTC') + INTERVAL 3 HOUR AS at")["at"]
    database.insert("meta", {"name": ["where"], "value": ["before"], "updated_at": ahead})
    monkeypatch.setattr(database, "_latest", None)  # as a process that opens the store anew
    meta.remember(database, "where", "after")
    assert meta.recall(database, "where") == "after"
    assert database.moment() < database.moment()
