"""What could not be taken in: kept with reason, position, beginning and hash, so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stream.errors import InvalidEvent, Reason
from stream.json_object import encode
from stream.log import Position, Record
from stream.refused import Original

MOST_CHARACTERS = 512  # of what a sender may make long: a letter must fit into a record


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One line that is no event.

    Attributes
    ----------
    source : where its record stood in the log
    line : which line of that record, from 0
    at : when it was refused
    tenant : of the key of its record
    """

    source: Position
    line: int
    at: datetime
    reason: Reason
    field: str
    message: str
    original: Original
    tenant: str = "default"

    def row(self) -> dict[str, object]:
        """Return the columns of table `dead_letters`."""
        return {
            "tenant": self.tenant,
            "topic": self.source.topic,
            "partition": self.source.partition,
            "offset": self.source.offset,
            "line": self.line,
            "at": self.at,
            "reason": self.reason,
            "field": self.field,
            "message": self.message,
            "original": self.original.head,
            "original_bytes": self.original.size,
            "sha256": self.original.sha256,
        }

    def record(self) -> Record:
        """Return the same for topic `llm.dead-letters`."""
        row = {**self.row(), "at": self.at.isoformat()}
        return Record(self.tenant.encode(), encode(row))


def letter(
    source: Position, line: int, raw: bytes, error: InvalidEvent, at: datetime, *, tenant: str = "default"
) -> DeadLetter:
    """Return the dead letter of a line that was refused."""
    field, message, whose = (text[:MOST_CHARACTERS] for text in (error.field, error.message, tenant))
    return DeadLetter(source, line, at, error.reason, field, message, Original.of(raw), whose)


def reasons(refusals: Iterable[InvalidEvent]) -> dict[str, int]:
    """Count refusals by reason."""
    counts: dict[str, int] = {}
    for one in refusals:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return counts
