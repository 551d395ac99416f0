"""A file in a vendor's format, read as lines of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec

from stream.errors import InvalidEvent
from stream.importers.base import Importer, NoCall
from stream.json_object import Fields, encode, parse
from stream.otlp.event import user_hash
from stream.refused import REFUSED, Original, stub
from stream.sources import File, Source, SourceLine

_USERS = frozenset(
    (
        *("user_id", "userId", "user", "end_user", "endUser", "user_api_key_user_id"),
        *("user_api_key_end_user_id", "user_api_key_user_email"),
    )
)
_PAGE = ("data", "logs")  # under which pages of vendors' APIs keep their list


class Imported:
    """Lines of events, made of a file's records each time they are read.

    Attributes
    ----------
    format : its name
    passed_over : records of the last reading that are no calls, by what they are
    """

    def __init__(self, file: File, importer: Importer) -> None:
        self.name = file.name
        self.format = importer.name
        self.size = file.size
        self.passed_over: Counter[str] = Counter()
        self._file = file
        self._importer = importer

    def fingerprint(self, n: int | None = None) -> tuple[str, int]:
        """Tell it from another file, and from itself in another format."""
        digest, size = self._file.fingerprint(n)
        return sha256(f"{self._importer.name} {digest}".encode()).hexdigest(), size

    def lines(self) -> Iterator[SourceLine]:
        """Read from the beginning; a record that is no event becomes a line that says so."""
        self.passed_over.clear()
        number = 0
        for line in self._file.lines():
            for record in records(line.raw):
                number += 1
                for raw in self._imported(record, number):
                    yield SourceLine(raw, line.read_bytes)

    def _imported(self, record: Fields | bytes, number: int) -> Iterator[bytes]:
        try:
            fields = record if isinstance(record, dict) else parse(record)
            if fields.get("type") == REFUSED:
                yield encode(fields)  # said already by whoever cut the file into records
                return
            for one in self._importer.events(fields):
                if isinstance(one, NoCall):
                    self.passed_over[one.what] += one.n
                elif isinstance(one, InvalidEvent):
                    yield self._refused(one.message.encode(), number, one)  # its part of the record
                else:
                    yield encode(one)
        except NoCall as none:
            self.passed_over[none.what] += none.n
        except InvalidEvent as error:
            yield self._refused(record, number, error)

    def _refused(self, record: Fields | bytes, number: int, error: InvalidEvent) -> bytes:
        raw = record if isinstance(record, bytes) else encode(_hashed(record))
        return stub(Original.itself(raw), self._placed(error, number))

    def _placed(self, error: InvalidEvent, number: int) -> InvalidEvent:
        where = f"record {number:,} of {self.name}, read as {self._importer.name}"
        return InvalidEvent(error.reason, error.field, f"{where}: {error.message}")


def _hashed(record: Fields) -> Fields:
    """Return a record for the dead letters, where no user's id belongs either."""
    return {
        name: _hashed(value)
        if isinstance(value, dict)
        else user_hash(value)
        if name in _USERS and isinstance(value, str)
        else value
        for name, value in record.items()
    }


def passed_over(sources: Iterable[Source]) -> dict[str, int]:
    """Return how many records of all sources are no calls, by what they are."""
    total: Counter[str] = Counter()
    for source in sources:
        if isinstance(source, Imported):
            total.update(source.passed_over)
    return dict(sorted(total.items()))


def records(raw: bytes) -> Iterator[Fields | bytes]:
    """Return the record of a line, or those of a page of an API; what is no object as it came."""
    try:
        fields = parse(raw)
    except InvalidEvent:
        yield raw
        return
    page = next((listed for name in _PAGE if isinstance(listed := fields.get(name), list)), None)
    if page is None or "id" in fields:
        yield fields
    else:
        yield from (one if isinstance(one, dict) else msgspec.json.encode(one) for one in page)
