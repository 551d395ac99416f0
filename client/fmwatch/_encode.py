"""An event as one line of JSON, whatever an application puts into it."""

from __future__ import annotations

import json
import math
import os
import time
from typing import Any, Dict, List, Tuple

from fmwatch.records import CONTENT

MAX_EVENT_BYTES = 900 * 1024
_DEPTH = 64
_SIMPLE = frozenset((str, int, bool, float, type(None)))
_LEAST_NS, _MOST_NS = 10**17, 10**19  # the years 1973 and 2286; smaller numbers are in a larger unit
_CONTAINERS = 20_000  # of one event
_ITEM_BYTES = 64  # of an entry beside its text, more or less
_IDS = 256  # made at once: reading randomness lets another thread run, which may take milliseconds
# What is plain has no cycle in it and no number that JSON does not know.
_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
).encode


def frozen(fields: Dict[str, Any]) -> Tuple[Dict[str, Any], int]:
    """Return the fields as they are now, for `plain` to read in another thread, and their bytes in memory.

    Containers are copied, texts and numbers are not: nobody can change them. So it costs the same for a long
    text as for a short one. What is not Python's own is made plain. May raise what an application's own
    objects raise.
    """
    copy = _Copy()
    try:
        return copy.mapping(fields), copy.size
    except (_TooMany, RecursionError):
        return plain(fields), copy.size


def line(fields: Dict[str, Any]) -> bytes:
    """Return plain fields as one line."""
    # Half a surrogate pair is valid in Python and nowhere else.
    return _encoder(fields).encode("utf-8", "replace")


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


def uuid7() -> str:
    """Return an id that sorts by time: 48 bits of milliseconds, 74 random ones."""
    try:
        tail = _tails.pop()
    except IndexError:
        chance = os.urandom(10 * _IDS).hex()
        _tails.extend(_tail(chance[at : at + 20]) for at in range(0, len(chance), 20))
        return uuid7()
    head = f"{time.time_ns() // 1_000_000:012x}"
    return f"{head[:8]}-{head[8:]}{tail}"


def _tail(chance: str) -> str:
    variant = "89ab"[int(chance[3], 16) % 4]
    return f"-7{chance[:3]}-{variant}{chance[4:7]}-{chance[7:19]}"


_tails: List[str] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tails.clear)  # else a child would give its parent's ids again


class _TooMany(Exception):  # noqa: N818 - by what is wrong
    """There are so many containers that there may be a cycle."""


class _Copy:
    """One copy in the making: its size so far, and how many containers it may still have.

    Every call of an application's pays for what is done here, so most of it is done in place.
    """

    __slots__ = ("left", "size")

    def __init__(self) -> None:
        self.size = 0
        self.left = _CONTAINERS

    def mapping(self, value: Dict[Any, Any]) -> Dict[Any, Any]:
        copy = value.copy()  # at once: another thread of the application's may be changing it
        size = _ITEM_BYTES * len(copy)
        for key, item in copy.items():
            kind = type(item)
            if kind is str:
                size += item.__sizeof__()
            elif kind not in _SIMPLE:
                copy[key] = self._other(item, kind)
        self.size += size
        return copy

    def _sequence(self, value: List[Any]) -> List[Any]:
        copy = value[:]
        size = _ITEM_BYTES * len(copy)
        for at, item in enumerate(copy):
            kind = type(item)
            if kind is str:
                size += item.__sizeof__()
            elif kind not in _SIMPLE:
                copy[at] = self._other(item, kind)
        self.size += size
        return copy

    def _other(self, value: Any, kind: type) -> Any:  # noqa: ANN401 - any value
        self.left -= 1
        if self.left < 0:
            raise _TooMany
        if kind is dict:
            return self.mapping(value)
        if kind is list:
            return self._sequence(value)
        if kind is tuple:
            return self._sequence(list(value))
        found = _value(value, [])
        self.size += len(found) if isinstance(found, str) else _ITEM_BYTES
        return found


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
    if isinstance(value, float):
        number = float.__float__(value)  # NumPy's are floats as well
        return number if math.isfinite(number) else None
    if value is None or type(value) in _SIMPLE:
        return value
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
