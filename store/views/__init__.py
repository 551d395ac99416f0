"""What the other rooms read: one view per question, renewed when the program's version changes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from store import meta
from store.retention import DAYS
from store.sums import HISTOGRAM_BASE, SUMS

if TYPE_CHECKING:
    from store.database import Database

FOLDER = Path(__file__).parent
_VERSION = "views_version"
# Whoever may read a view reads it with the rights of its maker, and needs none on the tables behind it.
_RIGHTS = "DEFINER = CURRENT_USER SQL SECURITY DEFINER"


def statements() -> dict[str, str]:
    """Return each view's SELECT by the view's name, its shared expressions filled in."""
    # SQL from our own files only; nothing from outside is ever rendered.
    environment = Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined)  # noqa: S701
    names = sorted(path.stem for path in FOLDER.glob("v_*.sql"))
    shared = {"days": DAYS, "sums": list(SUMS), "base": HISTOGRAM_BASE}
    return {name: environment.get_template(f"{name}.sql").render(shared) for name in names}


def renew(database: Database) -> None:
    """Make every view anew wherever they are not this version's, so that they always fit its tables."""
    wanted = statements()
    version = sha256("\0".join((_RIGHTS, *wanted.values())).encode()).hexdigest()
    if meta.recall(database, _VERSION) == version and _present(database) >= wanted.keys():
        return
    for name, select in wanted.items():
        database.command(f"CREATE OR REPLACE VIEW {name} {database.layout.on_cluster} {_RIGHTS} AS\n{select}")
    meta.remember(database, _VERSION, version)


def _present(database: Database) -> set[str]:
    sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    return set(database.query(sql)["name"])
