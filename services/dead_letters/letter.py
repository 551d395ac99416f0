"""One dead letter as the commands and the API know it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import msgspec

from services.alert_json import stamp
from store.dead_letters import letter_id
from stream.again import Again
from stream.refused import MAX_ORIGINAL_BYTES

Kept = Literal["whole", "cut", "not_kept"]


class Letter(msgspec.Struct, frozen=True):
    """A line that was refused, and what became of it when it was handed in again.

    Attributes
    ----------
    at : when it was refused first
    outcome : of its last replay: stored, refused; empty where there was none
    again_reason, again_field, again_message : why that replay refused it
    original : empty where it was not asked for
    """

    tenant: str
    topic: str
    partition: int
    offset: int
    line: int
    at: datetime
    reason: str
    field: str
    message: str
    original_bytes: int
    sha256: str
    outcome: str = ""
    replayed_at: datetime | None = None
    again_reason: str = ""
    again_field: str = ""
    again_message: str = ""
    original: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Letter:
        """Return the letter of a row of the view."""
        return msgspec.convert(row, cls)

    @property
    def id(self) -> str:
        """Its place, which no replay changes."""
        return letter_id(self.topic, self.partition, self.offset, self.line)

    @property
    def raw(self) -> bytes:
        """What is kept of the original."""
        return self.original.encode()

    @property
    def kept(self) -> Kept:
        """Whether all of the original is here, so that it can be handed in again.

        A long one is cut. The bytes of one that is no text, or JSON only without a secret, were not kept.
        """
        if self.original_bytes > MAX_ORIGINAL_BYTES:
            return "cut"
        same = len(self.raw) == self.original_bytes and sha256(self.raw).hexdigest() == self.sha256
        return "whole" if same else "not_kept"

    def again(self, replayed_at: datetime) -> Again:
        """Return what its record says when it is handed in again."""
        place = (self.tenant, self.topic, self.partition, self.offset, self.line)
        return Again(*place, self.sha256, self.at, replayed_at)


def brief(letter: Letter) -> dict[str, object]:
    """Return a letter as JSON, without its original: why it was refused last, and what became of it."""
    refused = letter.outcome == "refused"
    return {
        "id": letter.id,
        "tenant": letter.tenant,
        "at": stamp(letter.at),
        "reason": letter.again_reason if refused else letter.reason,
        "field": letter.again_field if refused else letter.field,
        "message": letter.again_message if refused else letter.message,
        "replayed_at": stamp(letter.replayed_at),
        "outcome": letter.outcome or None,
    }


def document(letter: Letter) -> dict[str, object]:
    """Return everything about a letter as JSON."""
    return {
        **brief(letter),
        "first_refusal": {"reason": letter.reason, "field": letter.field, "message": letter.message},
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "line": letter.line,
        "original": letter.original,
        "original_bytes": letter.original_bytes,
        "sha256": letter.sha256,
        "kept": letter.kept,
    }


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_READY = msgspec.json.Decoder(Letter)
