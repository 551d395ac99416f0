"""Attributes read leniently: a number may come as text, a list as JSON; a wrong type is as nothing."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import msgspec

from stream.otlp.names import Names
from stream.otlp.span import Attributes

_JSON_STARTS = ("{", "[", '"')
_MOST_DIGITS = 18
_MOST_COUNT = 2**64  # what is larger is no count, and no number that a store could hold
_PRINTED = re.compile("'|None|True|False")


def first(attributes: Attributes, names: Names) -> Any:  # noqa: ANN401 - any value
    """Return the first value that says something."""
    for name in names:
        found = attributes.get(name)
        if found is not None and found != "":
            return found
    return None


def text(value: object) -> str:
    """Return a text; of a list its first item, of a number its digits, else ""."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return text(value[0]) if value else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)


def said(attributes: Attributes, names: Names) -> str:
    """Return the first text that says something, "" where none does."""
    return text(first(attributes, names))


def count(value: object) -> int | None:
    """Return a whole number, negative ones too: whoever decodes the event says what is wrong with them."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < _MOST_COUNT else None
    if isinstance(value, float):
        return int(value) if isfinite(value) and value == int(value) else None
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.removeprefix("-").isdecimal():
        return int(value)
    return None


def number(value: object) -> float | None:
    """Return a number that is finite."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int):
        return value if abs(value) < _MOST_COUNT else _float(value)
    return value if isinstance(value, float) and isfinite(value) else None


def _float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def flag(value: object) -> bool | None:
    """Return yes or no; some write them as texts."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def from_json(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a text holds as JSON; what is none, or is no text, comes back as it is."""
    if not isinstance(value, str) or not value.lstrip()[:1].startswith(_JSON_STARTS):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return value


def json_object(value: object) -> dict[str, Any]:
    """Return an object, {} where it is none."""
    found = from_json(value)
    return found if isinstance(found, dict) else {}


def python_object(value: object) -> dict[str, Any]:
    """Return an object of counts that was written as Python prints a dict, {} where it is none.

    >>> python_object("{'prompt_tokens': 12, 'details': None}")
    {'prompt_tokens': 12, 'details': None}
    """
    if not isinstance(value, str) or not value.startswith("{'"):
        return {}
    words = {"'": '"', "None": "null", "True": "true", "False": "false"}
    return json_object(_PRINTED.sub(lambda found: words[found[0]], value))


def written(value: object) -> str:
    """Return any value as a text."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (OverflowError, TypeError, ValueError, RecursionError):
        return str(value)
