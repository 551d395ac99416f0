"""Remove what is stored of somebody: from every table, in every version, and from the disk.

What is to go is marked first, as hashes (`store.erasures`): so nothing of it comes in again meanwhile, and no
statement that the engine writes down into files of its own names anybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from store import erase_mentions
from store.database import Database
from store.erasures import EVERY, LETTER_DIGEST, digest_of
from store.layout import SHARD, SHARDED
from store.lingering import Lingering
from store.meta import recall, remember
from store.rollup import Rollup
from store.subject import Conditions, Subject

SUMS = ("minutes", "hours")
NOTES = "meta"

Rows = dict[str, int]


def counted(database: Database, subject: Subject) -> Rows:
    """Return how many rows of each table are somebody's; older versions of a row count too."""
    return _count(database, subject.unmarked(), subject)


def mark(database: Database, subject: Subject) -> datetime:
    """Note what is to go, and return as of when: what happened before is not taken in any more."""
    at = database.moment()
    bound = {**subject.bound, "at": round(at.timestamp() * 1e6)}
    if subject.kind == "user":
        _note(database, "tenant, 'event'", digest_of("event_id"), f"generations WHERE {subject.calls}", bound)
    _note(database, f"'{EVERY}', 'letter'", LETTER_DIGEST, f"dead_letters WHERE {subject.letters}", bound)
    database.insert(
        "erasures",
        {"tenant": [subject.scope], "kind": [subject.kind], "digest": [subject.digest], "at": [at]},
    )
    return at


def remove(database: Database, subject: Subject, *, wait: Callable[[float], None] = time.sleep) -> Rows:
    """Remove the rows of whom `mark` has marked, and make the sums of their hours anew.

    Return how many rows went or were changed, by table. Doing it again removes what has come since.

    Raises
    ------
    StoreError : the store cannot remove them
    StoreUnavailable : do it again later
    """
    conditions = subject.marked()
    rows = _count(database, conditions, subject)
    hours = _noted(database, subject)
    touched = [name for name, n in rows.items() if n]
    # Of every table, though no row of it is there any more: an interrupted erasure may have left parts.
    tables = dict.fromkeys([*conditions, *erase_mentions.TABLES, *SUMS, NOTES])
    with Lingering(database, list(tables), wait) as disk:
        for name in touched:
            _delete(database, name, conditions[name])
        if subject.kind == "tenant":
            # A snapshot is of all tenants: monitors watch anew from the first minute.
            _delete(database, "monitor_state", "1")
        disk.until_done()
        changed = erase_mentions.take_out(database)
        Rollup(database).recompute(hours)
        _merge(database, hours)
        if hours:
            _delete(database, NOTES, f"name = '{_name(subject)}'")
        disk.until_done()
    return {name: rows.get(name, 0) + changed.get(name, 0) for name in (*conditions, *changed)}


def left(database: Database, subject: Subject) -> Rows:
    """Return how much of what is marked is still there: all of it is gone where every number is 0."""
    rows = _count(database, subject.marked(), subject)
    named = erase_mentions.mentions(database)
    tables = list(dict.fromkeys([*rows, *named, *SUMS]))
    found = {name: rows.get(name, 0) + named.get(name, 0) for name in (*rows, *named)}
    return {**found, "old_parts": Lingering(database, tables).old_parts()}


def _count(database: Database, conditions: Conditions, subject: Subject) -> Rows:
    return {
        name: int(
            database.query(f"SELECT count() AS n FROM {name} WHERE {where}", subject.bound)["n"][0]  # noqa: S608 - our own names
        )
        for name, where in conditions.items()
    }


def _note(database: Database, what: str, its_digest: str, source: str, bound: dict[str, object]) -> None:
    database.command(
        f"INSERT INTO erasures SELECT DISTINCT {what}, {its_digest}, "  # noqa: S608 - our own names
        f"fromUnixTimestamp64Micro({{at:Int64}}, 'UTC') FROM {source}",
        bound,
    )


def _noted(database: Database, subject: Subject) -> list[datetime]:
    """Return the hours whose sums are to be made anew, and note them: once the calls are gone nobody knows.

    An erasure that was interrupted left its own there.
    """
    known = recall(database, _name(subject))
    before = msgspec.json.decode(known, type=list[int]) if known else []
    hours = sorted({*before, *_hours(database, subject)})
    if hours != before:
        remember(database, _name(subject), msgspec.json.encode(hours).decode())
    return [datetime.fromtimestamp(hour, UTC) for hour in hours]


def _name(subject: Subject) -> str:
    return f"erase_hours_{subject.digest}"


def _hours(database: Database, subject: Subject) -> list[int]:
    """Return the hours whose sums hold a user's calls, in seconds; a tenant's sums go whole."""
    if subject.kind == "tenant":
        return []
    found = database.query(
        "SELECT DISTINCT toUnixTimestamp(toStartOfHour(occurred_at)) AS hour FROM generations "  # noqa: S608 - our own
        f"WHERE {subject.calls}"
    )
    return [int(hour) for hour in found["hour"]]


def _delete(database: Database, name: str, where: str) -> None:
    table = name + SHARD if database.layout.sharded and name in SHARDED else name
    database.command(
        f"ALTER TABLE {table} {database.layout.on_cluster} DELETE WHERE {where} "
        "SETTINGS mutations_sync = 0, allow_nondeterministic_mutations = 1"
    )


def _merge(database: Database, hours: Sequence[datetime]) -> None:
    """Let the sums go as they were: newer ones only stand beside them until parts merge."""
    for month in sorted({f"{hour:%Y%m}" for hour in hours}):
        for name in SUMS:
            database.command(
                f"OPTIMIZE TABLE {name} {database.layout.on_cluster} PARTITION ID '{month}' FINAL"
            )
