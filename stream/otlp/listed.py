"""Lists that a convention spreads over attributes: `llm.input_messages.0.message.role` and so on."""

from __future__ import annotations

from typing import Any

from stream.otlp.span import Attributes

_DEPTH = 10  # parts of a name; deeper is nobody's
_DIGITS = 6


def listed(attributes: Attributes, prefix: str) -> list[Any]:
    """Return what stands under a prefix, [] where nothing does.

    >>> listed({"a.0.role": "user", "a.1.calls.0.name": "search"}, "a")
    [{'role': 'user'}, {'calls': [{'name': 'search'}]}]
    """
    start = f"{prefix}."
    tree: dict[str, Any] = {}
    for name, value in attributes.items():
        if name.startswith(start) and name[len(start) : len(start) + 1].isdecimal():
            _plant(tree, name[len(start) :].split(".", _DEPTH), value)
    found = _lists(tree)
    return found if isinstance(found, list) else []


def _plant(tree: dict[str, Any], path: list[str], value: object) -> None:
    for part in path[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            return  # the same name is a value and a branch: the value came first
        tree = below
    tree.setdefault(path[-1], value)


def _lists(tree: Any) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() and len(key) <= _DIGITS for key in tree):
        return [_lists(tree[key]) for key in sorted(tree, key=int)]
    return {key: _lists(item) for key, item in tree.items()}
