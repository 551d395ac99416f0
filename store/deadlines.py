"""When models in use stop, as rows."""

from __future__ import annotations

from typing import Any

from store.database import Database

_COLUMNS = "tenant, platform, model, state, day, sequence, made_at, changed_at, body"


def deadlines(database: Database, tenant: str = "") -> list[dict[str, Any]]:
    """Return every deadline that was ever told, in its newest form; of one tenant where it is named."""
    return database.rows(
        f"SELECT {_COLUMNS} FROM v_deadlines WHERE {{tenant:String}} IN ('', tenant) "  # noqa: S608 - our own columns
        "ORDER BY day, tenant, platform, model",
        {"tenant": tenant},
    )
