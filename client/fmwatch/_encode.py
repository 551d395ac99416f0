"""An event as one line of JSON, whatever an application puts into it."""

from __future__ import annotations

import json
import math
import os
import time
from typing import Any, Dict

MAX_EVENT_BYTES = 900 * 1024
_CONTENT = ("prompt", "messages", "response", "context", "tool_calls", "samples")
_DEPTH = 32


def line(fields: Dict[str, Any]) -> bytes:
    """Return one line; what JSON does not know becomes text, NaN becomes null. May raise on the absurd."""
    try:
        text = _dumps(fields)
    except (ValueError, TypeError, RecursionError):  # NaN, odd keys, cycles
        text = _dumps(_plain(fields, _DEPTH))
    # Half a surrogate pair is valid in Python and nowhere else.
    return text.encode("utf-8", "replace")


def bounded(encoded: bytes, fields: Dict[str, Any]) -> bytes:
    """Return the line, without its content where it is larger than any gateway takes."""
    return encoded if len(encoded) <= MAX_EVENT_BYTES else without_content(fields)


def without_content(fields: Dict[str, Any]) -> bytes:
    """Return the line with usage, times and names only: what is counted outlives what is read."""
    kept = {name: value for name, value in fields.items() if name not in _CONTENT}
    return line({**kept, "truncated": True})


def now() -> str:
    """Return the time as RFC 3339 in UTC, to the microsecond."""
    ns = time.time_ns()
    seconds, rest = divmod(ns // 1000, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06d}Z"


def uuid7() -> str:
    """Return an id that sorts by time: 48 bits of milliseconds, 74 random ones."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _dumps(value: Any) -> str:  # noqa: ANN401 - any value
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_known)


def _known(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return what stands for a value JSON does not know."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if hasattr(value, "isoformat"):
        aware = getattr(value, "tzinfo", None) is not None or not hasattr(value, "astimezone")
        return (value if aware else value.astimezone()).isoformat()
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if hasattr(value, "model_dump"):
        return value.model_dump()
    return str(value)


def _plain(value: Any, depth: int) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not depth:
        return "..."
    if isinstance(value, dict):
        return {str(key): _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return _plain(_known(value), depth - 1)
