"""The requests of batches by their id, on disk, however many there are."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterable

import msgspec

from stream.json_object import Fields, encode

_TABLE = "CREATE TABLE requests (id TEXT PRIMARY KEY, record BLOB, several INTEGER NOT NULL DEFAULT 0)"
_ADD = """
INSERT INTO requests (id, record) VALUES (?, ?)
ON CONFLICT (id) DO UPDATE SET several = several OR record <> excluded.record
"""


class Requests:
    """Reads the requests when the first is asked for, and keeps them in a file that goes with this object.

    An id that stands for two different requests, as when several batches count theirs from 1, is nobody's:
    an answer must not get another's question.

    Parameters
    ----------
    read : gives the records of requests, each with its `custom_id`
    """

    def __init__(self, read: Callable[[], Iterable[Fields]]) -> None:
        self._read = read
        self._database: sqlite3.Connection | None = None

    def of(self, custom_id: str) -> Fields:
        """Return the request of an id, {} where there is none or more than one."""
        if self._database is None:
            self._database = self._filled()
        sql = "SELECT record FROM requests WHERE id = ? AND NOT several"
        row = self._database.execute(sql, (custom_id,)).fetchone()
        found: Fields = msgspec.json.decode(row[0]) if row else {}
        return found

    def _filled(self) -> sqlite3.Connection:
        database = sqlite3.connect("")  # "" is a temporary file that SQLite itself takes away
        weakref.finalize(self, database.close)
        database.execute(_TABLE)
        for record in self._read():
            database.execute(_ADD, (str(record.get("custom_id")), encode(record)))
        return database
