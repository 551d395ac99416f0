"""What the border has just parsed, for whoever reads the same lines back from the log in this process."""

from __future__ import annotations

from stream.json_object import Fields, parse

MAX_LINES = 4096  # a round's; where more wait, the reader is far behind and looks for older ones
MAX_BYTES = 16 * 1024  # of a line; longer ones are rare, and too much to keep
_BEGINNING = 128  # bytes of a line; its id is among them


class Parsed:
    """A short memory: what it has forgotten is parsed again, with the same result.

    May be used from several threads. Each object is handed out once, so that its taker may change it.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[bytes, Fields]] = {}

    def keep(self, line: bytes, fields: Fields) -> None:
        """Remember the object of a line; the caller must not change it any more."""
        if len(line) > MAX_BYTES:
            return
        if len(self._kept) >= MAX_LINES:
            self._kept.clear()
        self._kept[line[:_BEGINNING]] = line, fields

    def take(self, line: bytes) -> Fields:
        """Return the object of a line and forget it; raises what `parse` raises."""
        kept = self._kept.pop(line[:_BEGINNING], None)
        return kept[1] if kept is not None and kept[0] == line else parse(line)
