"""`fmwatch export`: files of what is stored, and their manifest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from services.config import Config
from services.export.folder import MANIFEST, Source, Told, write
from services.export.remote import running
from services.export.routes import Reading
from services.running import present
from services.wall import now
from services.wiring import opened
from store.database import Database
from store.export import Format, Wanted


def run(
    data: Path, config_file: Path | None, wanted: Wanted, out: Path, form: Format, *, as_json: bool
) -> None:
    """Write the files, and say what they hold."""
    with _source(data, Config.load(config_file)) as source, _bar() as told:
        manifest = write(source, wanted, out, form, now(), told=told)
    if as_json:
        sys.stdout.write(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
        return
    for name, table in manifest["tables"].items():
        sys.stdout.write(f"{table['rows']:>14,} {name}\n")
    size = sum(one["bytes"] for one in manifest["files"])
    sys.stdout.write(
        f"{len(manifest['files']):,} files, {size:,} bytes; {out / MANIFEST} has their SHA-256\n"
    )


@contextmanager
def _source(data: Path, config: Config) -> Iterator[Source]:
    """Open where the configuration says the data is: a ClickHouse server, else a data directory."""
    if config.store.clickhouse:
        with opened(config) as database:
            yield Reading(database)
        return
    with running(data) as server:
        if server is not None:
            yield server
            return
    present(data)
    with Database.open(data) as database:
        yield Reading(database)


@contextmanager
def _bar() -> Iterator[Told]:
    """Show on a terminal how many files are written."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("export", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
