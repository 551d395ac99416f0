"""Whether a server runs on a data directory, and whether the directory is there at all."""

from __future__ import annotations

import json
from pathlib import Path

from services.serve import SERVER
from store.errors import StoreError
from stream.sqlite_log import FILE


def noted_url(data: Path) -> str:
    """Return where the server of a directory says it is; "" where none says so.

    A server that was killed could not take its note away: its port may be anybody's by now.
    """
    return _noted(data, "url")


def noted_headers(data: Path) -> dict[str, str]:
    """Return what lets a command in that may read the directory, where the server asks for tokens."""
    token = _noted(data, "token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _noted(data: Path, name: str) -> str:
    try:
        return str(json.loads((data / SERVER).read_text("utf-8"))[name])
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return ""


def present(data: Path) -> None:
    """Check that there is something to ask.

    Raises
    ------
    StoreError : there is no such data directory
    """
    if not (data / FILE).exists():
        raise StoreError(
            f"there is no data directory {data}; name another with --data, or fill it: fmwatch replay"
        )
