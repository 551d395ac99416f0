"""Receipts: how many events each place on the way has had in hand, so that what got lost there shows.

They travel in a topic of their own, which only fmwatch's programs write to, and are no events: a sender who
posts one gets a dead letter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fmwatch.event import Generation

from stream.errors import InvalidEvent
from stream.log import Position, Record

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Place = Literal["gateway", "worker"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one source counted of one team's calls, of one minute in which a gateway received them.

    Attributes
    ----------
    at : when it was counted; of one source and minute the newest receipt counts
    minute : in which the gateway received the calls
    source : one run of a gateway; of a worker the first record of the batch, so that the same batch again
        is the same receipt
    counts : gateway: accepted, rejected; worker: stored, scored
    """

    at: datetime
    minute: datetime
    tenant: str
    team: str
    place: Place
    source: str
    counts: dict[str, Count]

    def record(self) -> Record:
        """Return it as the log holds it."""
        return Record(f"{self.tenant}\0".encode("utf-8", "replace"), msgspec.json.encode(self))

    def row(self) -> dict[str, object]:
        """Return it as the table `receipts` holds it."""
        return {name: getattr(self, name) for name in _NAMES}


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_DECODER = msgspec.json.Decoder(Receipt)
_NAMES = tuple(Receipt.__dataclass_fields__)


def read(line: bytes) -> Receipt:
    """Return the receipt of one line.

    Raises
    ------
    InvalidEvent : it is none
    """
    try:
        return _DECODER.decode(line)
    except msgspec.ValidationError as error:
        raise InvalidEvent("wrong_type", "", f"this is no receipt: {error}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent("invalid_json", "", f"this is no receipt: {error}") from error


def of_batch(first: Position, at: datetime, stored: Iterable[tuple[Generation, bool]]) -> list[Receipt]:
    """Return what a worker owes for a batch: how many calls it stored, of each team and minute of receipt.

    Calls that no gateway received are left out. A batch that comes again after a crash, cut differently, is
    counted a second time: then a loss of as many calls in the same minute would not show, and nothing is
    called lost that is there.

    Parameters
    ----------
    first : record of the batch
    stored : calls, and whether a scorer could judge what they say
    """
    found: dict[tuple[str, str, datetime], Counter[str]] = {}
    for event, judged in stored:
        if event.received_at is not None:
            minute = event.received_at.replace(second=0, microsecond=0)
            counts = found.setdefault((event.tenant, event.team, minute), Counter(stored=0, scored=0))
            counts["stored"] += 1
            counts["scored"] += judged
    source = f"{first.topic}/{first.partition}/{first.offset}"
    return [
        Receipt(at, minute, tenant, team, "worker", source, dict(counts))
        for (tenant, team, minute), counts in found.items()
    ]
