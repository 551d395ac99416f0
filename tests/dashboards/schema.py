"""What a dashboard has that Grafana's schema does not know, by the classes that Grafana makes from it.

`grafana-foundation-sdk` reads JSON leniently: an unknown key is lost and no value is looked at.
So what it read is written again, where whatever is lost shows, and each value is held against its annotation.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it prefers schema v2, which is not for files yet
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

register_default_plugins()
Json = dict[str, Any]


def findings(board: Json) -> list[str]:
    """Return what is wrong with a dashboard, each with its place."""
    try:
        read = Dashboard.from_json(board)
    except KeyError as error:
        return [f"no such kind: {error}"]
    written = json.loads(json.dumps(read, cls=JSONEncoder))
    return [*_lost(board, written, ""), *_within(read, ""), *_overridden(board)]


def _overridden(board: Json) -> Iterator[str]:
    """Yield what overrides set that the kind of panel does not have; to the schema they may be anything."""
    for panel in board["panels"]:
        for one in (panel, *panel.get("panels", ())):
            for override in one.get("fieldConfig", {}).get("overrides", ()):
                config: Json = {}
                for change in override["properties"]:
                    place, _, name = change["id"].rpartition("custom.")
                    within = (
                        config.setdefault("custom", {})
                        if name and change["id"].startswith("custom.")
                        else config
                    )
                    within[name if not place else change["id"]] = change["value"]
                alone = {"type": one["type"], "fieldConfig": {"defaults": config, "overrides": []}}
                try:
                    read = Panel.from_json(alone)
                except KeyError as error:
                    yield f"{one['title']}: no such kind: {error}"
                    continue
                written = json.loads(json.dumps(read, cls=JSONEncoder))
                where = f"{one['title']} {override['matcher']['options']}"
                yield from _lost(alone, written, where)
                yield from _within(read, where)


def _lost(before: object, after: object, at: str) -> Iterator[str]:
    """Yield what was there before and is not the same after."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if value is not None:
                yield from _lost(value, after.get(name), f"{at}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from _lost(*pair, f"{at}[{number}]")
    elif before != after:
        yield f"{at}: {before!r} is not known"


def _within(read: object, at: str) -> Iterator[str]:
    """Yield what does not fit, of an object of the library."""
    hints = get_type_hints(type(read))
    for name, value in vars(read).items():
        if not _fits(value, hints[name]):
            yield f"{at}.{name}: {value!r} is no {hints[name]}"
        for one in value if isinstance(value, list) else [value]:
            if hasattr(one, "from_json"):
                yield from _within(one, f"{at}.{name}")


def _fits(value: object, hint: Any) -> bool:
    """Tell whether a value is what its annotation says, objects by their class alone."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return any(_fits(value, one) for one in args)
    if origin is list:
        return isinstance(value, list) and all(_fits(one, args[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(one, args[1]) for one in value.values())
    if origin is Literal:
        return value in args
    return hint is Any or _of(value, hint)


def _of(value: object, kind: type) -> bool:
    if issubclass(kind, Enum):
        return value in {one.value for one in kind}
    if kind in {int, float}:  # to Python true is a number, to JSON it is none
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)
