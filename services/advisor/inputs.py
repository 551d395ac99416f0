"""Where a public list is read from: a file, a folder, or a URL that sends it again only when it changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import msgspec

from services.advisor.errors import CatalogueError, ListAway

TIMEOUT_S = 30.0
MOST_BYTES = 64 << 20  # the largest list has 4 MB


class Input(msgspec.Struct, frozen=True):
    """One list on this machine.

    Attributes
    ----------
    as_of : the day on which it was read, YYYY-MM-DD
    url, etag : where it came from, and its version there; empty for a file
    stale : why an earlier copy is used, empty otherwise
    """

    path: Path
    as_of: str
    url: str = ""
    etag: str = ""
    stale: str = ""


class _Note(msgspec.Struct):
    """What is remembered beside a copy."""

    url: str
    etag: str
    read_on: str


def found(where: str, cache: Path, today: date, transport: httpx2.BaseTransport | None = None) -> Input:
    """Return a list by path or URL.

    A file is as old as it says itself (its time of change). A URL is asked with the ETag of the copy that
    is here, so that an unchanged list is not sent again; while it does not answer, that copy is used.

    Raises
    ------
    CatalogueError : there is no such file
    ListAway : the URL does not answer, and there is no copy
    """
    if where.startswith(("https://", "http://")):
        return _fetched(where, cache, today, transport)
    path = Path(where)
    if not path.exists():
        raise CatalogueError(f"{where} does not exist: name a file, a folder or a URL")
    return Input(path, datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat())


def usual_cache() -> Path:
    """Return where copies are kept when nobody says where."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fmwatch" / "lists"


def _fetched(url: str, cache: Path, today: date, transport: httpx2.BaseTransport | None) -> Input:
    copy = cache / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{url.rsplit('/', 1)[-1][:60]}"
    noted = copy.with_name(copy.name + ".note")
    known = _known(noted) if copy.exists() else None
    try:
        with _asked(url, known.etag if known else "", transport) as answer:
            if answer.status_code == httpx2.codes.NOT_MODIFIED and known:
                note = _Note(url, known.etag, today.isoformat())
            else:
                answer.raise_for_status()
                _write(copy, answer)
                note = _Note(url, answer.headers.get("etag", ""), today.isoformat())
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        if known is None:
            raise ListAway(f"{url} cannot be read: {error}; try again, or name a file instead") from error
        return Input(copy, known.read_on, url, known.etag, f"does not answer ({error})")
    noted.write_bytes(msgspec.json.encode(note))
    return Input(copy, note.read_on, url, note.etag)


@contextmanager
def _asked(url: str, etag: str, transport: httpx2.BaseTransport | None) -> Iterator[httpx2.Response]:
    headers = {"If-None-Match": etag} if etag else {}
    with (
        httpx2.Client(transport=transport, timeout=TIMEOUT_S, follow_redirects=True) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        yield answer


def _write(copy: Path, answer: httpx2.Response) -> None:
    """Write an answer beside the copy, then in its place: half an answer replaces nothing."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = copy.with_name(copy.name + ".part")
    size = 0
    with part.open("wb") as file:
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > MOST_BYTES:
                raise CatalogueError(f"{answer.url} is over {MOST_BYTES >> 20} MB: no list is so long")
            file.write(piece)
    part.replace(copy)


def _known(noted: Path) -> _Note | None:
    try:
        return msgspec.json.decode(noted.read_bytes(), type=_Note)
    except (OSError, msgspec.MsgspecError):
        return None
