"""What could not be taken in, as the view has it: which letters there are, why, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from store.database import Database

Row = dict[str, Any]
Place = tuple[str, int, int, int]  # topic, partition, offset, line

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2262, 1, 1, tzinfo=UTC)
_TOPICS = "llm."  # every topic's name begins so; an id leaves it out

# Why a letter was refused last: that is what is still to be mended.
_REASON = "if(outcome = 'refused', again_reason, reason)"
_ASKED = f"""
at >= {{since:DateTime64(6, 'UTC')}} AND at < {{until:DateTime64(6, 'UTC')}}
AND {{tenant:String}} IN ('', tenant) AND {{reason:String}} IN ('', {_REASON})
"""
_COLUMNS = (
    "tenant, topic, partition, offset, line, at, reason, field, message, original_bytes, sha256, "
    "outcome, replayed_at, again_reason, again_field, again_message"
)
_ORDER = "at, topic, partition, offset, line"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which letters are meant; what is left out does not matter.

    Attributes
    ----------
    reason : why they were refused last
    since, until : when they were refused first; `until` itself is not meant any more
    """

    reason: str = ""
    tenant: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def parameters(self) -> dict[str, object]:
        """Return what the queries bind."""
        return {
            "reason": self.reason,
            "tenant": self.tenant,
            "since": self.since or _EARLIEST,
            "until": self.until or _LATEST,
        }


def newest(database: Database, asked: Asked, limit: int) -> list[Row]:
    """Return letters without their originals, the newest first."""
    order = ", ".join(f"{name} DESC" for name in _ORDER.split(", "))
    return database.rows(
        f"SELECT {_COLUMNS} FROM v_dead_letters WHERE {_ASKED} ORDER BY {order} LIMIT {{limit:UInt32}}",  # noqa: S608 - our own columns
        {**asked.parameters(), "limit": limit},
    )


def counted(database: Database, asked: Asked) -> list[Row]:
    """Return how many letters there are of each reason and outcome, and when the newest was refused."""
    return database.rows(
        f"SELECT {_REASON} AS why, outcome, count() AS n, max(at) AS newest FROM v_dead_letters "  # noqa: S608 - same
        f"WHERE {_ASKED} GROUP BY why, outcome ORDER BY n DESC, why",
        asked.parameters(),
    )


def unsettled(database: Database, asked: Asked) -> list[str]:
    """Return the ids of letters that no replay has stored, the oldest first."""
    found = database.query(
        f"SELECT topic, partition, offset, line FROM v_dead_letters "  # noqa: S608 - same
        f"WHERE {_ASKED} AND outcome != 'stored' ORDER BY {_ORDER}",
        asked.parameters(),
    )
    return [letter_id(*place) for place in zip(*found.values(), strict=True)]


def whole(database: Database, ids: Sequence[str]) -> list[Row]:
    """Return letters with their originals, in the order of their ids; an unknown id has none."""
    places = {letter: place for letter in ids if (place := place_of(letter)) is not None}
    if not places:
        return []
    found = database.rows(
        f"SELECT {_COLUMNS}, original FROM v_dead_letters WHERE (topic, partition, offset, line) IN "  # noqa: S608 - same
        "{places:Array(Tuple(String, Int64, Int64, Int64))}",
        {"places": list(places.values())},
    )
    by_id = {letter_id(row["topic"], row["partition"], row["offset"], row["line"]): row for row in found}
    return [by_id[letter] for letter in places if letter in by_id]


def outcomes(database: Database, replayed_at: datetime) -> list[Row]:
    """Return what became of the letters that were handed in again at a time: outcome, reason, how many."""
    return database.rows(
        "SELECT outcome, again_reason AS reason, count() AS n FROM v_dead_letters "
        "WHERE replayed_at = {at:DateTime64(6, 'UTC')} GROUP BY outcome, reason ORDER BY n DESC, reason",
        {"at": replayed_at},
    )


def last_replay(database: Database) -> datetime | None:
    """Return when a letter was last handed in again."""
    (found,) = database.query("SELECT max(replayed_at) AS at FROM v_dead_letters")["at"]
    return found if isinstance(found, datetime) else None


def letter_id(topic: str, partition: int, offset: int, line: int) -> str:
    """Return the id of a letter, which is its place.

    >>> letter_id("llm.generations", 3, 17, 0)
    'generations-3-17-0'
    """
    return f"{topic.removeprefix(_TOPICS)}-{partition}-{offset}-{line}"


def place_of(letter: str) -> Place | None:
    """Return the place that an id names; None where it is no id.

    >>> place_of("generations-3-17-0")
    ('llm.generations', 3, 17, 0)
    """
    topic, *numbers = letter.rsplit("-", 3)
    if len(numbers) != 3 or not all(number.isdecimal() and len(number) < 19 for number in numbers):  # noqa: PLR2004 - 64 bits
        return None
    partition, offset, line = map(int, numbers)
    return (_TOPICS + topic, partition, offset, line)
