"""The body of a request in bounded memory, unpacked, and cut into events."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Annotated

import msgspec
from starlette.requests import Request

WIRE_BYTES = 4 * 1024 * 1024
INFLATED_BYTES = 16 * 1024 * 1024
BODY_S = (
    60.0  # in which a body must have come: slow enough for a bad line, too fast for who holds connections
)
MOST_EVENTS = 10_000  # of one body: a few packed kilobytes could hold millions of lines
MOST_MEMBERS = 100  # of one gzip body: each makes a copy of what comes after it
_GZIP = 31  # zlib's word for: gzip header, largest window
_LIST = msgspec.json.Decoder(Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MOST_EVENTS)])
_LINES = ("application/x-ndjson", "application/jsonl", "application/jsonlines", "text/plain")


class BodyError(Exception):
    """The body as a whole cannot be taken.

    Attributes
    ----------
    status : of the answer
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read(request: Request) -> bytes:
    """Return the unpacked body.

    Raises
    ------
    BodyError : too large as sent or unpacked, a broken or unknown packing, too slow
    """
    try:
        async with asyncio.timeout(BODY_S):
            wire = await _wire(request)
    except TimeoutError as error:
        raise BodyError(408, f"the body had not come after {BODY_S:g} seconds; send it again") from error
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return wire
    if encoding != "gzip":
        raise BodyError(415, f"Content-Encoding {encoding!r} is not understood; send gzip or none")
    return inflate(wire)


async def _wire(request: Request) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > WIRE_BYTES:
            raise BodyError(
                413, f"the body is larger than {WIRE_BYTES:,} bytes; send smaller batches, or gzip"
            )
        pieces.append(piece)
    return b"".join(pieces)


def inflate(packed: bytes, most: int = INFLATED_BYTES) -> bytes:
    """Return what a gzip body holds, never making more than `most` bytes of it."""
    pieces: list[bytes] = []
    left = most
    for _ in range(MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP)
        try:
            piece = member.decompress(packed, left + 1)
        except zlib.error as error:
            raise BodyError(400, "the body is not valid gzip") from error
        left -= len(piece)
        if left < 0:
            raise BodyError(
                413, f"the body is larger than {most:,} bytes when unpacked; send smaller batches"
            )
        if not member.eof:
            raise BodyError(400, "the gzip body ends in the middle")
        pieces.append(piece)
        packed = member.unused_data
        if not packed:
            return b"".join(pieces)
    raise BodyError(400, f"the gzip body has more than {MOST_MEMBERS} members; pack it as one")


def events(body: bytes, content_type: str) -> list[bytes]:
    """Return each event of a body: one JSON object, a JSON list of them, or one object per line.

    Raises
    ------
    BodyError : said to be JSON, and is not; nothing at all; too many
    """
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    found = None if kind in _LINES else _values(body)
    if found is None:
        if kind == "application/json":
            raise BodyError(
                400, "the body is not JSON; for one event per line send Content-Type: application/x-ndjson"
            )
        found = list(islice(_lines(body), MOST_EVENTS + 1))
    if not found:
        raise BodyError(400, "the body holds no event")
    if len(found) > MOST_EVENTS:
        raise _too_many()
    return found


def _lines(body: bytes) -> Iterator[bytes]:
    for line in BytesIO(body):
        if stripped := line.strip():
            yield stripped


def _too_many() -> BodyError:
    return BodyError(413, f"the body holds more than {MOST_EVENTS:,} events; send smaller batches")


def _values(body: bytes) -> list[bytes] | None:
    """Return the elements of a list, or the one object; None where the body as a whole is not JSON."""
    try:
        if body.lstrip().startswith(b"["):
            return [bytes(element).strip() for element in _LIST.decode(body)]
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.ValidationError as error:
        raise _too_many() from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return [body.strip()]
