"""An event as one line of JSON, whatever an application puts into it."""

from __future__ import annotations

import json
import math
import pickle
import time
from io import BytesIO
from typing import Any, Dict, List

from fmwatch.records import CONTENT

MAX_EVENT_BYTES = 900 * 1024
_DEPTH = 64
_PROTOCOL = 5
_LEAST_NS, _MOST_NS = 10**17, 10**19  # the years 1973 and 2286; smaller numbers are in a larger unit
_SIMPLE = frozenset((str, int, bool))
# What is plain has no cycle in it and no number that JSON does not know.
_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
).encode


class _Exact(pickle.Pickler):
    """Pickles Python's own texts, numbers and containers, and nothing that would run somebody's code."""

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - any value
        raise TypeError(type(value))


def image(fields: Dict[str, Any]) -> bytes:
    """Return the fields as they are now, for `taken` to read in another thread.

    This is what an application's thread is asked to pay: it copies 8 KB in two and a half microseconds, where
    JSON takes twelve, at once under the interpreter's lock, knows cycles, and leaves the garbage collector
    nothing to walk, as copied containers would. What holds something else than Python's own values is made
    plain first. May raise what an application's own objects raise.
    """
    try:
        return _pickled(fields)
    except (TypeError, RecursionError):
        return _pickled(plain(fields))


def taken(image: bytes) -> Dict[str, Any]:
    """Return the fields of an image as they were."""
    fields: Dict[str, Any] = pickle.loads(image)  # noqa: S301 - what this process has made, of plain values
    return fields


def _pickled(fields: Dict[str, Any]) -> bytes:
    image = BytesIO()
    _Exact(image, _PROTOCOL).dump(fields)
    return image.getvalue()


def line(fields: Dict[str, Any]) -> bytes:
    """Return fields as one line of JSON; what it does not know is made plain."""
    try:
        encoded = _encoder(fields)
        deep = encoded.count("{") + encoded.count("[") > _DEPTH
    except (TypeError, ValueError, RecursionError):
        deep = True
    if deep:  # or it may be
        encoded = _encoder(plain(fields))
    # Half a surrogate pair is valid in Python and nowhere else.
    return encoded.encode("utf-8", "replace")


def bounded(encoded: bytes, fields: Dict[str, Any]) -> bytes:
    """Return the line, without its content where it is larger than any gateway takes."""
    return encoded if len(encoded) <= MAX_EVENT_BYTES else line(without_content(fields))


def without_content(fields: Dict[str, Any]) -> Dict[str, Any]:
    """Return the fields with usage, times and names only: what is counted outlives what is read."""
    kept = {name: value for name, value in fields.items() if name not in CONTENT}
    return {**kept, "truncated": True}


def dated(fields: Dict[str, Any]) -> Dict[str, Any]:
    """Return the fields with their time as RFC 3339 in UTC, where it is a number of nanoseconds."""
    for name in ("occurred_at", "at"):
        ns = fields.get(name)
        if type(ns) is int and _LEAST_NS < ns < _MOST_NS:
            seconds, rest = divmod(ns // 1000, 1_000_000)
            date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
            fields[name] = f"{date}.{rest:06d}Z"
    return fields


def plain(fields: Dict[str, Any]) -> Dict[str, Any]:
    """Return the fields as JSON's own values.

    What JSON does not know becomes text, NaN becomes null, a cycle ends in "...".
    """
    return {_key(key): _value(item, [id(fields)]) for key, item in list(fields.items())}


def _value(value: Any, above: List[int]) -> Any:  # noqa: ANN401 - any value
    """Return what stands for a value in JSON.

    Parameters
    ----------
    above : ids of the containers it is inside of
    """
    if value is None or type(value) in _SIMPLE:
        return value
    if isinstance(value, float):
        number = float.__float__(value)  # NumPy's are floats as well
        return number if math.isfinite(number) else None
    if isinstance(value, str):  # an enumeration's
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    if id(value) in above or len(above) >= _DEPTH:
        return "..."
    above.append(id(value))
    copy = _container(value, above)
    above.pop()
    return copy


def _container(value: Any, above: List[int]) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, dict):
        return {_key(key): _value(item, above) for key, item in list(value.items())}
    if isinstance(value, (list, tuple)):
        return [_value(item, above) for item in list(value)]
    return _value(_known(value), above)


def _key(key: Any) -> str:  # noqa: ANN401 - any key
    """Return a key as JSON spells it."""
    if type(key) is str:
        return key
    if key is None or isinstance(key, bool):
        return json.dumps(key)
    return str.__str__(key) if isinstance(key, str) else str(key)


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
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return value.model_dump()
    return str(value)
