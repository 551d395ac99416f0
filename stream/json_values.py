"""The values of a .json file one by one: a list of events, one event over many lines, or JSON Lines."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from json import JSONDecoder

from stream.json_object import MAX_LINE_BYTES

_BETWEEN = re.compile(r"[\s,\[\]\ufeff]*")
_NEXT_VALUE = re.compile(r"[\n,]\s*(?=\{)")
_WINDOW = 1024 * 1024  # characters


def values(chunks: Iterable[bytes], most: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Return each value as one line; what is no JSON comes out as it is, up to the next value."""
    return _Values(chunks, most).all()


class _Values:
    """A window that moves over the text."""

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        self._chunks = iter(chunks)
        self._most = most
        self._decoder = getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._json = JSONDecoder(strict=False)
        self._text = ""
        self._place = 0
        self._ended = False

    def all(self) -> Iterator[bytes]:
        while self._begin():
            end = self._end()
            if end is None:
                continue  # the window was too small
            raw = self._text[self._place : end].replace("\n", " ").replace("\r", " ").strip()
            self._place = end
            if raw:
                yield raw.encode("utf-8", "surrogateescape")

    def _begin(self) -> bool:
        """Go to where the next value begins; False where there is none."""
        while True:
            found = _BETWEEN.match(self._text, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._text):
                return True
            if self._ended:
                return False
            self._grow()

    def _end(self) -> int | None:
        """Return where the value ends, None after growing the window because that could not be told."""
        try:
            _, end = self._json.raw_decode(self._text, self._place)
        except (ValueError, RecursionError):
            if not self._ended and len(self._text) - self._place < self._most:
                self._grow()
                return None
            following = _NEXT_VALUE.search(self._text, self._place + 1)
            return following.start() if following else len(self._text)
        if end == len(self._text) and not self._ended:
            self._grow()  # a number may go on
            return None
        return end

    def _grow(self) -> None:
        """Double what is ahead, so that a large value is not parsed over and over."""
        self._text = self._text[self._place :]
        self._place = 0
        wanted = max(_WINDOW, 2 * len(self._text))
        pieces = [self._text]
        size = len(self._text)
        while size < wanted and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            pieces.append(self._decoder.decode(chunk or b"", final=self._ended))
            size += len(pieces[-1])
        self._text = "".join(pieces)
