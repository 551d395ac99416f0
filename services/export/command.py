"""`fmwatch export`: files of what is stored, and their manifest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from services.config import Config
from services.export.folder import MANIFEST, Source, Told, write
from services.export.remote import PATIENCE_S, Server
from services.export.routes import Reading
from services.reach import reached
from services.wall import now
from store.export import Format, Wanted


def run(
    data: Path, config_file: Path | None, wanted: Wanted, out: Path, form: Format, *, as_json: bool
) -> None:
    """Write the files, and say what they hold."""
    with _source(data, config_file) as source, _bar() as told:
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


def _source(data: Path, config_file: Path | None) -> AbstractContextManager[Source]:
    return reached(data, Config.load(config_file), store=Reading, server=Server, patience_s=PATIENCE_S)


@contextmanager
def _bar() -> Iterator[Told]:
    """Show on a terminal how many files are written."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("export", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
