"""A snapshot of the catalogue as a file: gzipped JSON, the same bytes for the same snapshot."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import msgspec

from services.advisor.entry import Snapshot
from services.advisor.errors import CatalogueError

SHIPPED = Path(__file__).parent / "data" / "catalogue.json.gz"


def read(file: Path | None = None) -> Snapshot:
    """Return the snapshot in a file, the shipped one by default.

    Raises
    ------
    CatalogueError : it is none, or a fact in it has the wrong type; the message says where
    OSError : there is no such file
    """
    packed = (file or SHIPPED).read_bytes()
    try:
        return msgspec.json.decode(gzip.decompress(packed), type=Snapshot)
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file or SHIPPED} is no catalogue: {error}") from error


def write(snapshot: Snapshot, file: Path) -> int:
    """Write a snapshot, without a time stamp in it, and return its bytes; half of one replaces nothing."""
    packed = gzip.compress(msgspec.json.encode(snapshot), compresslevel=9, mtime=0)
    part = file.with_name(file.name + ".part")
    part.write_bytes(packed)
    part.replace(file)
    return len(packed)
