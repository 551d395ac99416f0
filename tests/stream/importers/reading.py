"""Reads sample files as `fmwatch replay` does."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stream.importers.formats import sources
from stream.importers.names import Format
from stream.sources import Source

DATA = Path(__file__).parent / "data"


def opened(*names: str, format_: Format | None = None, folder: Path = DATA) -> Sequence[Source]:
    """Return the sources of files."""
    return sources([folder / name for name in names], folder, format_)


def events(*names: str, format_: Format | None = None, folder: Path = DATA) -> list[dict[str, Any]]:
    """Return every line of files, also what became a dead letter."""
    made = opened(*names, format_=format_, folder=folder)
    return [json.loads(line.raw) for source in made for line in source.lines()]


def by_id(*names: str) -> dict[str, dict[str, Any]]:
    """Return the events of files by their id."""
    return {event["event_id"]: event for event in events(*names) if "event_id" in event}
