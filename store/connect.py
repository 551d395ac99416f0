"""Clients of the engine: in this process (chDB), or of a ClickHouse server over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from store.errors import StoreError, StoreUnavailable
from store.refusal import named

NAME = "fmwatch"

# The embedded engine shares a process with everything else, which must stay under 1.2 GiB.
ENGINE = {
    "max_server_memory_usage": "800000000",
    "mark_cache_size": "33554432",
    "primary_index_cache_size": "33554432",
    "index_mark_cache_size": "8388608",
    "query_condition_cache_size": "8388608",
    "compiled_expression_cache_size": "8388608",
}
WRITER = {
    "max_threads": 1,
    # Duplicates within a batch are dropped when parts merge and by FINAL; doing it twice costs a third.
    "optimize_on_insert": 0,
    # A late batch may touch many months; the border has already refused senseless clocks.
    "max_partitions_per_insert_block": 0,
}
READER = {
    "max_threads": 2,
    "max_memory_usage": 400_000_000,
    # Else a grouping that was large once takes its memory ahead when asked again, and twice what it needs.
    "collect_hash_table_stats_during_aggregation": 0,
    # Else a join asked again may swap its sides by the sizes of last time, and hold the larger one in memory.
    "collect_hash_table_stats_during_joins": 0,
}
# An insert is answered when its rows are stored, on their shard, whatever the server's profile says.
_STORED = {"async_insert": 0, "distributed_foreground_insert": 1}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for before the store counts as away.

    Attributes
    ----------
    connect_s : until it takes the connection; where it does not, that is tried twice
    answer_s : until its answer, and between two pieces of it; no statement runs longer on the server either
    """

    connect_s: int = 10
    answer_s: int = 120


def database_name(url: str) -> str:
    """Return the database that an address names, ours where it names none; the address is checked.

    Raises
    ------
    StoreError : it is no address of a server
    """
    try:
        found = urlsplit(url)
        usable = found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:
        usable = False
    if not usable:
        # Not quoted: whatever it is, a password may stand in it.
        raise StoreError("the store's address reads http://user:password@host:8123/database, or https://...")
    name = found.path.strip("/") or NAME
    if not re.fullmatch(r"\w[\w-]*", name, re.ASCII):
        raise StoreError(
            f"the store's address ends in the name of a database, /{NAME} for instance; in a password write "
            "%2F for a slash"
        )
    return name


def embedded(directory: Path, settings: Mapping[str, object], name: str | None = None) -> Client:
    """Return a client of the engine in this process."""
    # The engine compares directories as written, so one spelling only.
    path = str((directory / "chdb").resolve())
    try:
        client = clickhouse_connect.get_client(
            interface="chdb",
            path=path,
            database=name,
            tz_mode="aware",
            settings=dict(settings),
            chdb_options=ENGINE,
        )
    except Exception as error:
        raise StoreError(
            f"cannot open the embedded store in {path}: {error}. "
            "chDB opens one directory at a time in a process: close the other one first"
        ) from error
    return _in_utc(client)


def remote(url: str, name: str, settings: Mapping[str, object], patience: Patience) -> Client:
    """Return a client of a server.

    It sends an insert or a question once more by itself where the server closed the connection instead of
    answering. A batch may therefore be stored twice, which the key of every table makes up for. After a
    timeout nothing is sent again, so that a call ends within about twice the patience.

    Raises
    ------
    StoreUnavailable : nothing answers there now
    StoreError : the server refuses us
    """
    found = urlsplit(url)
    try:
        with named(f"a connection to {found.hostname}"):
            return _in_utc(_http(url, found.scheme, name, settings, patience))
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"no ClickHouse answers at {found.hostname}: {error}; start it, or correct the address"
        ) from error


def _http(url: str, scheme: str, name: str, settings: Mapping[str, object], patience: Patience) -> Client:
    return clickhouse_connect.get_client(
        dsn=url,
        # The client itself looks at the port only, and would send a password in the clear.
        interface=scheme,
        database=name,
        tz_mode="aware",
        settings={**settings, **_STORED, "max_execution_time": patience.answer_s},
        # Nothing is kept on the server between calls, and those of several threads do not wait.
        autogenerate_session_id=False,
        dedicated_pool=True,
        connect_timeout=patience.connect_s,
        send_receive_timeout=patience.answer_s,
        # Who asks is told at once and knows better when to ask again.
        query_retries=0,
    )


def _in_utc(client: Client) -> Client:
    # The client writes a parameter of type DateTime in the server's zone, whatever zone the type names.
    client.server_tz = UTC
    client.tz_source = "server"
    return client
