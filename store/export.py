"""Read a span of what is stored in parts, each small enough to be held in memory, as files of some format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from store.database import Database, utc

Format = Literal["parquet", "jsonl"]

MOST_ROWS = 50_000  # of one file
MOST_BYTES = 64 * 1024 * 1024  # of its rows in memory; a single hour beyond is cut by the hash of its rows

_FORMATS: dict[Format, str] = {"parquet": "Parquet", "jsonl": "JSONEachRow"}
_SETTINGS = (
    "date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0, "
    "output_format_parquet_string_as_string = 1"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One table of an export.

    Attributes
    ----------
    view : that is read
    time : its column that the span is about
    route : the condition by which rows belong to a route; empty where none does, and the table is left out
    content : columns that hold what people or models said
    key : what cuts an hour that is too large
    """

    view: str
    time: str
    route: str
    content: tuple[str, ...] = ()
    key: str = "event_id"


# Of the whole span that is wanted, not of the part's: a thumb comes hours after its call.
_OF_CALLS = (
    "(tenant, event_id) IN (SELECT tenant, event_id FROM v_calls WHERE route = {route:String} "
    "AND occurred_at >= {calls_since:DateTime64(6, 'UTC')} "
    "AND occurred_at < {calls_until:DateTime64(6, 'UTC')})"
)
SOURCES = {
    "generations": Source(
        "v_calls",
        "occurred_at",
        "route = {route:String}",
        ("prompt", "messages", "response", "context", "tool_calls", "samples", "tags", "extra"),
    ),
    "scores": Source("v_scores", "occurred_at", _OF_CALLS, ("explanation",)),
    "feedback": Source("v_feedback", "at", _OF_CALLS, ("value", "extra")),
    "changes": Source("v_changes", "at", "route IN ('', {route:String})", ("note", "extra"), "route"),
    "signals": Source("v_signals", "at", "has(routes, {route:String})", key="id"),
    "alerts": Source("v_alerts", "began_at", "has(routes, {route:String})", key="id"),
    "advice": Source("v_advice", "made_at", "route = {route:String}", key="id"),
    "dead_letters": Source("v_dead_letters", "at", "", ("original", "message", "again_message"), "sha256"),
}


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be exported: what happened in [since, until), of everybody where nobody is named."""

    since: datetime
    until: datetime
    tenant: str = ""
    route: str = ""
    content: bool = True

    @property
    def sources(self) -> dict[str, Source]:
        """The tables; those that know no route are left out where one is named."""
        return {name: source for name, source in SOURCES.items() if source.route or not self.route}


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds: a span of a table, or of an hour's rows those of a hash.

    Attributes
    ----------
    rows : as counted beforehand
    number, of : which part by hash, of how many
    """

    table: str
    since: datetime
    until: datetime
    rows: int
    number: int = 0
    of: int = 1


def columns(database: Database, wanted: Wanted, table: str) -> dict[str, str]:
    """Return name and type of each column that is exported."""
    source = SOURCES[table]
    found = database.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {view:String} "
        "ORDER BY position",
        {"view": source.view},
    )
    left_out = () if wanted.content else source.content
    return {
        name: kind for name, kind in zip(found["name"], found["type"], strict=True) if name not in left_out
    }


def parts(database: Database, wanted: Wanted, table: str) -> Iterator[Part]:
    """Yield the parts of a table, in order of time; none where it holds nothing of it."""
    source = SOURCES[table]
    found = database.query(
        f"SELECT toStartOfHour({source.time}) AS its_hour, count() AS its_rows, "  # noqa: S608 - our own names
        f"sum(byteSize({listed(columns(database, wanted, table))})) AS its_bytes "
        f"FROM {source.view} WHERE {_where(wanted, table)} GROUP BY its_hour ORDER BY its_hour",
        _bound(wanted, wanted.since, wanted.until),
    )
    start, n, size = wanted.since, 0, 0
    for hour, rows, more in zip(*_sizes(found), strict=True):
        if n and (n + rows > MOST_ROWS or size + more > MOST_BYTES):
            yield from _cut(database, wanted, Part(table, start, hour, n), size)
            start, n, size = hour, 0, 0
        n, size = n + rows, size + more
    if n:
        yield from _cut(database, wanted, Part(table, start, wanted.until, n), size)


def read(database: Database, wanted: Wanted, part: Part, form: Format) -> bytes:
    """Return one part as a file of the format."""
    source = SOURCES[part.table]
    sql = select(wanted, part.table, listed(columns(database, wanted, part.table)))
    bound = {**_bound(wanted, part.since, part.until), "of": part.of, "number": part.number}
    return database.raw(
        f"{sql} ORDER BY {source.time}, {source.key} SETTINGS {_SETTINGS}", _FORMATS[form], bound
    )


def listed(names: Iterable[str]) -> str:
    """Return columns as a question names them."""
    return ", ".join(f"`{name}`" for name in names)


def select(wanted: Wanted, table: str, named: str) -> str:
    """Return the question by which a part is read, as the manifest shows it."""
    source = SOURCES[table]
    cut = f"cityHash64({source.key}) % {{of:UInt32}} = {{number:UInt32}}"
    return f"SELECT {named} FROM {source.view} WHERE {_where(wanted, table)} AND {cut}"  # noqa: S608 - our own names


def _sizes(found: Mapping[str, list[Any]]) -> tuple[list[datetime], list[int], list[int]]:
    return [utc(hour) for hour in found["its_hour"]], found["its_rows"], found["its_bytes"]


def _cut(database: Database, wanted: Wanted, part: Part, size: int) -> Iterator[Part]:
    """Yield a part, or what it is cut into where it is a single hour that is too large."""
    of = max(math.ceil(part.rows / MOST_ROWS), math.ceil(size / MOST_BYTES))
    if of <= 1:
        yield part
        return
    source = SOURCES[part.table]
    found = database.query(
        f"SELECT cityHash64({source.key}) % {{of:UInt32}} AS its_part, count() AS its_rows "  # noqa: S608 - our own
        f"FROM {source.view} "
        f"WHERE {_where(wanted, part.table)} GROUP BY its_part ORDER BY its_part",
        {**_bound(wanted, part.since, part.until), "of": of},
    )
    for number, n in zip(found["its_part"], found["its_rows"], strict=True):
        yield Part(part.table, part.since, part.until, n, number, of)


def _where(wanted: Wanted, table: str) -> str:
    source = SOURCES[table]
    span = (
        f"{source.time} >= {{since:DateTime64(6, 'UTC')}} AND {source.time} < {{until:DateTime64(6, 'UTC')}}"
        " AND {tenant:String} IN ('', tenant)"
    )
    return f"{span} AND {source.route}" if wanted.route else span


def _bound(wanted: Wanted, since: datetime, until: datetime) -> dict[str, object]:
    calls = {"calls_since": wanted.since, "calls_until": wanted.until}
    return {**calls, "since": since, "until": until, "tenant": wanted.tenant, "route": wanted.route}
