"""Values of a vendor's record: JSON has types, CSV only text, and each name has two or three spellings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import msgspec

from stream.errors import InvalidEvent
from stream.json_object import Fields
from stream.moment import moment
from stream.otlp.event import user_hash
from stream.otlp.names import HOST, PROVIDER
from stream.otlp.providers import seller
from stream.otlp.span import Span

_ZONE = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$", re.IGNORECASE)
_ID_CHARACTERS = 128
_MILLISECOND = timedelta(milliseconds=1)


def first(record: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the first value that says something under one of the names; None where none does."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return None


def text(record: Mapping[str, Any], *names: str) -> str:
    """Return a text, "" where there is none; numbers, such as versions, are texts too."""
    value = first(record, *names)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise InvalidEvent("wrong_type", names[0], f"{names[0]} must be text")


def number(record: Mapping[str, Any], *names: str) -> float | int | None:
    """Return a number, also where it is written as text, as CSV and large databases do."""
    value = first(record, *names)
    if isinstance(value, str):
        try:
            value = float(value) if re.search("[.eE]", value) else int(value)
        except ValueError:
            value = True
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise InvalidEvent("wrong_type", names[0], f"{names[0]} must be a number")


def count(record: Mapping[str, Any], *names: str) -> int | None:
    """Return a whole number; 12.0 is one."""
    value = number(record, *names)
    if value is None or isinstance(value, int):
        return value
    if value.is_integer():
        return int(value)
    raise InvalidEvent("wrong_type", names[0], f"{names[0]} must be a whole number")


def true(record: Mapping[str, Any], *names: str) -> bool:
    """Tell whether something is so; Python and PostgreSQL write it as text in their own ways."""
    return str(first(record, *names)).lower() in ("true", "t", "1")


def when(record: Mapping[str, Any], *names: str) -> datetime | None:
    """Return a point in time; without a zone it is UTC, as these vendors write it."""
    value = first(record, *names)
    if value is None:
        return None
    if isinstance(value, str):
        value = value.strip()
        if re.fullmatch(r"\d+(\.\d+)?", value):
            value = float(value)
        elif not _ZONE.search(value[16:]):
            value += "Z"
    return moment(value, names[0])


def needed(found: Any, field: str) -> Any:  # noqa: ANN401 - as it came
    """Return what every record of a call has.

    Raises
    ------
    InvalidEvent : it is not there
    """
    if found in (None, ""):
        raise InvalidEvent("missing_field", field, f"{field} is missing; every call has it")
    return found


def milliseconds(begin: datetime | None, end: datetime | None) -> float | None:
    """Return the time between, None where one is not known or they stand the wrong way round."""
    if begin is None or end is None or end < begin:
        return None
    return (end - begin) / _MILLISECOND


def unpacked(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a text of JSON holds; any other value as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def inner(record: Mapping[str, Any], *names: str) -> Fields:
    """Return an object inside the record, or written into it as JSON; {} where there is none."""
    value = unpacked(first(record, *names))
    return value if isinstance(value, dict) else {}


def items(record: Mapping[str, Any], *names: str) -> list[Any]:
    """Return a list inside the record, or written into it as JSON; [] where there is none."""
    value = unpacked(first(record, *names))
    return value if isinstance(value, list) else []


def tags(listed: list[Any]) -> dict[str, str]:
    """Return a vendor's list of tags as ours; `name:value` is both.

    >>> tags(["beta", "channel: chat"])
    {'beta': '', 'channel': 'chat'}
    """
    pairs = (tag.partition(":") for tag in listed if isinstance(tag, str))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def event_id(given: str) -> str:
    """Return an id of at most 128 characters; a longer one is represented by its hash."""
    return given if len(given) <= _ID_CHARACTERS else sha256(given.encode("utf-8", "replace")).hexdigest()


def whose(user: str) -> str:
    """Return what stands for a user, "" for nobody; the id itself is never kept."""
    return user_hash(user) if user else ""


def sold(provider: str, address: str, model: str) -> dict[str, str]:
    """Return provider, platform and region: of who is named, of the address asked, and of the model's name.

    >>> sold("azure", "https://acme.openai.azure.com/x", "gpt-4o")
    {'provider': 'openai', 'platform': 'azure'}
    """
    host = urlsplit(address).hostname or "" if "://" in address else address
    attributes = {PROVIDER[0]: provider, HOST[0]: host}
    found = seller(Span(attributes={name: value for name, value in attributes.items() if value}), model)
    return {name: value for name, value in found._asdict().items() if value}


def said(fields: Fields) -> Fields:
    """Return the fields without those that say nothing."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", {}, [])}
