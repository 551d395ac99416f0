"""What the program remembers about itself: a few values by name, and where each monitor stands."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.database import Database


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
    """Keep where monitors stand, all of them in one insert."""
    database.insert(
        "monitor_state",
        {
            "monitor": list(states),
            "minute": [state.minute for state in states.values()],
            "state": [b64encode(state.state).decode("ascii") for state in states.values()],
            "updated_at": [database.moment()] * len(states),
        },
    )


def load_monitors(database: Database) -> dict[str, MonitorState]:
    """Return where each monitor stood when last saved."""
    found = database.query("SELECT monitor, minute, state FROM monitor_state FINAL")
    return {
        monitor: MonitorState(minute, b64decode(state))
        for monitor, minute, state in zip(found["monitor"], found["minute"], found["state"], strict=True)
    }
