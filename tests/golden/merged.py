"""The requests of one recording as one: a resource and a scope are told once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Fields = dict[str, Any]

_SHAPE = {"resourceSpans": ("scopeSpans", "spans"), "resourceLogs": ("scopeLogs", "logRecords")}


def merged(requests: Iterable[Fields]) -> Fields:
    """Return one request that says what these say, in their order.

    >>> merged([{"resourceSpans": [{"scopeSpans": [{"spans": [1]}]}]},
    ...         {"resourceSpans": [{"scopeSpans": [{"spans": [2]}]}]}])
    {'resourceSpans': [{'scopeSpans': [{'spans': [1, 2]}]}]}
    """
    whole: Fields = {}
    for request in requests:
        for top, (middle, leaf) in _SHAPE.items():
            for resource in request.get(top, []):
                kept = _place(whole.setdefault(top, []), resource, middle)
                for scope in resource.get(middle, []):
                    _place(kept, scope, leaf).extend(scope.get(leaf, []))
    return whole


def _place(among: list[Fields], one: Fields, inner: str) -> list[Any]:
    """Return the inner list of the one that has the same head; it is put there where there is none."""
    head = {key: value for key, value in one.items() if key != inner}
    for other in among:
        if {key: value for key, value in other.items() if key != inner} == head:
            return list_of(other, inner)
    among.append({**head, inner: []})
    return list_of(among[-1], inner)


def list_of(holder: Fields, key: str) -> list[Any]:
    """Return the very list, not a copy."""
    held: list[Any] = holder[key]
    return held
