"""Lines out of pieces of bytes, in bounded memory however long a line is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from stream.errors import InvalidEvent
from stream.json_object import MAX_LINE_BYTES
from stream.refused import MAX_ORIGINAL_BYTES, Original, stub


def lines(chunks: Iterable[bytes], most: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Return each line that is not blank, without its end; one longer than `most` becomes its stub."""
    rest = b""
    long: _LongLine | None = None
    for chunk in chunks:
        if long is not None:
            end = chunk.find(b"\n")
            long.add(chunk if end < 0 else chunk[:end])
            if end < 0:
                continue
            yield long.stub()
            long, chunk = None, chunk[end + 1 :]  # noqa: PLW2901 - what is left of it
        *whole, rest = (rest + chunk).split(b"\n")
        yield from _filled(whole)
        if len(rest) > most:
            long, rest = _LongLine(rest), b""
    if long is not None:
        yield long.stub()
    yield from _filled([rest])


def _filled(whole: Iterable[bytes]) -> Iterator[bytes]:
    for line in whole:
        if stripped := line.strip():
            yield stripped


class _LongLine:
    """A line of which only the beginning and the hash are kept."""

    def __init__(self, head: bytes) -> None:
        self._head = head[:MAX_ORIGINAL_BYTES]
        self._size = 0
        self._hash = sha256()
        self.add(head)

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        self._hash.update(piece)

    def stub(self) -> bytes:
        what = f"the line has {self._size:,} bytes; {MAX_LINE_BYTES:,} are allowed"
        head = self._head.decode("utf-8", "backslashreplace")
        original = Original(head, self._size, self._hash.hexdigest())
        return stub(original, InvalidEvent("too_large", "", what))
