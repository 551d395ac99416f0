"""Where tables lie, and how that is spelled: on one server, on replicas, on shards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.errors import StoreError

# Only the facts are ever too much for one server. What is made of them is small and lies whole on every
# server, so that a view may join it and a rollup reads what it has just written.
SHARDED = frozenset({"generations", "embeddings"})
# Part of the key of both, and of the event: a call that arrives again meets itself on its shard.
SHARD_KEY = "cityHash64(tenant, route)"
SHARD = "_shard"  # what the name of a table ends in that holds a part of the facts

_ALTER = re.compile(r"^ALTER TABLE (\w+) \{cluster\}", re.MULTILINE)
_INDEX = re.compile(r"^ALTER TABLE \w+ \{cluster\} ADD INDEX ", re.MULTILINE)
_CREATE = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+) \{cluster\}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Layout:
    """The servers that hold the store.

    A process is given the address of one of them, not of a balancer: what is written to one server reaches
    the others a little later. The servers must have the macros `shard` and `replica`, and their cluster
    `internal_replication`, as is usual.

    Attributes
    ----------
    cluster : its name in the servers' configuration; empty for a single server
    sharded : the facts are divided among the shards; otherwise every server has everything

    Raises
    ------
    StoreError : shards without a cluster, or a name that needs quotes
    """

    cluster: str = ""
    sharded: bool = False

    def __post_init__(self) -> None:
        if self.sharded and not self.cluster:
            raise StoreError("a store is divided among the shards of a cluster: name the cluster")
        if not re.fullmatch(r"[\w.-]*", self.cluster, re.ASCII):
            raise StoreError(
                f"{self.cluster!r} is no name for a cluster: letters, digits, underscores, dots, hyphens"
            )

    @property
    def on_cluster(self) -> str:
        """The clause by which a definition reaches every server."""
        return f"ON CLUSTER `{self.cluster}`" if self.cluster else ""

    def spell(self, sql: str) -> list[str]:
        """Return a definition, with `{cluster}` and `{replacing}` in it, as the statements it means here."""
        altered = _ALTER.search(sql)
        if altered:
            return [one.replace("{cluster}", self.on_cluster) for one in self._both(sql, altered.group(1))]
        found = _CREATE.search(sql)
        table = found.group(1) if found else ""
        sharded = self.sharded and table in SHARDED
        if sharded:
            sql = _CREATE.sub(f"CREATE TABLE IF NOT EXISTS {table}{SHARD} {{cluster}}", sql)
        spelled = sql.replace("{replacing}(", self._engine(sharded)).replace("{cluster}", self.on_cluster)
        return [spelled, self._gathered(table)] if sharded else [spelled]

    def _both(self, sql: str, table: str) -> list[str]:
        """Return a change of a table that is divided as one of each part, then of what gathers them.

        What gathers them holds no rows, and can have no index.
        """
        if not (self.sharded and table in SHARDED):
            return [sql]
        parts = _ALTER.sub(f"ALTER TABLE {table}{SHARD} {{cluster}}", sql)
        return [parts] if _INDEX.search(sql) else [parts, sql]

    def _engine(self, sharded: bool) -> str:
        if not self.cluster:
            return "ReplacingMergeTree("
        # The servers fill in what stands in braces. Replicas of one path hold the same rows.
        path, replica = "/clickhouse/tables/{database}/{table}", "{shard}-{replica}"
        if sharded:
            path, replica = "/clickhouse/tables/{database}/{table}/{shard}", "{replica}"
        return f"ReplicatedReplacingMergeTree('{path}', '{replica}', "

    def _gathered(self, table: str) -> str:
        return (
            f"CREATE TABLE IF NOT EXISTS {table} {self.on_cluster} AS {table}{SHARD}\n"
            f"ENGINE = Distributed('{self.cluster}', currentDatabase(), '{table}{SHARD}', {SHARD_KEY})"
        )


PLAIN = Layout()
