"""What the program remembers about itself: a few values by name, and where each monitor stands."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.database import Database

# One state is as large as its fleet: this query may use more memory than what a reader usually may.
_ONE = """
SELECT state FROM monitor_state
PREWHERE monitor = {monitor:String} AND updated_at = fromUnixTimestamp64Micro({at:Int64}, 'UTC')
LIMIT 1
SETTINGS max_memory_usage = 0, max_threads = 1, max_block_size = 1
"""
_COMPRESSED = b"\x78"  # how zlib begins; no snapshot does, and those of before were stored as they are


@dataclass(frozen=True, slots=True)
class MonitorState:
    """A monitor's snapshot and the minute up to which it had read, exclusive, since the epoch."""

    minute: int
    state: bytes


def remember(database: Database, name: str, value: str) -> None:
    """Keep a value under a name; the newest counts."""
    database.insert("meta", {"name": [name], "value": [value], "updated_at": [database.moment()]})


def recall(database: Database, name: str) -> str | None:
    """Return the value last remembered under a name, None if there was none."""
    found = database.query("SELECT value FROM meta FINAL WHERE name = {name:String}", {"name": name})["value"]
    return str(found[0]) if found else None


def save_monitors(database: Database, states: Mapping[str, MonitorState]) -> None:
    """Keep where monitors stand, all of them in one insert: they stand at the same minute or not at all."""
    database.insert(
        "monitor_state",
        {
            "monitor": list(states),
            "minute": [state.minute for state in states.values()],
            "state": [b64encode(zlib.compress(one.state, 1)).decode("ascii") for one in states.values()],
            "updated_at": [database.moment()] * len(states),
        },
    )


def load_monitors(database: Database) -> dict[str, MonitorState]:
    """Return where each monitor stood when last saved."""
    newest: dict[str, tuple[int, int]] = {}
    for monitor, at, minute in _versions(database):
        newest[monitor] = (at, minute)
    states = {monitor: _state(database, monitor, at) for monitor, (at, _) in newest.items()}
    if None in states.values():  # replaced meanwhile
        return load_monitors(database)
    return {
        monitor: MonitorState(newest[monitor][1], state)
        for monitor, state in states.items()
        if state is not None
    }


def stored_states(database: Database) -> Iterator[bytes]:
    """Yield every snapshot that is stored, also of older versions that have not been merged away yet."""
    for monitor, at, _ in _versions(database):
        state = _state(database, monitor, at)
        if state is not None:
            yield state


def _versions(database: Database) -> Iterator[tuple[str, int, int]]:
    """Yield monitor, time in us and minute of each stored version, oldest first."""
    found = database.query(
        "SELECT DISTINCT monitor, toUnixTimestamp64Micro(updated_at) AS at, minute"
        " FROM monitor_state ORDER BY at"
    )
    yield from zip(found["monitor"], found["at"], found["minute"], strict=True)


def _state(database: Database, monitor: str, at: int) -> bytes | None:
    """Return one state, None where a newer one has replaced it by now.

    States of a large fleet do not fit into memory together, so each is read alone.
    """
    found = database.query(_ONE, {"monitor": monitor, "at": at})["state"]
    if not found:
        return None
    stored = b64decode(found[0])
    return zlib.decompress(stored) if stored.startswith(_COMPRESSED) else stored
