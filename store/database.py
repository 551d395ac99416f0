"""The one door to ClickHouse: in this process (chDB) or on a server, by the same client and the same SQL."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from clickhouse_connect.driver.client import Client

from store import connect, migrate, retention, tenants, views
from store.connect import NAME, READER, WRITER, Patience
from store.errors import StoreError
from store.layout import PLAIN, Layout
from store.lock import DirectoryLock
from store.refusal import named

Values = Sequence[Any]
Parameters = Mapping[str, object]

# Whatever is replaced by a newer version, and the column that says which is newer.
_VERSIONED = {
    "alerts": "updated_at",
    "alert_words": "updated_at",
    "series_state": "updated_at",
    "deliveries": "updated_at",
    "deadlines": "updated_at",
    "meta": "updated_at",
    "monitor_state": "updated_at",
    "hours": "computed_at",
}
_LATEST = " UNION ALL ".join(
    f"SELECT max({column}) AS at FROM {table}"  # noqa: S608 - our own names
    for table, column in _VERSIONED.items()
)
_TICK = timedelta(microseconds=1)


class Database:
    """An open, migrated store with one client for writing and one for reading.

    Both may be used from any thread; in this process, calls of the same client wait for each other. chDB
    opens one directory at a time in a process (the next one after `close`) and does not survive a fork: start
    helpers with spawn. A server is used by any number of processes.
    """

    def __init__(
        self, writer: Client, reader: Client, lock: DirectoryLock | None = None, layout: Layout = PLAIN
    ) -> None:
        self.layout = layout
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._types: dict[str, dict[str, str]] = {}
        self._latest: datetime | None = None
        self._asking: Mapping[str, str] = {}
        self._ticking = threading.Lock()

    @classmethod
    def open(
        cls,
        directory: Path | None = None,
        url: str | None = None,
        *,
        layout: Layout = PLAIN,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> Self:
        """Open the store, apply what migrations are missing, renew retention and views where they differ.

        Parameters
        ----------
        directory : data directory of the embedded store; made if absent
        url : of a ClickHouse server, http://user:password@host:8123/database; instead of a directory
        layout : of the servers, where the store is more than one
        patience : how long a server is waited for

        Raises
        ------
        StoreInUse : another process has the directory
        StoreUnavailable : the server does not answer
        StoreError : this process has another directory open, or the server refuses us
        """
        if (directory is None) == (url is None):
            raise StoreError("give the store either a directory or the URL of a ClickHouse server")
        # The client logs what it also raises; `named` says it better.
        for logger in ("clickhouse_connect", "urllib3"):
            logging.getLogger(logger).setLevel(logging.CRITICAL)
        if directory is not None:
            database = cls._embedded(directory)
        else:
            database = cls._remote(url or "", layout, patience)
        try:
            migrate.apply(database)
            retention.renew(database)
            views.renew(database)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def _embedded(cls, directory: Path) -> Self:
        lock = DirectoryLock(directory)
        try:
            writer = connect.embedded(directory, WRITER)
            # `default` is an Overlay database, in which some table kinds fail; ours is Atomic.
            writer.command(f"CREATE DATABASE IF NOT EXISTS {NAME} ENGINE = Atomic")
            writer.close()
            return cls(
                connect.embedded(directory, WRITER, NAME), connect.embedded(directory, READER, NAME), lock
            )
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _remote(cls, url: str, layout: Layout, patience: Patience) -> Self:
        name = connect.database_name(url)
        first = connect.remote(url, "default", WRITER, patience)
        try:
            with named(f"CREATE DATABASE {name}"):
                # Whoever may use a database need not have the right to make one.
                if not first.command(f"EXISTS DATABASE `{name}`"):
                    first.command(f"CREATE DATABASE IF NOT EXISTS `{name}` {layout.on_cluster}")
        finally:
            first.close()
        writer = connect.remote(url, name, WRITER, patience)
        try:
            return cls(writer, connect.remote(url, name, READER, patience), layout=layout)
        except BaseException:
            writer.close()
            raise

    def of(self, tenant: str) -> Self:
        """Return the same store as it looks to somebody who may read one tenant, whatever is asked of it.

        The engine itself leaves out the rows of others, of every view and of every table that views read.
        """
        seen = copy.copy(self)
        seen._asking = {"additional_table_filters": tenants.only(tenant)}  # noqa: SLF001 - its own
        return seen

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run one statement on the writing client: DDL, or an INSERT ... SELECT."""
        with named(sql):
            self._writer.command(sql, parameters=dict(parameters or {}))

    def query(
        self, sql: str, parameters: Parameters | None = None, *, binary: Sequence[str] = ()
    ) -> dict[str, list[Any]]:
        """Return the answer as columns by name; String columns named in `binary` as bytes."""
        bound = dict(parameters or {})
        with named(sql):
            found = self._reader.query(
                sql,
                parameters=bound,
                column_oriented=True,
                column_formats=dict.fromkeys(binary, "bytes"),
                settings=dict(self._asking),
            )
            if found.column_names:
                return {
                    name: list(values)
                    for name, values in zip(found.column_names, found.result_columns, strict=True)
                }
            # The embedded engine leaves even the names out of an empty answer.
            named_only = f"SELECT * FROM ({sql}) LIMIT 0"  # noqa: S608 - the caller's own statement
            probe = self._reader.query(named_only, parameters=bound, settings=dict(self._asking))
        return {name: [] for name in probe.column_names}

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """Return the answer as one dictionary per row; for small answers."""
        columns = self.query(sql, parameters)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def raw(self, sql: str, form: str, parameters: Parameters | None = None) -> bytes:
        """Return the answer as a file of one of the engine's formats; for answers that fit into memory."""
        with named(sql):
            return self._reader.raw_query(
                sql, parameters=dict(parameters or {}), fmt=form, settings=dict(self._asking)
            )

    def insert(self, table: str, columns: Mapping[str, Values]) -> None:
        """Insert equally long columns; one that holds nothing but its type's default is left out."""
        types = self.types(table)
        kept = {name: values for name, values in columns.items() if _worth_sending(values, types[name])}
        if not kept:
            return
        sent = list(kept.values())
        try:
            with named(table):
                self._writer.insert(
                    table,
                    sent,
                    column_names=list(kept),
                    column_type_names=[types[name] for name in kept],
                    column_oriented=True,
                )
        finally:
            sent.clear()  # the client's context refers to itself: a cycle would hold them for long

    def types(self, table: str) -> dict[str, str]:
        """Return the type of each column of a table that an insert may name."""
        if table not in self._types:
            self._types[table] = migrate.columns(self, table)
        return self._types[table]

    def moment(self) -> datetime:
        """Return the store's time, later than any version it holds, even if its clock was set back."""
        with self._ticking:
            if self._latest is None:
                self._latest = utc(self.query(f"SELECT max(at) AS at FROM ({_LATEST})")["at"][0])  # noqa: S608 - our own names
            self._latest = max(
                utc(self.query("SELECT now64(6, 'UTC') AS now")["now"][0]), self._latest + _TICK
            )
            return self._latest

    def close(self) -> None:
        """Give the directory free; calling it twice is harmless."""
        self._reader.close()
        self._writer.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def utc(moment: datetime) -> datetime:
    """Return a moment of the store, which may come without its zone, in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _worth_sending(values: Values, kind: str) -> bool:
    if not isinstance(values, list):
        return True
    if kind.startswith(("Nullable", "LowCardinality(Nullable")):
        return values.count(None) != len(values)
    return any(values)
