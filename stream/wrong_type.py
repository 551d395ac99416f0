"""A decoder's complaint about a type, said so that a person understands it."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

from stream.errors import InvalidEvent

_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`(?: - at `\$\.?(.*)`)?$")
_CHOICE = re.compile(r"Invalid enum value (.+?) - at `\$\.?(.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `([^`]+)`(?: - at `\$\.?(.*)`)?$")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_INDEX = re.compile(r"\[(\d+|\.\.\.)\]")

_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def explained(message: str, kind: type) -> InvalidEvent:
    """Return what is wrong with an event of a kind, with the field's dotted path.

    >>> explained("Expected `int | null`, got `str` - at `$.usage.input`", object).message
    'usage.input must be a whole number, not text'
    """
    if match := _EXPECTED.match(message):
        path = _dotted(match[3])
        return InvalidEvent(
            "wrong_type", path, f"{path} must be {_words(match[1])}, not {_got(match[2], match[1])}"
        )
    if match := _CHOICE.match(message):
        path = _dotted(match[2])
        return InvalidEvent("wrong_type", path, f"{path} must be one of {_choices(kind, path)}")
    if match := _MISSING.match(message):
        path = ".".join(part for part in (_dotted(match[2]), match[1]) if part)
        return InvalidEvent("missing_field", path, f"{path} is missing")
    match = _PLACE.search(message)
    path = _dotted(match[1]) if match else ""
    return InvalidEvent("wrong_type", path, f"{path or 'the event'}: {_PLACE.sub('', message).lower()}")


def _dotted(path: str | None) -> str:
    dotted = _INDEX.sub(lambda found: f".{found[1].replace('...', '*')}", path or "").removeprefix(".")
    return dotted.replace("from_", "from")


def _words(types: str) -> str:
    names = [name for name in types.split(" | ") if name != "null"] or ["null"]
    return " or ".join(_WORDS.get(name, name) for name in names)


def _got(kind: str, expected: str) -> str:
    if kind == "float" and "int" in expected.split(" | "):
        return "one with a fraction"
    return _WORDS.get(kind, kind)


def _choices(kind: type, path: str) -> str:
    return ", ".join(get_args(get_type_hints(kind).get(path))) or "the listed words"
