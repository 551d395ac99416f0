"""What a store says about itself: asked without making, migrating or changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from clickhouse_connect.driver.client import Client

from store import connect
from store.connect import NAME, READER, Patience
from store.database import utc
from store.errors import StoreError
from store.lock import DirectoryLock
from store.refusal import named

# What fmwatch does to its database; each of its processes may be given less: docker/clickhouse/users.d.
RIGHTS = (
    *("SELECT", "INSERT", "CREATE TABLE", "CREATE VIEW", "DROP VIEW"),
    *("ALTER TTL", "ALTER MATERIALIZE TTL"),
)


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of the server.

    Attributes
    ----------
    free, total : bytes
    """

    name: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Replica:
    """One table's copy on this server.

    Attributes
    ----------
    writable : it takes inserts, and its session with Keeper is alive
    delay_s : how far it is behind the others
    """

    table: str
    writable: bool
    delay_s: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A receiver that does not take notifications.

    Attributes
    ----------
    waiting : that were tried before
    failed : refused or given up within a day
    message : its last complaint
    """

    receiver: str
    waiting: int
    failed: int
    message: str


class Condition:
    """Answers about one store; each is one short question, and raises what `store.refusal.named` raises.

    Attributes
    ----------
    name : of the database
    user : who we are there
    version : of the engine, as it writes it
    """

    def __init__(self, client: Client, name: str, user: str = "default") -> None:
        self._client = client
        self.name = name
        self.user = user
        self.version = str(client.server_version)

    @classmethod
    def of_server(cls, url: str, patience: Patience) -> Self:
        """Ask a server.

        Raises
        ------
        StoreUnavailable : it does not answer
        StoreError : it refuses us, or the address is none
        """
        name = connect.database_name(url)
        found = cls(connect.remote(url, "default", READER, patience), name)
        with suppress(StoreError):
            found.user = str(found._one("SELECT currentUser()"))
        return found

    @classmethod
    def of_directory(cls, directory: Path, lock: DirectoryLock) -> Self:
        """Ask the embedded store of a directory that is there; whoever asks holds its lock."""
        del lock  # only to be held
        return cls(connect.embedded(directory, READER), NAME)

    def exists(self) -> bool:
        """Tell whether the database is there."""
        return bool(self._one(f"EXISTS DATABASE `{self.name}`"))

    def applied(self) -> set[int]:
        """Return the numbers of the migrations that were applied."""
        if not self._one(f"EXISTS TABLE `{self.name}`.migrations"):
            return set()
        return {int(number) for (number,) in self._rows(f"SELECT number FROM `{self.name}`.migrations FINAL")}  # noqa: S608

    def moment(self) -> datetime:
        """Return the server's time."""
        return utc(self._one("SELECT now64(6, 'UTC')"))

    def newest(self) -> datetime | None:
        """Return when the newest stored call was inserted, by the server's own clock; None without calls."""
        found = self._rows(f"SELECT count(), max(inserted_at) FROM `{self.name}`.generations")  # noqa: S608
        count, at = found[0]
        return utc(at) if count else None

    def undelivered(self) -> list[Undelivered]:
        """Return the receivers with notifications that did not arrive."""
        waits = "state = 'waiting' AND attempts > 0"
        lost = "state = 'failed' AND updated_at > now() - INTERVAL 1 DAY"
        sql = f"""SELECT receiver, countIf({waits}), countIf({lost}), argMax(message, updated_at)
            FROM `{self.name}`.deliveries FINAL WHERE ({waits}) OR ({lost})
            GROUP BY receiver ORDER BY receiver"""  # noqa: S608
        return [Undelivered(*row) for row in self._rows(sql)]

    def heartbeat(self) -> datetime | None:
        """Return when a receiver last took a heartbeat; None where none ever did."""
        sql = f"SELECT value FROM `{self.name}`.meta FINAL WHERE name = 'heartbeat'"  # noqa: S608
        found = self._rows(sql)
        return datetime.fromisoformat(str(found[0][0])) if found else None

    def refused_rights(self) -> list[str]:
        """Return those of RIGHTS that our user lacks on the database."""
        return [right for right in RIGHTS if not int(self._one(f"CHECK GRANT {right} ON `{self.name}`.*"))]

    def disks(self) -> list[Disk]:
        """Return the server's disks."""
        return [Disk(*row) for row in self._rows("SELECT name, free_space, total_space FROM system.disks")]

    def size(self) -> int:
        """Return the bytes that our tables take on disk here."""
        sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND"
        return int(self._one(f"{sql} {self._ours}"))

    def replicas(self) -> list[Replica]:
        """Return the copies of our tables that this server keeps; none where nothing is replicated."""
        sql = "SELECT table, NOT is_readonly AND NOT is_session_expired, absolute_delay FROM system.replicas"
        return [
            Replica(table, bool(writable), int(delay))
            for table, writable, delay in self._rows(f"{sql} WHERE {self._ours} ORDER BY table")
        ]

    def kept_days(self) -> dict[str, int]:
        """Return for how many days each table keeps a row, 0 where it says nothing."""
        days = r"toUInt32OrZero(extract(create_table_query, 'TTL .*toIntervalDay\\((\\d+)\\)'))"
        sql = f"SELECT name, {days} FROM system.tables WHERE {self._ours} AND engine LIKE '%MergeTree'"  # noqa: S608
        return {name.removesuffix("_shard"): int(found) for name, found in self._rows(sql)}

    @property
    def _ours(self) -> str:
        return f"database = '{self.name}'"

    def _one(self, sql: str) -> Any:  # noqa: ANN401 - whatever was asked for
        return self._rows(sql)[0][0]

    def _rows(self, sql: str) -> Sequence[Sequence[Any]]:
        with named(sql):
            found: Sequence[Sequence[Any]] = self._client.query(sql).result_rows
            return found

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
