"""A line that is too large for the log travels as a stub: what was wrong, its beginning, its hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self, get_args

from stream.errors import InvalidEvent, Reason
from stream.json_object import Fields, encode, parse

REFUSED = "dead_letter"  # the type such a line carries
MAX_ORIGINAL_BYTES = 64 * 1024
_MOST_HEAD_BYTES = 8 * MAX_ORIGINAL_BYTES  # as JSON, where one byte may need six; more is not of ours
_PREFIX = b'{"type":"dead_letter",'
_SHA256 = re.compile(r"[0-9a-f]{64}|")
_MOST_BYTES = 2**63


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
            except InvalidEvent:
                found = {}
            if _genuine(found):  # else it is somebody's line that only begins like a stub
                return cls(found["head"], found["size"], found["sha256"])
        return cls.itself(line)

    @classmethod
    def itself(cls, line: bytes) -> Self:
        """Take a line as it is, also where it looks like a stub."""
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
    """Return what a stub says was wrong; a line that only calls itself one is of no known type."""
    if not _genuine(found):
        return unknown_type()
    return InvalidEvent(found["reason"], found["field"][:512], found["message"][:512])


def unknown_type() -> InvalidEvent:
    """Return what is wrong with an event of a type that nobody knows."""
    return InvalidEvent("wrong_type", "type", "type must be generation, feedback or change")


def _genuine(found: Fields) -> bool:
    texts = [found.get(name) for name in ("reason", "field", "message", "head", "sha256")]
    size = found.get("size")
    return (
        all(isinstance(text, str) for text in texts)
        and found["reason"] in get_args(Reason)
        and bool(found["message"])
        and len(encode({"head": found["head"]})) < _MOST_HEAD_BYTES
        and _SHA256.fullmatch(found["sha256"]) is not None
        and isinstance(size, int)
        and not isinstance(size, bool)
        and 0 <= size < _MOST_BYTES
    )


def _text(head: bytes) -> str:
    return head.decode("utf-8", "backslashreplace")
