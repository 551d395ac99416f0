"""Gzip in bounded memory that gives out everything before the place where a file is damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

MAGIC = b"\x1f\x8b"
_READ_BYTES = 16 * 1024  # small, because what was decoded from a damaged piece is lost with it
_GIVE_BYTES = 1024 * 1024
_GZIP = 31  # zlib's word for: gzip header, largest window


class BrokenGzip(Exception):  # noqa: N818 - says what is the matter with the file
    """The file ends early or is damaged; all that came before was given out."""


def is_gzip(head: bytes) -> bool:
    """Tell by the first two bytes, not by the name."""
    return head.startswith(MAGIC)


def gunzipped(file: BinaryIO) -> Iterator[bytes]:
    """Return the content in pieces of at most a megabyte; several members follow each other.

    Raises
    ------
    BrokenGzip : after the last piece that could be read
    """
    inflate = zlib.decompressobj(_GZIP)
    while raw := file.read(_READ_BYTES):
        while raw:
            try:
                piece = inflate.decompress(raw, _GIVE_BYTES)
            except zlib.error as error:
                raise BrokenGzip("the compressed content is not readable from here on") from error
            if piece:
                yield piece
            raw = inflate.unconsumed_tail
            if inflate.eof:
                raw = inflate.unused_data.lstrip(b"\0")  # padding between members is allowed
                inflate = zlib.decompressobj(_GZIP)
                if not raw:
                    break
    if not inflate.eof and _begun(inflate):
        raise BrokenGzip("the file ends in the middle")


def _begun(inflate: zlib._Decompress) -> bool:
    """Tell whether a decompressor has seen anything: a fresh one takes a whole empty member."""
    probe = inflate.copy()
    try:
        probe.decompress(_EMPTY)
    except zlib.error:
        return True
    return not probe.eof


_EMPTY = zlib.compress(b"", wbits=_GZIP)
