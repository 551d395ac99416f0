"""What the other rooms read: one view per question, renewed at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from store.retention import DAYS
from store.sums import HISTOGRAM_BASE, SUMS

if TYPE_CHECKING:
    from store.database import Database

FOLDER = Path(__file__).parent


def statements() -> dict[str, str]:
    """Return each view's SELECT by the view's name, its shared expressions filled in."""
    # SQL from our own files only; nothing from outside is ever rendered.
    environment = Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined)  # noqa: S701
    names = sorted(path.stem for path in FOLDER.glob("v_*.sql"))
    shared = {"days": DAYS, "sums": list(SUMS), "base": HISTOGRAM_BASE}
    return {name: environment.get_template(f"{name}.sql").render(shared) for name in names}


def renew(database: Database) -> None:
    """Make every view anew, so that they always fit this version's tables."""
    for name, select in statements().items():
        database.command(f"CREATE OR REPLACE VIEW {name} AS\n{select}")
