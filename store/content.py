"""Empty what people and models said once a route's days are over; the record of the call stays.

Days count from arrival, as everywhere (`store.retention`). What is emptied leaves the disk when the engine
lets go of the parts that it replaces, after some minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from store.database import Database
from store.layout import SHARD, SHARDED
from store.retention import DAYS

HIGH_RISK_DAYS = 183  # records of high-risk systems stay at least so long; those of all routes do
# Each column that holds content, and what it is when it holds none.
_EMPTY = {
    "prompt": "''",
    "messages": "''",
    "response": "''",
    "context": "[]",
    "context_ids": "[]",
    "context_scores": "[]",
    "tool_calls": "''",
    "samples": "[]",
    "extra": "''",
}
_SOME = " OR ".join(f"notEmpty({name})" for name in _EMPTY)
_OVER = "inserted_at < now() - INTERVAL {days:UInt32} DAY AND route IN {routes:Array(String)}"
_TOGETHER = 500  # routes in one statement


def empty_content(database: Database, days_of: Callable[[str], int]) -> int:
    """Have content emptied whose days are over, and its embeddings removed; return of how many calls.

    The engine does it on its own after this returns. Meant for once a day: it writes the parts anew that hold
    such calls.

    Parameters
    ----------
    days_of : how many days a route's content is kept
    """
    emptied = 0
    for days, routes in _shorter(database, days_of):
        asked: dict[str, object] = {"days": days, "routes": routes}
        emptied += _count(database, "generations", f"{_OVER} AND ({_SOME})", asked)
        changes = ", ".join(f"{name} = {empty}" for name, empty in _EMPTY.items())
        _change(database, "generations", f"UPDATE {changes}", f"{_OVER} AND ({_SOME})", asked)
        _change(database, "embeddings", "DELETE", _OVER, asked)
    return emptied


def _shorter(database: Database, days_of: Callable[[str], int]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the routes in use whose content goes before the whole row does, by their days."""
    by_days: defaultdict[int, list[str]] = defaultdict(list)
    for route in database.query("SELECT DISTINCT route FROM generations ORDER BY route")["route"]:
        if days_of(route) < DAYS["generations"]:
            by_days[days_of(route)].append(route)
    for days, routes in sorted(by_days.items()):
        for start in range(0, len(routes), _TOGETHER):
            yield days, routes[start : start + _TOGETHER]


def _change(database: Database, name: str, what: str, where: str, asked: dict[str, Any]) -> None:
    if not _count(database, name, where, asked):
        return
    table = name + SHARD if database.layout.sharded and name in SHARDED else name
    database.command(
        f"ALTER TABLE {table} {database.layout.on_cluster} {what} WHERE {where} "
        "SETTINGS mutations_sync = 0, allow_nondeterministic_mutations = 1",
        asked,
    )


def _count(database: Database, name: str, where: str, asked: dict[str, Any]) -> int:
    return int(database.query(f"SELECT count() AS n FROM {name} WHERE {where}", asked)["n"][0])  # noqa: S608 - our own names
