"""What time it is for what is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from services.config import Config
from services.wall import now
from store.database import Database
from store.queries import last_minute


def store_clock(database: Database, config: Config) -> Callable[[], datetime]:
    """Return the clock of a store: in a directory that grows no more, the end of its own time."""
    if config.store.clickhouse:
        return now
    end = datetime.fromtimestamp((last_minute(database) or 0) * 60, UTC)
    return lambda: end
