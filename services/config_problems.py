"""A validator's complaint, said so that a person knows what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from services.config_file import SECRET, Path_, Problem

__all__ = ["Problem", "explain"]

_QUOTED = re.compile(r"'([^']*)'")
_SHOWN_CHARACTERS = 60
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_WORDS = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "missing": "is missing",
    "model_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "mapping_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list, written [a, b] or with a dash on each line",
    "date_type": "must be a date such as 2026-01-01",
    "date_from_datetime_parsing": "must be a date such as 2026-01-01",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number, without a unit",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be written platform/model",
    "path_type": "must be a path",
}


def explain(error: ErrorDetails, model: type[BaseModel]) -> Problem:
    """Return where and what is wrong, and what is allowed there."""
    path = _path(error["loc"], model)
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = _keys(model, path[:-1])
        return Problem(path, f"there is no key {path[-1]!r} here", allowed, str(path[-1]))
    if kind == "literal_error":
        allowed = _QUOTED.findall(str(context.get("expected", "")))
        return Problem(path, f"{_shown(error['input'])} is not allowed", allowed, str(error["input"]))
    if kind == "value_error":
        return Problem(path, str(context.get("error", error["msg"])))
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        what = f"must be {words} {context[name]}"
    else:
        what = _WORDS.get(kind, error["msg"].lower())
    hidden = kind == "missing" or (bool(path) and path[0] in SECRET)
    return Problem(path, what if hidden else f"{what}, not {_shown(error['input'])}")


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _path(loc: tuple[str | int, ...], model: type[BaseModel]) -> Path_:
    """Return the location in the file: the validator also names the variants of a union it tried."""
    path: list[str | int] = []
    node: Any = model
    for part in loc:
        following = _step(node, part)
        if following is None and path and not isinstance(part, int) and not _open(node):
            continue
        if part != "[key]":
            path.append(part)
        node = following
    return tuple(path)


def _open(node: object) -> bool:
    """Tell whether a node has keys at all; a scalar has only variants."""
    return isinstance(node, type) and issubclass(node, BaseModel)


def _step(node: Any, part: str | int) -> Any:  # noqa: ANN401 - a type
    """Return the type that a key or an index leads to; None where it leads nowhere."""
    if isinstance(node, type) and issubclass(node, BaseModel):
        for name, info in node.model_fields.items():
            if part in (name, info.alias):
                return _bare(info.annotation)
        return None
    arguments = get_args(node)
    origin = get_origin(node)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _bare(arguments[1])
    if origin is tuple and isinstance(part, int):
        return _bare(arguments[0])
    return None


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - a type
    """Return a type without `Annotated` and `None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    models = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    return models[0] if models and type(None) in get_args(annotation) else annotation


def _keys(model: type[BaseModel], path: Path_) -> list[str]:
    node: Any = model
    for part in path:
        node = _step(node, part)
    fields = node.model_fields.items() if _open(node) else ()
    return [info.alias or name for name, info in fields]
