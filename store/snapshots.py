"""Where each monitor stands, so that a restart continues as if never interrupted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

from store.database import Database

_LOAD = "SELECT monitor, minute, state FROM monitor_state FINAL WHERE tenant = ''"


def save_snapshots(database: Database, minute: int, states: Mapping[str, bytes], now: datetime) -> None:
    """Store the states of all monitors after reading up to `minute`, in one insert: all or none."""
    database.insert(
        "monitor_state",
        {
            "tenant": [""] * len(states),
            "monitor": list(states),
            "minute": [minute] * len(states),
            "state": [b64encode(state).decode() for state in states.values()],
            "updated_at": [now] * len(states),
        },
    )


def load_snapshots(database: Database) -> tuple[int | None, dict[str, bytes]]:
    """Return the minute and the states last saved; None and nothing in a new store."""
    found = database.rows(_LOAD)
    if not found:
        return None, {}
    return max(row["minute"] for row in found), {row["monitor"]: b64decode(row["state"]) for row in found}
