"""Pictures of the Grafana dashboards, drawn without Grafana: python -m bench.boards [docs/dashboards]."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click

from bench import board_rows
from bench.panels import HOURS, NAMES
from bench.screenshot import take
from dashboards.board import Board
from dashboards.boards import BOARDS
from dashboards.build import GRAFANA, OUT
from dashboards.drawing.sheet import Sheet
from dashboards.plugin import ALL, Shown
from services.advisor.catalogue import Catalogue
from services.config import Config
from services.demo.command import Pipeline
from services.demo.demo import config, planned, run
from services.demo.fleet import fleet
from services.run import Embedded
from store.database import Database

CHOSEN = {**dict.fromkeys(NAMES, ALL), "allowed": ("0.01",)}
# Most incidents of the demo begin twelve days before its end: a week is shown that ends when some are open.
BEFORE_END = {"now-24h": timedelta(days=9, hours=6), "now-7d": timedelta(days=7, hours=6)}
COLOURS = "64"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs/dashboards"))
@click.option("--only", multiple=True, help="Uid of a dashboard.")
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="The demo's store: made or used again."
)
def main(folder: Path, only: tuple[str, ...], keep: Path | None) -> None:
    """Draw every dashboard as PNG from its committed JSON, with what the demo's four weeks have for it.

    Needs headless Chromium, and pngquant for pictures of a third of the size.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        demo(keep or Path(scratch) / "store") as (database, end),
    ):
        for board in BOARDS:
            if not only or board.uid in only:
                page = Path(scratch) / f"{board.uid}.html"
                drawn = sheet(board, database, end)
                page.write_text(drawn.html(), "utf-8")
                target = folder / f"{board.uid.removeprefix('fmwatch-')}.png"
                take(page.as_uri(), target, drawn.size)
                _shrink(target)


def sheet(board: Board, database: Database, end: datetime) -> Sheet:
    """Return a dashboard over the time that it shows at first."""
    until = end - BEFORE_END.get(board.since, timedelta())
    document = json.loads((OUT / GRAFANA / "dashboards" / f"{board.uid}.json").read_text("utf-8"))
    return Sheet(document, database.query, CHOSEN, Shown(until - timedelta(hours=HOURS[board.since]), until))


@contextmanager
def demo(directory: Path) -> Iterator[tuple[Database, datetime]]:
    """Open a store with the demo's days and what is arranged beside them; made where there is none yet."""
    plan = planned(seed=3, days=28, incidents="all", as_of=Catalogue.load().as_of)
    if not directory.exists():
        with Embedded(directory, Config.parse(config(fleet())), lambda: plan.end) as embedded:
            run(plan, Pipeline(embedded, plan))
            board_rows.add(embedded.database, plan.end)
    with Database.open(directory) as database:
        yield database, plan.end


def _shrink(picture: Path) -> None:
    program = shutil.which("pngquant")
    if program:
        command = [program, "--force", "--speed", "3", "--output", str(picture), COLOURS, str(picture)]
        subprocess.run(command, check=True, timeout=60)  # noqa: S603 - the system's program and our own words


if __name__ == "__main__":
    main()
