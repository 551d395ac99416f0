from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from store import migrate, retention, views
from store.database import Database
from store.errors import StoreError
from store.layout import PLAIN, SHARDED, Layout

REPLICATED = Layout("fm")
DISTRIBUTED = Layout("fm", sharded=True)
LAYOUTS = pytest.mark.parametrize(
    "layout", [PLAIN, REPLICATED, DISTRIBUTED], ids=["plain", "replicated", "distributed"]
)

# One of the facts, and one of the tables that are made of them.
FACTS = """\
-- Where each text lies.
CREATE TABLE IF NOT EXISTS embeddings {cluster}
(
    tenant String,
    at DateTime MATERIALIZED now()
)
ENGINE = {replacing}(at)
ORDER BY tenant
TTL at + INTERVAL {embeddings_days} DAY"""
ALERTS = """\
CREATE TABLE IF NOT EXISTS alerts {cluster} (tenant String, at DateTime)
ENGINE = {replacing}(at)
ORDER BY tenant"""

PLAIN_FACTS = """\
-- Where each text lies.
CREATE TABLE IF NOT EXISTS embeddings \n\
(
    tenant String,
    at DateTime MATERIALIZED now()
)
ENGINE = ReplacingMergeTree(at)
ORDER BY tenant
TTL at + INTERVAL 35 DAY"""
REPLICATED_FACTS = """\
-- Where each text lies.
CREATE TABLE IF NOT EXISTS embeddings ON CLUSTER `fm`
(
    tenant String,
    at DateTime MATERIALIZED now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/{table}', '{shard}-{replica}', at)
ORDER BY tenant
TTL at + INTERVAL 35 DAY"""
FACTS_OF_A_SHARD = """\
-- Where each text lies.
CREATE TABLE IF NOT EXISTS embeddings_shard ON CLUSTER `fm`
(
    tenant String,
    at DateTime MATERIALIZED now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/{table}/{shard}', '{replica}', at)
ORDER BY tenant
TTL at + INTERVAL 35 DAY"""
FACTS_OF_ALL = """\
CREATE TABLE IF NOT EXISTS embeddings ON CLUSTER `fm` AS embeddings_shard
ENGINE = Distributed('fm', currentDatabase(), 'embeddings_shard', cityHash64(tenant, route))"""
REPLICATED_ALERTS = """\
CREATE TABLE IF NOT EXISTS alerts ON CLUSTER `fm` (tenant String, at DateTime)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/{table}', '{shard}-{replica}', at)
ORDER BY tenant"""


@pytest.mark.parametrize(
    ("layout", "sql", "statements"),
    [
        (PLAIN, FACTS, [PLAIN_FACTS]),
        (REPLICATED, FACTS, [REPLICATED_FACTS]),
        (DISTRIBUTED, FACTS, [FACTS_OF_A_SHARD, FACTS_OF_ALL]),
        (REPLICATED, ALERTS, [REPLICATED_ALERTS]),
        (DISTRIBUTED, ALERTS, [REPLICATED_ALERTS]),
    ],
)
def test_spelled(layout: Layout, sql: str, statements: list[str]) -> None:
    """Facts lie on shards behind a table that gathers them; everything else is whole on every server."""
    assert migrate.render(sql, layout) == statements


@LAYOUTS
def test_engine_reads_it(database: Database, layout: Layout) -> None:
    """Every statement of every layout is one that ClickHouse's own parser reads; no placeholder is left."""
    for statement in _statements(layout):
        database.query("SELECT formatQuery({sql:String}) AS read", {"sql": statement})
        braces = set(re.findall(r"\{\w+\}", statement))
        assert braces <= {"{database}", "{table}", "{shard}", "{replica}"}
        assert layout is not PLAIN or not braces


@LAYOUTS
def test_forgets(layout: Layout) -> None:
    """In every layout the table that holds the rows forgets after the stated days, on its shard too."""
    kept = {}
    for statement in _statements(layout):
        if days := re.search(r"^TTL .* \+ INTERVAL (\d+) DAY$", statement, re.MULTILINE):
            (table,) = re.findall(r"^CREATE TABLE IF NOT EXISTS (\w+)", statement, re.MULTILINE)
            kept[table.removesuffix("_shard")] = int(days.group(1))
            assert table.endswith("_shard") == (layout.sharded and table.removesuffix("_shard") in SHARDED)
    assert kept == retention.DAYS


def test_forgets_later(database: Database) -> None:
    """Where rows are to stay for another time than a table says, every server's shard is told so."""
    told = _Told(DISTRIBUTED)
    told.tables = {
        "name": ["alerts", "embeddings_shard", "generations_shard"],
        "engine_full": [
            f"ReplicatedReplacingMergeTree() TTL toDateTime({column}) + toIntervalDay({days}) SETTINGS a = 1"
            for column, days in (("updated_at", 1200), ("inserted_at", 34), ("inserted_at", 30))
        ],
    }
    assert retention.renew(told) == told.tables["name"][1:]  # type: ignore[arg-type]  # writes down what it is told
    assert told.statements == [
        f"ALTER TABLE {table}_shard ON CLUSTER `fm` MODIFY TTL toDateTime(inserted_at) + INTERVAL {days} DAY"
        for table, days in (("embeddings", 35), ("generations", 400))
    ]
    for statement in told.statements:
        database.query("SELECT formatQuery({sql:String}) AS read", {"sql": statement})


