"""`fmwatch dead-letters`: list, show, replay."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.dead_letters import told
from services.dead_letters.desk import answers, desk
from services.dead_letters.reading import Document
from services.dead_letters.replaying import handed_in
from services.dead_letters.replays import unknown
from store.dead_letters import Asked

PIPED_WIDTH = 160  # where no screen bounds a line


def show_list(data: Path, asked: Asked, limit: int, *, as_json: bool) -> None:
    """Print the newest letters that are meant."""
    with answers(data) as source:
        found = source.listing(asked, limit)
        everything = found if found["total"] else source.listing(Asked(), 0)
    if as_json:
        _print_json(found)
    elif found["dead_letters"]:
        _print(told.listing(found, _width(), data))
    else:
        _print([told.nothing(everything)])


def show_one(data: Path, letter: str, *, as_json: bool) -> None:
    """Print everything about one letter."""
    with answers(data) as source:
        found = source.one(letter)
    if found is None:
        raise unknown(letter)
    if as_json:
        _print_json(found)
    else:
        _print(told.letter(found))


def replay(
    data: Path,
    config_file: Path | None,
    ids: Sequence[str],
    asked: Asked,
    *,
    restamp: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Hand letters in again, print what became of them, and return the exit code."""
    with desk(data, config_file, lambda: datetime.now(UTC)) as opened:
        done = handed_in(opened, ids, asked, restamp=restamp, dry_run=dry_run)
    if as_json:
        _print_json(done)
    else:
        _print(told.replayed(done, data))
    return 1 if done["refused"] else 0


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH


def _print_json(document: Document) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
