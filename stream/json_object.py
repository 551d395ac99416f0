"""One line of bytes as one JSON object, strictly: what two readers could read differently is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from stream.errors import InvalidEvent

MAX_LINE_BYTES = 16 * 1024 * 1024  # longer lines are never looked at
MAX_DEPTH = 64

Fields = dict[str, Any]

_NESTED = (dict, list)
_DECODER = msgspec.json.Decoder()
_KEY = re.compile(rb'"\s*:')
_BOM = b"\xef\xbb\xbf"
# Half a surrogate pair, as JavaScript writes it when it cuts an emoji in two.
_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_BEGINNING = 64  # bytes that show whether a line is written with spaces
_REPLACEMENT = rb"\\ufffd"
_NAMES: dict[type, str] = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}


def parse(line: bytes) -> Fields:
    """Return the object a line holds.

    Halves of surrogate pairs and NUL characters become U+FFFD: no store or screen takes them, and an answer
    is worth more than its broken emoji.

    Raises
    ------
    InvalidEvent : no JSON object, invalid UTF-8, a key twice in one object, nested too deep, too large
    """
    if len(line) > MAX_LINE_BYTES:
        raise InvalidEvent(
            "too_large", "", f"the line has {len(line):,} bytes; {MAX_LINE_BYTES:,} are allowed"
        )
    found, line = _decoded(line)
    if not isinstance(found, dict):
        kind = _NAMES.get(type(found), "a number")
        raise InvalidEvent("wrong_type", "", f"an event is a JSON object in braces; this line is {kind}")
    if not _written_back(found, line) and _keys(found, MAX_DEPTH) != len(_KEY.findall(line)):
        _refuse_doubles(line)
    return _without_nul(found) if b"\\u0000" in line else found


def encode(fields: Fields) -> bytes:
    """Return the object as one line; numbers of any size survive."""
    try:
        return msgspec.json.encode(fields)
    except OverflowError:
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def mended(line: bytes) -> bytes:
    """Return JSON in which halves of surrogate pairs are U+FFFD, so that it can be read."""
    return _HALF.sub(_REPLACEMENT, line)


def _decoded(line: bytes) -> tuple[Any, bytes]:
    """Return the value of a line, and the line, mended where it held half of a surrogate pair."""
    try:
        return _DECODER.decode(line.removeprefix(_BOM)), line
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        whole = mended(line)
        if whole != line:
            return _decoded(whole)
        raise _unreadable(line, error) from error


def _unreadable(line: bytes, error: Exception) -> InvalidEvent:
    if isinstance(error, RecursionError):
        return _too_deep()
    if isinstance(error, UnicodeDecodeError):
        what = f"the line is not UTF-8: byte {error.object[error.start]:#04x} in a text"
    elif line.startswith((b"\xff\xfe", b"\xfe\xff")) or line[1:2] == b"\0" or line[:1] == b"\0":
        what = "the line looks like UTF-16: save the file as UTF-8"
    else:
        return InvalidEvent("invalid_json", "", f"the line is not JSON: {_plain(str(error))}")
    return InvalidEvent("invalid_encoding", "", what)


def _written_back(found: Fields, line: bytes) -> bool:
    """Tell whether writing the object gives the line again: then no key stood there twice.

    Most lines are as compact as that, and this is the fastest look at all their keys. So many brackets that
    it could be nested too deep are for a closer look.
    """
    return (
        b'": ' not in line[:_BEGINNING]
        and line.count(b"{") + line.count(b"[") <= MAX_DEPTH
        and encode(found) == line
    )


def _plain(message: str) -> str:
    """Return a decoder's message without its own way of writing paths."""
    text = message.removeprefix("JSON is malformed: ").split(" - at `")[0]
    return text[:1].lower() + text[1:]


def _too_deep() -> InvalidEvent:
    return InvalidEvent("invalid_json", "", f"the line is nested more than {MAX_DEPTH} levels deep")


def _keys(value: Fields | list[Any], depth: int) -> int:
    """Count the keys of all objects inside a value."""
    if not depth:
        raise _too_deep()
    count = 0
    inner: Iterable[Any] = value
    if value.__class__ is dict:
        count = len(value)
        inner = value.values()
    for item in inner:
        if item.__class__ in _NESTED:
            count += _keys(item, depth - 1)
    return count


def _refuse_doubles(line: bytes) -> None:
    """Decide the rare doubtful case: a quote and colon inside a text, or a key given twice."""

    def pairs(found: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in found:
            if key in seen:
                raise InvalidEvent(
                    "invalid_json", key[:128], f'the key "{key[:128]}" stands twice in one object'
                )
            seen.add(key)

    json.loads(line.removeprefix(_BOM), object_pairs_hook=pairs)


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value