@pytest.mark.parametrize("layout", [REPLICATED, DISTRIBUTED], ids=["replicated", "distributed"])
def test_reaches_every_server(layout: Layout) -> None:
    """Every definition says which servers it is for, and every table of rows is replicated."""
    for statement in _statements(layout):
        assert "ON CLUSTER `fm`" in statement
        assert not re.search(r"= ReplacingMergeTree", statement)


def test_shards_by_identity(database: Database) -> None:
    """Which shard an event belongs to follows from its identity: a repeat meets the first one there."""
    for table in SHARDED:
        (found,) = database.rows(
            "SELECT sorting_key FROM system.tables "
            "WHERE database = currentDatabase() AND name = {name:String}",
            {"name": table},
        )
        assert {"tenant", "route"} <= set(found["sorting_key"].split(", "))


@pytest.mark.parametrize("migration", migrate.migrations(), ids=lambda migration: migration.name)
def test_only_tables_are_made(migration: migrate.Migration) -> None:
    """A migration makes a table, or adds a column or index: others do not reach the shards yet."""
    made = re.findall(r"^(?!--|\s|[()]|$).*", migration.sql, re.MULTILINE)
    if made[0].startswith("ALTER"):
        assert re.fullmatch(r"ALTER TABLE \w+ \{cluster\} ADD (COLUMN|INDEX) IF NOT EXISTS [^;]+", made[0])
        assert len(made) == 1
        return
    assert made[0].startswith("CREATE TABLE IF NOT EXISTS ")
    assert made[0].endswith(" {cluster}")
    assert all(line.split()[0] in {"ENGINE", "PARTITION", "ORDER", "TTL", "SETTINGS"} for line in made[1:])


def test_views_everywhere() -> None:
    """A store of several servers has its database, tables, record of migrations and views on all of them."""
    told = _Told(DISTRIBUTED)
    migrate.apply(told)  # type: ignore[arg-type]  # writes down what it is told
    views.renew(told)  # type: ignore[arg-type]  # as above
    made = [sql for sql in told.statements if sql.startswith("CREATE") or "CREATE TABLE" in sql]
    tables = [one for one in migrate.migrations() if "CREATE TABLE" in one.sql]
    assert len(made) == 1 + len(tables) + len(SHARDED) + len(views.statements())
    assert all("ON CLUSTER `fm`" in sql for sql in made)


@pytest.mark.parametrize("name", ["a b", "a`b", "a'b", "ü"])
def test_senseless_name(name: str) -> None:
    """A cluster's name that would have to be quoted is refused."""
    with pytest.raises(StoreError, match="no name for a cluster"):
        Layout(name)


def test_shards_of_nothing() -> None:
    """Shards without a cluster are refused."""
    with pytest.raises(StoreError, match="name the cluster"):
        Layout(sharded=True)


class _Told:
    """A store that remembers what it was told and holds nothing."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.statements: list[str] = []
        self.tables: dict[str, list[Any]] = {"number": [], "value": [], "name": []}

    def command(self, sql: str, _: object = None) -> None:
        self.statements.append(sql)

    def query(self, _sql: str, _: object = None) -> dict[str, list[Any]]:
        return self.tables

    def insert(self, *_: object) -> None:
        pass

    def moment(self) -> None:
        pass


def _statements(layout: Layout) -> Iterator[str]:
    for sql in (migrate.VERSIONS, *(migration.sql for migration in migrate.migrations())):
        yield from migrate.render(sql, layout)


def test_changed_table() -> None:
    """A change of a table reaches every server; of a divided one each part first, then what gathers them."""
    sql = "-- Why.\nALTER TABLE generations {cluster} ADD COLUMN IF NOT EXISTS a String"
    assert PLAIN.spell(sql) == ["-- Why.\nALTER TABLE generations  ADD COLUMN IF NOT EXISTS a String"]
    assert [one.splitlines()[1] for one in DISTRIBUTED.spell(sql)] == [
        "ALTER TABLE generations_shard ON CLUSTER `fm` ADD COLUMN IF NOT EXISTS a String",
        "ALTER TABLE generations ON CLUSTER `fm` ADD COLUMN IF NOT EXISTS a String",
    ]


def test_index() -> None:
    """An index is made where the rows are; what gathers the parts of a divided table can have none."""
    sql = "ALTER TABLE generations {cluster} ADD INDEX IF NOT EXISTS a b TYPE minmax"
    assert PLAIN.spell(sql) == [sql.replace("{cluster}", "")]
    assert DISTRIBUTED.spell(sql) == [
        "ALTER TABLE generations_shard ON CLUSTER `fm` ADD INDEX IF NOT EXISTS a b TYPE minmax"
    ]
