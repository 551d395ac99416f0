"""Check a document against one of `docs/contract/`: the part of JSON Schema that those files use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "contract"
KNOWN = {
    *("$schema", "$defs", "$ref", "title", "description", "type", "enum", "required", "properties"),
    *("additionalProperties", "items", "minItems", "maxItems", "minimum", "minLength", "pattern"),
}

Schema = Mapping[str, Any]


def load(name: str) -> Schema:
    """Return a schema of the contract by its file's name."""
    found: Schema = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    return found


def errors(document: object, schema: Schema) -> list[str]:
    """Return everything that does not fit, each with its place; empty when the document is valid."""
    return list(_errors(document, schema, schema, "$"))


def _errors(value: object, schema: Schema, root: Schema, place: str) -> Iterator[str]:
    unknown = set(schema) - KNOWN
    assert not unknown, f"the checker does not know {unknown}"
    if "$ref" in schema:
        yield from _errors(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, place)
        return
    if "type" in schema and not any(_is(value, kind) for kind in _listed(schema["type"])):
        yield f"{place}: {value!r} is no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        yield from _text(value, schema, place)
    elif isinstance(value, dict):
        yield from _object(value, schema, root, place)
    elif isinstance(value, list):
        yield from _array(value, schema, root, place)
    elif isinstance(value, int | float) and value < schema.get("minimum", value):
        yield f"{place}: {value} is below {schema['minimum']}"


def _text(value: str, schema: Schema, place: str) -> Iterator[str]:
    if not re.search(schema.get("pattern", ""), value) or len(value) < schema.get("minLength", 0):
        yield f"{place}: {value!r} does not look right"


def _object(value: Mapping[str, object], schema: Schema, root: Schema, place: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    yield from (f"{place}: {name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, each in value.items():
        rest = schema.get("additionalProperties", True)
        if name in properties:
            yield from _errors(each, properties[name], root, f"{place}.{name}")
        elif rest is False:
            yield f"{place}: {name} is not in the contract"
        elif rest is not True:
            yield from _errors(each, rest, root, f"{place}.{name}")


def _array(value: Sequence[object], schema: Schema, root: Schema, place: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{place}: {len(value)} items"
    for index, each in enumerate(value):
        yield from _errors(each, schema.get("items", {}), root, f"{place}[{index}]")


def _listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    python: dict[str, type | tuple[type, ...]] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "null": type(None),
    }
    return isinstance(value, python.get(kind, ()))
