"""Make an event fit: a long text is cut, a large event loses content before it loses metadata."""

from __future__ import annotations

from typing import Any

from fmwatch.event import MAX_EVENT_BYTES, MAX_TEXT_BYTES

from stream.errors import InvalidEvent
from stream.json_object import Fields, encode

# What a large event loses, least missed first; prompt and response last.
_CONTENT = ("tool_calls", "samples", "context", "messages", "prompt", "response")
_KEPT_MESSAGES = 2  # the last turns carry the question


def fit(fields: Fields, size: int) -> None:
    """Cut what is too long, in place, and set `truncated`.

    Parameters
    ----------
    fields : a generation as parsed
    size : bytes of the line it came from; a short line needs no look at all

    Raises
    ------
    InvalidEvent : even without content the event is larger than 900 KiB
    """
    if size <= MAX_TEXT_BYTES:
        return
    for name in _CONTENT:
        if name in fields:
            fields[name] = _cut(fields[name], fields)
    if size > MAX_EVENT_BYTES:
        _shed(fields)


def _shed(fields: Fields) -> None:
    messages = fields.get("messages")
    if isinstance(messages, list) and _size(fields) > MAX_EVENT_BYTES:
        fields["messages"] = messages[-_KEPT_MESSAGES:]
        fields["truncated"] = True
    for name in _CONTENT:
        if _size(fields) <= MAX_EVENT_BYTES:
            return
        if fields.pop(name, None) is not None:
            fields["truncated"] = True
    size = _size(fields)
    if size > MAX_EVENT_BYTES:
        raise InvalidEvent(
            "too_large",
            "",
            f"the event has {size:,} bytes without its content; {MAX_EVENT_BYTES:,} are allowed",
        )


def _size(fields: Fields) -> int:
    return len(encode(fields))


def _cut(value: Any, fields: Fields) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return _cut_text(value, fields)
    if isinstance(value, list):
        return [_cut(item, fields) for item in value]
    if isinstance(value, dict):
        return {key: _cut(item, fields) for key, item in value.items()}
    return value


def _cut_text(text: str, fields: Fields) -> str:
    if len(text) <= MAX_TEXT_BYTES // 4:  # no character has more than four bytes
        return text
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MAX_TEXT_BYTES:
        return text
    fields["truncated"] = True
    return encoded[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
