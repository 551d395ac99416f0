"""The folder an export is written to: files of bounded size, and last the manifest that proves them whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from pyarrow.parquet import read_metadata

from services.alert_json import stamp
from services.export.routes import Table
from store.errors import StoreError
from store.export import SOURCES, Format, Part, Wanted, listed, select

MANIFEST = "manifest.json"
VERSION = 1

Document = dict[str, Any]
Told = Callable[[int, int], object]  # files written, of how many


class Source(Protocol):
    """Gives the parts of an export; may block, raises StoreUnavailable."""

    def table(self, wanted: Wanted, name: str) -> Table:
        """Return columns and parts of a table."""

    def content(self, wanted: Wanted, part: Part, form: Format) -> bytes:
        """Return one part as a file."""


def write(
    source: Source,
    wanted: Wanted,
    out: Path,
    form: Format,
    made_at: datetime,
    *,
    told: Told = lambda *_: None,
) -> Document:
    """Write the files and the manifest; return the manifest. One file at a time is in memory.

    Raises
    ------
    StoreError : the folder holds something already
    """
    if out.exists() and any(out.iterdir()):
        raise StoreError(
            f"{out} is not empty: name a folder that is, so that the manifest is about all of it"
        )
    out.mkdir(parents=True, exist_ok=True)
    tables = {name: source.table(wanted, name) for name in wanted.sources}
    total = sum(len(table.parts) for table in tables.values())
    files: list[Document] = []
    for table in tables.values():
        for number, part in enumerate(table.parts, 1):
            name = f"{part.table}-{number:05}.{form}"
            files.append(_file(out / name, source.content(wanted, part, form), part, form))
            told(len(files), total)
    manifest = _manifest(wanted, form, made_at, tables, files)
    (out / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def _file(path: Path, content: bytes, part: Part, form: Format) -> Document:
    path.write_bytes(content)
    return {
        "name": path.name,
        "table": part.table,
        "rows": _rows(content, form),
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
        "from": stamp(part.since),
        "to": stamp(part.until),
        "part": [part.number, part.of],
    }


def _rows(content: bytes, form: Format) -> int:
    """Count the rows of a file; those of a part were counted before it was read, and may have become more."""
    if form == "jsonl":
        return content.count(b"\n")
    return int(read_metadata(BytesIO(content)).num_rows)


def _manifest(
    wanted: Wanted, form: Format, made_at: datetime, tables: dict[str, Table], files: list[Document]
) -> Document:
    return {
        "manifest": VERSION,
        "fmwatch": version("fmwatch-server"),
        "made_at": stamp(made_at),
        "asked": {
            "from": stamp(wanted.since),
            "to": stamp(wanted.until),
            "tenant": wanted.tenant or None,
            "route": wanted.route or None,
            "content": wanted.content,
            "format": form,
        },
        "tables": {
            name: {
                "rows": sum(one["rows"] for one in files if one["table"] == name),
                "columns": table.columns,
                "left_out": [] if wanted.content else list(SOURCES[name].content),
                "query": select(wanted, name, listed(table.columns)),
            }
            for name, table in tables.items()
        },
        "files": files,
    }
