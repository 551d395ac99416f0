"""Bytes in, one event out, or a reason why not: the strict reading of the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields as fields_of
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from fmwatch.event import (
    SCHEMA_VERSION,
    Change,
    Event,
    Feedback,
    Generation,
    Logprobs,
    Message,
    Passage,
    Request,
    Usage,
)

from stream.errors import InvalidEvent
from stream.json_object import Fields, parse
from stream.limits import fit
from stream.moment import moment
from stream.refused import REFUSED, refusal, unknown_type
from stream.wrong_type import explained

Clock = Callable[[], datetime]
Read = Callable[[bytes], Fields]

AHEAD = timedelta(hours=1)
RETENTION = timedelta(days=400)

MAX_ID_CHARACTERS = 128
MAX_NAME_CHARACTERS = 512
MAX_COUNT = 2**53  # larger whole numbers are not the same in every reader

_E = TypeVar("_E", Generation, Feedback, Change)
_Known = frozenset[str]


def _names(kind: type) -> _Known:
    return frozenset(field.name for field in fields_of(kind))


_GENERATION = _names(Generation)
_FEEDBACK = _names(Feedback)
_CHANGE = _names(Change)
_MESSAGE = _names(Message)
_PASSAGE = _names(Passage)
_PARTS = {"usage": _names(Usage), "request": _names(Request), "logprobs": _names(Logprobs)}
_NAMED = ("tenant", "route", "request_model", "provider", "platform")
_NUMBER = (int, float)
_AMOUNTS = ("latency_ms", "ttft_ms", "cost_usd", "attempt")
_COUNTS: dict[str, tuple[str, ...]] = {  # empty means all
    "usage": (),
    "redactions": (),
    "request": ("max_tokens",),
    "logprobs": ("n",),
}


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_READY = [msgspec.json.Decoder(kind) for kind in (Generation, Feedback, Change)]


def decode(
    line: bytes, clock: Clock | None = None, retention: timedelta = RETENTION, read: Read = parse
) -> Event:
    """Return the event of one line.

    Parameters
    ----------
    line : one JSON object, UTF-8
    clock : what time it is; None means that any time of the event is fine
    retention : how old an event may be
    read : gives the object of a line, which is changed here

    Raises
    ------
    InvalidEvent : with reason, field and a sentence; the line belongs to the dead letters
    """
    found = read(line)
    kind = found.pop("type", None)
    if kind is None:
        kind = "generation"
    version = found.get("schema_version")
    if version is not None and (version != SCHEMA_VERSION or version.__class__ is not int):
        _refuse_version(version)
    if kind == "generation":
        event = _generation(found, len(line))
        _in_range(event.occurred_at, "occurred_at", clock, retention)
        return event
    if kind == "feedback":
        feedback = _feedback(found)
        _in_range(feedback.at, "at", clock, retention)
        return feedback
    if kind == "change":
        return _change(found)
    if kind == REFUSED:
        raise refusal(found)
    raise unknown_type()


def _refuse_version(version: object) -> None:
    if isinstance(version, int) and not isinstance(version, bool):
        raise InvalidEvent(
            "unsupported_version",
            "schema_version",
            f"schema_version is {version}; this fmwatch knows {SCHEMA_VERSION}",
        )
    raise InvalidEvent("wrong_type", "schema_version", f"schema_version must be the number {SCHEMA_VERSION}")


def _in_range(when: datetime, field: str, clock: Clock | None, retention: timedelta) -> None:
    if clock is None:
        return
    now = clock()
    if when > now + AHEAD:
        what = (
            f"{field} is {when.isoformat()}, more than an hour after now, {now.isoformat(timespec='seconds')}"
        )
    elif when < now - retention:
        what = f"{field} is {when.isoformat()}, older than the {retention.days} days that are kept"
    else:
        return
    raise InvalidEvent("clock_out_of_range", field, what)


def _generation(found: Fields, size: int) -> Generation:
    _require(found, ("event_id", "occurred_at", "provider", "request_model"))
    _check_id(found["event_id"])
    fit(found, size)
    extra = _extra(found, _GENERATION)
    for name, known in _PARTS.items():
        if name in found:
            _part(found, name, known, extra)
    if "messages" in found:
        found["messages"] = _turns(found["messages"], extra)
    if "context" in found:
        found["context"] = _passages(found["context"], extra)
    for name in ("occurred_at", "received_at"):
        if name in found:
            found[name] = moment(found[name], name)
    found["platform"] = found.get("platform") or found["provider"]
    found["route"] = found.get("route") or found.get("app") or "default"
    found["tenant"] = found.get("tenant") or "default"
    _check_numbers(found)
    event = _converted(found, Generation)
    for name in _NAMED:
        if len(found[name]) > MAX_NAME_CHARACTERS:
            raise InvalidEvent("wrong_type", name, f"{name} has more than {MAX_NAME_CHARACTERS} characters")
    return event


def _feedback(found: Fields) -> Feedback:
    _require(found, ("event_id", "kind", "at"))
    _check_id(found["event_id"])
    _extra(found, _FEEDBACK)
    found["at"] = moment(found["at"], "at")
    found["tenant"] = found.get("tenant") or "default"
    return _converted(found, Feedback)


def _change(found: Fields) -> Change:
    _require(found, ("at", "kind"))
    if "from" in found:
        found["from_"] = found.pop("from")
    _extra(found, _CHANGE)
    for name in ("at", "until"):
        if name in found:
            found[name] = moment(found[name], name)
    found["tenant"] = found.get("tenant") or "default"
    return _converted(found, Change)


def _require(found: Fields, names: tuple[str, ...]) -> None:
    for name in names:
        if found.get(name) in (None, ""):
            what = "is missing" if name not in found else "is empty"
            raise InvalidEvent("missing_field", name, f"{name} {what}; every event of this type needs it")


def _check_id(event_id: object) -> None:
    if isinstance(event_id, str) and len(event_id) > MAX_ID_CHARACTERS:
        raise InvalidEvent(
            "wrong_type",
            "event_id",
            f"event_id has {len(event_id)} characters; {MAX_ID_CHARACTERS} are allowed",
        )


def _extra(found: Fields, known: _Known) -> Fields:
    """Drop nulls, which mean the same as nothing, and move what is not known into `extra`."""
    if None in found.values():
        for name in [name for name, value in found.items() if value is None]:
            del found[name]
    extra = found.setdefault("extra", {})
    if not isinstance(extra, dict):
        raise InvalidEvent("wrong_type", "extra", "extra must be an object")
    if not found.keys() <= known:
        for name in found.keys() - known:
            extra[name] = found.pop(name)
    return extra


def _part(found: Fields, name: str, known: _Known, extra: Fields) -> None:
    """Do the same for an object inside the event; its unknown fields get dotted paths."""
    part = found[name]
    if isinstance(part, dict) and not _usual(part, known):
        found[name] = _known(part, known, name, extra)


def _usual(part: Fields, known: _Known) -> bool:
    """Tell whether an object has only fields that are known, and all of them say something."""
    return part.keys() <= known and None not in part.values()


def _known(part: Fields, known: _Known, path: str, extra: Fields) -> Fields:
    for name in part.keys() - known:
        extra[f"{path}.{name}"] = part[name]
    return {name: value for name, value in part.items() if name in known and value is not None}


def _turns(messages: object, extra: Fields) -> object:
    if not isinstance(messages, list):
        return messages
    for index, message in enumerate(messages):
        if isinstance(message, dict):
            path = f"messages.{index}"
            if isinstance(message.get("content"), list):
                message["content"] = _joined(message["content"], path, extra)
            if not _usual(message, _MESSAGE):
                messages[index] = _known(message, _MESSAGE, path, extra)
    return messages


def _joined(parts: list[Any], path: str, extra: Fields) -> str:
    """Return the text of content that came in typed parts; images and the like are kept aside."""
    texts = []
    for index, part in enumerate(parts):
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            texts.append(text)
        else:
            extra[f"{path}.content.{index}"] = part
    return "\n".join(texts)


def _passages(context: object, extra: Fields) -> object:
    if not isinstance(context, list):
        return context
    for index, item in enumerate(context):
        if isinstance(item, str):
            context[index] = {"text": item}
        elif isinstance(item, dict) and not _usual(item, _PASSAGE):
            context[index] = _known(item, _PASSAGE, f"context.{index}", extra)
    return context


def _check_numbers(found: Fields) -> None:
    for name in _AMOUNTS:
        if name in found:
            _not_negative(found[name], name)
    for part, names in _COUNTS.items():
        numbers = found.get(part)
        if isinstance(numbers, dict):
            for name, number in numbers.items():
                if name in (names or numbers):
                    _not_negative(number, part, name)
    if found.get("attempt") == 0:
        raise InvalidEvent("wrong_type", "attempt", "attempt counts from 1, the first try")


def _not_negative(value: object, *names: str) -> None:
    if isinstance(value, _NUMBER) and not 0 <= value <= MAX_COUNT:
        path = ".".join(names)
        what = "must not be negative" if value < 0 else f"is larger than any real call: {str(value)[:24]}"
        raise InvalidEvent("wrong_type", path, f"{path} {what}")


def _converted(found: Fields, kind: type[_E]) -> _E:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise explained(str(error), kind) from error
