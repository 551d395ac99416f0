"""A line that is too large for the log travels as a stub: what was wrong, its beginning, its hash."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Self, get_args

from stream.errors import InvalidEvent, Reason
from stream.json_object import Fields, encode, parse

REFUSED = "dead_letter"  # the type such a line carries
MAX_ORIGINAL_BYTES = 64 * 1024
_PREFIX = b'{"type":"dead_letter",'


@dataclass(frozen=True, slots=True)
class Original:
    """What is kept of a line that is no event.

    Attributes
    ----------
    head : its first 64 KiB, as text
    size : of the whole, in bytes
    sha256 : of the whole, in hex
    """

    head: str
    size: int
    sha256: str

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Take a line itself, or read the stub that stands for a longer one."""
        if line.startswith(_PREFIX):
            try:
                found = parse(line)
                return cls(str(found["head"]), int(found["size"]), str(found["sha256"]))
            except (InvalidEvent, KeyError, TypeError, ValueError):
                pass  # somebody else's line that only begins like a stub
        return cls(_text(line[:MAX_ORIGINAL_BYTES]), len(line), sha256(line).hexdigest())


def stub(original: Original, error: InvalidEvent) -> bytes:
    """Return the line that stands in the log for one that is too large."""
    return encode(
        {
            "type": REFUSED,
            "reason": error.reason,
            "field": error.field,
            "message": error.message,
            "size": original.size,
            "sha256": original.sha256,
            "head": original.head,
        }
    )


def refusal(found: Fields) -> InvalidEvent:
    """Return what a stub says was wrong."""
    known: dict[object, Reason] = {reason: reason for reason in get_args(Reason)}
    return InvalidEvent(
        known.get(str(found.get("reason")), "wrong_type"),
        str(found.get("field", ""))[:512],
        str(found.get("message", ""))[:512],
    )


def _text(head: bytes) -> str:
    return head.decode("utf-8", "backslashreplace")
