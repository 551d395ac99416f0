"""Rows of a CSV file, each as the line of a JSON object, in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from stream.errors import InvalidEvent
from stream.json_object import MAX_LINE_BYTES, encode
from stream.refused import Original, stub

_QUOTE = b'"'


def csv_rows(chunks: Iterable[bytes], most: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Return each row below the header as an object of texts; one that does not fit it becomes its stub."""
    header: list[str] = []
    for raw in _records(chunks, most):
        try:
            cells = _cells(raw, most)
        except InvalidEvent as error:
            yield stub(Original.itself(raw), error)
            continue
        if not header:
            header = [name.strip().removeprefix("\ufeff").strip('"') for name in cells]
        elif len(cells) == len(header):
            yield encode(dict(zip(header, cells, strict=True)))
        else:
            what = f"the row has {len(cells)} cells, the header {len(header)}"
            yield stub(Original.itself(raw), InvalidEvent("wrong_type", "", what))


def header(head: bytes) -> list[str]:
    """Return the names in the first line of a file; [] where it is no header of a table."""
    line = head.split(b"\n", 1)[0].strip()
    try:
        names = [] if line[:1] in (b"{", b"[") else _cells(line, MAX_LINE_BYTES)
    except InvalidEvent:
        return []
    return [name.strip().removeprefix("\ufeff").strip('"') for name in names] if len(names) > 1 else []


def _records(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Cut where a line ends outside of quotes; what is longer than `most` is cut there."""
    open_ = b""
    for line in _lines(chunks, most):
        open_ += line
        if open_.count(_QUOTE) % 2 and len(open_) < most:
            continue
        if open_.strip():
            yield open_.rstrip(b"\r\n")
        open_ = b""
    if open_.strip():
        yield open_


def _lines(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) >= most:
            yield rest
            rest = b""
    yield rest


def _cells(raw: bytes, most: int) -> list[str]:
    csv.field_size_limit(MAX_LINE_BYTES)  # Python's own is 128 KiB, less than many a prompt
    if len(raw) >= most:
        what = f"the row has more than {most:,} bytes, or a quote that does not end"
        raise InvalidEvent("too_large", "", what)
    try:
        rows = list(csv.reader([raw.decode("utf-8")], strict=True))
    except UnicodeDecodeError as error:
        raise InvalidEvent("invalid_encoding", "", "the row is not UTF-8") from error
    except csv.Error as error:
        raise InvalidEvent("invalid_json", "", f"the row is not readable as CSV: {error}") from error
    return rows[0] if rows else []
