"""What the commands and the API answer about dead letters, as JSON documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from services.alert_json import stamp
from services.dead_letters.letter import Letter, brief, document
from store import dead_letters
from store.database import Database
from store.dead_letters import Asked

Document = dict[str, Any]


class Pending(msgspec.Struct, frozen=True):
    """Which letters a replay would take.

    Attributes
    ----------
    ids : the oldest first
    stored_before : others that are meant, and that an earlier replay has stored
    """

    ids: list[str]
    stored_before: int


class Outcomes(msgspec.Struct, frozen=True):
    """What has become of the letters of one replay so far.

    Attributes
    ----------
    stored : in the store now, duplicates included
    refused : again, by reason
    """

    stored: int
    refused: dict[str, int]

    @property
    def settled(self) -> int:
        """How many letters have been taken in or refused."""
        return self.stored + sum(self.refused.values())


class Reading:
    """Answers from the store's views. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def listing(self, asked: Asked, limit: int) -> Document:
        """Return the newest letters, and how many are meant in all, by reason."""
        counts = dead_letters.counted(self.database, asked)
        rows = dead_letters.newest(self.database, asked, limit)
        return {
            "dead_letters": [brief(Letter.of(row)) for row in rows],
            "total": sum(row["n"] for row in counts),
            "reasons": _added(counts, "why"),
            "stored_since": _added((row for row in counts if row["outcome"] == "stored"), "why"),
            "newest_at": stamp(max((row["newest"] for row in counts), default=None)),
        }

    def one(self, letter: str) -> Document | None:
        """Return everything about one letter; None where there is none of this id."""
        found = dead_letters.whole(self.database, [letter])
        return document(Letter.of(found[0])) if found else None

    def pending(self, asked: Asked) -> Pending:
        """Return which letters no replay has stored."""
        counts = dead_letters.counted(self.database, asked)
        stored = sum(row["n"] for row in counts if row["outcome"] == "stored")
        return Pending(dead_letters.unsettled(self.database, asked), stored)

    def outcomes(self, replayed_at: datetime) -> Outcomes:
        """Return what became of the letters that were handed in again at a time."""
        rows = dead_letters.outcomes(self.database, replayed_at)
        stored = sum(row["n"] for row in rows if row["outcome"] == "stored")
        return Outcomes(stored, _added((row for row in rows if row["outcome"] == "refused"), "reason"))


def _added(rows: Iterable[Mapping[str, Any]], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row[name]] += row["n"]
    return dict(counts.most_common())
