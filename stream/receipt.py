"""Receipts: how many events each place on the way has had in hand, so that what got lost there shows.

They travel in a topic of their own, which only fmwatch's programs write to, and are no events: a sender who
posts one gets a dead letter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from fmwatch.event import Generation

from stream.client_counts import accounts, receipt_counts
from stream.errors import InvalidEvent
from stream.log import Delivery, Position, Record

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Place = Literal["client", "gateway", "worker"]
Stored = tuple[Position, Generation, bool]  # where a call lay, and whether a scorer could judge what it says


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one source counted of one team's calls, of one minute in which a gateway received them.

    A client's own is of the minute in which it wrote to the log, past every gateway.

    Attributes
    ----------
    at : when it was counted; of one source and minute the newest receipt counts
    minute : in which the gateway received the calls
    source : one run of a gateway; of a worker the first record of a partition in the batch; of a client the
        record that its counts came with
    counts : gateway: accepted, rejected, captured, lost by reason; worker: stored, scored; client: captured,
        lost by reason
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


def of_batch(deliveries: Sequence[Delivery], at: datetime, stored: Iterable[Stored]) -> list[Receipt]:
    """Return what a worker owes for a batch: how many calls it stored, of each team and minute of receipt.

    Calls that no gateway received are left out. Each partition has a receipt of its own, known by its first
    record in the batch, where a worker goes on after a crash too: what comes again replaces its receipt. Cut
    differently it may count some minute's calls a second time: then a loss of as many in that minute would
    not show, and nothing is called lost that is there.
    """
    first: dict[tuple[str, int], int] = {}
    for one in deliveries:
        place = (one.position.topic, one.position.partition)
        first[place] = min(one.position.offset, first.get(place, one.position.offset))
    found: dict[tuple[str, str, datetime, str], Counter[str]] = {}
    for position, event, judged in stored:
        if event.received_at is not None:
            minute = event.received_at.replace(second=0, microsecond=0)
            offset = first[position.topic, position.partition]
            source = f"{position.topic}/{position.partition}/{offset}"
            key = (event.tenant, event.team, minute, source)
            counts = found.setdefault(key, Counter(stored=0, scored=0))
            counts["stored"] += 1
            counts["scored"] += judged
    return [
        Receipt(at, minute, tenant, team, "worker", source, dict(counts))
        for (tenant, team, minute, source), counts in found.items()
    ]


def of_clients(deliveries: Iterable[Delivery], at: datetime) -> Iterator[Receipt]:
    """Yield what clients have counted that write to the log themselves, with each record that says so.

    Only what no acknowledgement had confirmed to them counts; of a batch that was acknowledged and came
    again, because the answer was lost, it counts twice.
    """
    for one in deliveries:
        moment = at if one.at is None else datetime.fromtimestamp(one.at, UTC)
        minute = moment.replace(second=0, microsecond=0)
        for account in accounts(one.counts) if one.counts else ():
            numbers: Counter[str] = Counter()
            for name, total, unconfirmed in account.numbers:
                numbers[name] += min(total, unconfirmed)
            if counts := receipt_counts(numbers):
                whose = (account.tenant or "default", account.team)
                yield Receipt(at, minute, *whose, "client", f"{_place(one)}/{account.client}", counts)


def _place(one: Delivery) -> str:
    return f"{one.position.topic}/{one.position.partition}/{one.position.offset}"
