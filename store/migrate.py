"""Bring a store to the newest schema: numbered statements, each applied once, each harmless when repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store import retention
from store.errors import StoreError
from store.layout import PLAIN, Layout

if TYPE_CHECKING:
    from store.database import Database

FOLDER = Path(__file__).parent / "migrations"

# Every event goes there, with a hundred columns: small write buffers and merges column by column, or
# memory goes with the width; ten parts of a size before they merge, or rows are written twice as often.
_BULK = (
    "min_bytes_for_wide_part = 33554432, vertical_merge_algorithm_min_rows_to_activate = 20000, "
    "merge_selector_base = 10"
)

VERSIONS = """
CREATE TABLE IF NOT EXISTS migrations {cluster}
(
    number UInt32,
    name String,
    applied_at DateTime64(3, 'UTC')
)
ENGINE = {replacing}(applied_at) ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One statement with its place in the order."""

    number: int
    name: str
    sql: str


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return every migration of a folder in order; numbers are unique and have no gap."""
    found = [
        Migration(int(path.stem.split("_", 1)[0]), path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
    ]
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise StoreError(f"the migrations in {folder} must be numbered 1, 2, 3 ... without a gap")
    return found


def apply(database: Database, wanted: Sequence[Migration] | None = None) -> list[Migration]:
    """Apply what is missing, in order, and return it; the version row is written last.

    Where nothing is missing nothing is made: that takes no right to make tables.
    """
    done = _done(database)
    known = migrations() if wanted is None else list(wanted)
    if done and max(done) > len(known):
        raise StoreError(
            f"this store was made by a newer fmwatch (schema {max(done)}, this one knows {len(known)}): "
            "update fmwatch, or choose another data directory"
        )
    missing = [migration for migration in known if migration.number not in done]
    if missing:
        _run(database, VERSIONS)
    for migration in missing:
        _run(database, migration.sql)
        database.command(
            "INSERT INTO migrations SELECT {number:UInt32}, {name:String}, now64(3)",
            {"number": migration.number, "name": migration.name},
        )
    return missing


def render(sql: str, layout: Layout = PLAIN) -> list[str]:
    """Return a migration as the statements that bring it about on servers laid out so, in order."""
    sql = sql.replace("{bulk}", _BULK)
    for table, days in retention.DAYS.items():
        sql = sql.replace(f"{{{table}_days}}", str(days))
    return layout.spell(sql)


def columns(database: Database, table: str) -> dict[str, str]:
    """Return name and type of the columns an insert may name, as the store itself declares them."""
    found = database.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
        "AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY position",
        {"table": table},
    )
    if not len(found["name"]):
        raise StoreError(f"the store has no table {table}")
    return dict(zip(found["name"], found["type"], strict=True))


def _done(database: Database) -> set[int]:
    """Return the numbers of the migrations that are applied; none where their record is not there yet."""
    sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'"
    if not database.query(sql)["name"]:
        return set()
    return set(database.query("SELECT number FROM migrations FINAL")["number"])


def _run(database: Database, sql: str) -> None:
    for statement in render(sql, database.layout):
        database.command(statement)
