"""Rows of CSV as JSON lines."""

import json

import pytest

from stream.importers.csv_rows import csv_rows, header


def rows(content: bytes, size: int = 7, most: int = 1000) -> list[dict[str, str]]:
    """Return the rows of a file that comes in small pieces."""
    pieces = (content[at : at + size] for at in range(0, len(content), size))
    return [json.loads(line) for line in csv_rows(pieces, most)]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_rows(size: int) -> None:
    """Cells may hold commas, quotes and lines; a file may begin with a mark and end in a row."""
    content = '\ufeff"id",text\r\na,"x,\r\n""y"""\r\n\r\nb,ü'.encode()
    assert rows(content, size) == [{"id": "a", "text": 'x,\r\n"y"'}, {"id": "b", "text": "ü"}]


def test_broken() -> None:
    """A row that does not fit the header, is no UTF-8 or no CSV says so; those around it are read."""
    found = rows(b'id,text\na,b,c\nd,\xff\ne,"f"g\nh,i\n')
    assert [one.get("reason") for one in found] == ["wrong_type", "invalid_encoding", "invalid_json", None]
    assert found[0]["message"] == "the row has 3 cells, the header 2"
    assert found[3] == {"id": "h", "text": "i"}


def test_open_quote() -> None:
    """A quote that does not end is one dead letter of bounded size, not the rest of the file for ever."""
    content = b'id,text\na,"b\n' + b"c,d\n" * 1000
    found = rows(content, 100)
    assert found[0]["reason"] == "too_large"
    assert {"id": "c", "text": "d"} in found


def test_header() -> None:
    """A table is known by the names in its first line."""
    assert header(b"request_id,call_type\nx,y") == ["request_id", "call_type"]
    assert header(b'{"a": 1, "b": 2}') == []
    assert header(b"no table") == []
