"""Take erased calls out of what was found and said: examples in signals and alerts, ids in snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from detectors.monitors.snapshot import without
from store.database import Database, utc
from store.erasures import Erasures, digest_of
from store.meta import MonitorState, load_monitors, save_monitors, stored_states
from store.subject import MARKED_EVENTS

# Tables whose rows name calls, and how their examples are read; of `body` rows the newest version counts.
_BODIES = {
    "alerts": "JSONExtract(body, 'examples', 'Array(String)')",
    "deliveries": "JSONExtract(body, 'alert', 'examples', 'Array(String)')",
}
_EXAMPLES = {"signals": "examples", **_BODIES}
TABLES = (*_EXAMPLES, "monitor_state")
_TOGETHER = 200  # ids in one statement
_TICK = timedelta(microseconds=1)  # of `updated_at`

Rows = dict[str, int]


def mentions(database: Database) -> Rows:
    """Return how many rows name a call that is marked, in any version that is stored."""
    erased = _known(database)
    return {
        **{table: len(_found(database, table)) for table in _EXAMPLES},
        "monitor_state": sum(_cleaned(state, erased) is not None for state in stored_states(database)),
    }


def take_out(database: Database) -> Rows:
    """Write rows that name a marked call without it; return how many, by table. Done when removals are."""
    found = mentions(database)
    for table in _BODIES:
        if found[table]:
            _rewrite_bodies(database, table)
    if found["signals"]:
        _rewrite_signals(database)
    if found["monitor_state"]:
        _rewrite_states(database)
    return found


def _known(database: Database) -> Erasures:
    erased = Erasures(database)
    erased.renew()
    return erased


def _found(database: Database, table: str) -> list[tuple[str, str]]:
    """Return (id of the row, id of the call) wherever a row names a marked call."""
    found = database.query(
        f"SELECT id, example FROM (SELECT tenant, id, arrayJoin({_EXAMPLES[table]}) AS example FROM {table}) "  # noqa: S608 - our own names
        f"WHERE (tenant, {digest_of('example')}) IN ({MARKED_EVENTS}) ORDER BY id, example"
    )
    return list(zip(found["id"], found["example"], strict=True))


def _rewrite_signals(database: Database) -> None:
    marked = f"SELECT groupUniqArray((toString(tenant), digest)) FROM ({MARKED_EVENTS})"  # noqa: S608 - our own
    for ids in _parts(sorted({row for row, _ in _found(database, "signals")})):
        named = ", ".join(f"'{one}'" for one in ids)  # hashes of ours: nothing to quote
        database.command(
            f"ALTER TABLE signals {database.layout.on_cluster} UPDATE examples = "
            f"arrayFilter(x -> NOT has(({marked}), (toString(tenant), {digest_of('x')})), examples) "
            f"WHERE id IN ({named}) SETTINGS mutations_sync = 0, allow_nondeterministic_mutations = 1"
        )


def _rewrite_bodies(database: Database, table: str) -> None:
    """Store a version of each row that is hardly newer, and let the older ones go.

    Whatever is written meanwhile is newer still: an alert that ended is not open again.
    """
    erased = _known(database)
    columns = list(database.types(table))
    for ids in _parts(sorted({row for row, _ in _found(database, table)})):
        rows = database.rows(
            f"SELECT {', '.join(columns)} FROM {table} FINAL WHERE id IN {{ids:Array(String)}}",  # noqa: S608 - our own names
            {"ids": list(ids)},
        )
        for row in rows:
            row["body"] = _without_examples(row["body"], row["tenant"], erased)
            row["updated_at"] = utc(row["updated_at"]) + _TICK
        database.insert(table, {name: [row[name] for row in rows] for name in columns})
    database.command(f"OPTIMIZE TABLE {table} {database.layout.on_cluster} FINAL")


def _without_examples(body: str, tenant: str, erased: Erasures) -> str:
    document = msgspec.json.decode(body)
    for part in (document, document.get("alert", {})):
        if "examples" in part:
            part["examples"] = [one for one in part["examples"] if not erased.call(tenant, one)]
    return msgspec.json.encode(document).decode()


def _rewrite_states(database: Database) -> None:
    erased = _known(database)
    states = {
        name: MonitorState(found.minute, _cleaned(found.state, erased) or found.state)
        for name, found in load_monitors(database).items()
    }
    save_monitors(database, states)
    database.command(f"OPTIMIZE TABLE monitor_state {database.layout.on_cluster} FINAL")


def _cleaned(state: bytes, erased: Erasures) -> bytes | None:
    """Return a snapshot without what was erased; None where nothing of it is in there."""
    cleaned = without(state, erased.id)
    return None if cleaned == without(state, lambda _: False) else cleaned


def _parts(ids: list[str]) -> Iterator[list[Any]]:
    for start in range(0, len(ids), _TOGETHER):
        yield ids[start : start + _TOGETHER]
