"""A dead letter that is handed in again: its record's key says which one it is, and when it was refused.

So the step does not make a new letter of it: what becomes of it is told of the letter that there is. And it
is read at the time at which it was refused, not at the present: only a newer program can read it otherwise.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from stream.errors import InvalidEvent
from stream.moment import FIRST, LAST

# The border's own keys begin with a tenant, which is not empty and holds no NUL: nobody outside makes this.
_MARK = b"\0again\0"

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class Again(msgspec.Struct, frozen=True, array_like=True):
    """Which letter a record hands in again.

    Attributes
    ----------
    tenant, topic, partition, offset, line : the letter's place, which stays its identity
    sha256 : of the letter, as it says itself
    at : when it was refused first
    replayed_at : when it was handed in again
    """

    tenant: str
    topic: str
    partition: Number
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    line: Number
    sha256: str
    at: Moment
    replayed_at: Moment

    @staticmethod
    def of(key: bytes) -> Again | None:
        """Return what a record's key says; None where it is an ordinary one."""
        if not key.startswith(_MARK):
            return None
        try:
            found = _DECODER.decode(key[len(_MARK) :])
        except msgspec.MsgspecError:
            return None
        # On a broker others may write as well: a key that is not of ours must not stop the step.
        return found if all(FIRST <= moment <= LAST for moment in (found.at, found.replayed_at)) else None

    def key(self) -> bytes:
        """Return the key of its record."""
        return _MARK + msgspec.json.encode(self)

    def row(self, refusal: InvalidEvent | None) -> dict[str, object]:
        """Return the columns of table `dead_letter_replays`: stored, or refused for a reason."""
        return {
            "tenant": self.tenant,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "line": self.line,
            "sha256": self.sha256,
            "replayed_at": self.replayed_at,
            "outcome": "refused" if refusal else "stored",
            "reason": refusal.reason if refusal else "",
            "field": refusal.field if refusal else "",
            "message": refusal.message if refusal else "",
        }


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_DECODER = msgspec.json.Decoder(Again)
