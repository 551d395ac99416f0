"""Whether a server runs on a data directory, and whether the directory is there at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from services.serve import SERVER
from store.errors import StoreError
from stream.sqlite_log import FILE

CONNECT_S = 5.0


def noted_url(data: Path) -> str:
    """Return where the server of a directory says it is; "" where none says so.

    A server that was killed could not take its note away: its port may be anybody's by now.
    """
    return _noted(data, "url")


def noted_headers(data: Path) -> dict[str, str]:
    """Return what lets a command in that may read the directory, where the server asks for tokens."""
    token = _noted(data, "token")
    return {"Authorization": f"Bearer {token}"} if token else {}


@contextmanager
def answering(data: Path, patience_s: float) -> Iterator[httpx2.Client | None]:
    """Yield a client of the server that runs on a directory; None where none of ours answers there.

    Parameters
    ----------
    patience_s : how long an answer may take
    """
    url = noted_url(data)
    if not url:
        yield None
        return
    timeout = httpx2.Timeout(patience_s, connect=CONNECT_S)
    with httpx2.Client(trust_env=False, timeout=timeout, headers=noted_headers(data), base_url=url) as client:
        yield client if _answers(client, data) else None


def _answers(client: httpx2.Client, data: Path) -> bool:
    """Tell whether it is one of ours; a server that was killed left its note behind.

    Whose process lives and does not answer in time is busy: whoever asks on is told so.
    """
    try:
        return "dead_letters" in client.get("/api/dead-letters.json", params={"limit": "0"}).json()
    except httpx2.ReadTimeout:
        return _lives(_noted(data, "pid"))
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError):
        return False


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, OSError):
        return False
    return True


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
