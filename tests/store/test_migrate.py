from __future__ import annotations

from pathlib import Path

import pytest

from store import migrate, retention, views
from store.database import Database
from store.errors import StoreError
from store.migrate import Migration

MIGRATIONS = migrate.migrations()


def test_nothing_missing(database: Database) -> None:
    """A fresh store has every migration, in order, and nothing is applied a second time."""
    applied = database.query("SELECT number, name FROM migrations FINAL ORDER BY number")
    assert applied["name"] == [migration.name for migration in MIGRATIONS]
    assert migrate.apply(database) == []


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: migration.name)
def test_rerun(database: Database, migration: Migration) -> None:
    """Each migration is one statement that changes nothing when it is run again."""
    before = _declared(database)
    (statement,) = migrate.render(migration.sql)
    database.command(statement)
    assert _declared(database) == before
    assert "{" not in statement
    assert not any(";" in line for line in migration.sql.splitlines() if not line.startswith("--"))


def test_keys_begin_with_tenant(database: Database) -> None:
    """Every table's key begins with the tenant; the record of migrations belongs to nobody."""
    found = database.query(
        "SELECT name, sorting_key FROM system.tables WHERE database = currentDatabase() "
        "AND engine LIKE '%MergeTree' AND name != 'migrations'"
    )
    assert len(found["name"]) == sum("CREATE TABLE" in migration.sql for migration in MIGRATIONS)
    assert all(key.startswith("tenant") for key in found["sorting_key"])


def test_key_of_generations(database: Database) -> None:
    """Identity is tenant, hour, route, model and event id, and the partition follows from the event."""
    found = database.rows(
        "SELECT sorting_key, partition_key FROM system.tables "
        "WHERE database = currentDatabase() AND name = 'generations'"
    )
    key = "tenant, toStartOfHour(occurred_at), route, request_model, event_id"
    assert found == [{"sorting_key": key, "partition_key": "toYYYYMM(occurred_at)"}]


def test_retention(database: Database) -> None:
    """Every table but the few values the program keeps for itself forgets, after the stated days."""
    found = database.rows(
        "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() "
        "AND engine LIKE '%MergeTree' AND name NOT IN ('migrations', 'meta', 'monitor_state', 'erasures')"
    )
    assert {row["name"] for row in found} == set(retention.DAYS)
    for row in found:
        assert f"toIntervalDay({retention.DAYS[row['name']]})" in row["engine_full"]


def test_retention_changed(database: Database) -> None:
    """A table that was made when rows stayed for another time gets the present one, once."""
    database.command("ALTER TABLE minutes MODIFY TTL toDateTime(computed_at) + INTERVAL 7 DAY")
    assert retention.renew(database) == ["minutes"]
    test_retention(database)
    assert retention.renew(database) == []


def test_gap(tmp_path: Path) -> None:
    """A missing number is refused before anything is applied."""
    for name in ("0001_a.sql", "0003_c.sql"):
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(StoreError, match="without a gap"):
        migrate.migrations(tmp_path)


def test_newer_store(database: Database) -> None:
    """A store made by a newer program is refused with what to do."""
    with pytest.raises(StoreError, match="update fmwatch"):
        migrate.apply(database, MIGRATIONS[:-1])


def test_views_renewed(database: Database) -> None:
    """Views that are missing, or of another version, are made anew; those that fit are left alone."""
    database.command("DROP VIEW v_calls")
    views.renew(database)
    found = database.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name"
    )
    assert found["name"] == sorted(views.statements())


def _declared(database: Database) -> list[dict[str, object]]:
    return database.rows(
        "SELECT table, name, type, default_kind FROM system.columns "
        "WHERE database = currentDatabase() ORDER BY table, position"
    )
