"""Lists by path and URL: an unchanged one is not sent again, and a site that is away takes nothing down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx2
import pytest

from services.advisor import inputs
from services.advisor.errors import CatalogueError, ListAway
from services.advisor.inputs import found

from .site import Site, running

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on a port of its own."""
    with running() as one:
        yield one


def test_unchanged_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    """The second time the copy's ETag goes along, the copy stays, and it is as young as the asking."""
    site.content = b'{"a": 1}'
    first = found(site.url, tmp_path, MONDAY)
    again = found(site.url, tmp_path, TUESDAY)
    assert site.asked == ["", '"one"']
    assert first.path.read_bytes() == again.path.read_bytes() == b'{"a": 1}'
    assert (first.as_of, again.as_of, again.etag, again.stale) == ("2026-11-23", "2026-11-24", '"one"', "")


def test_changed(site: Site, tmp_path: Path) -> None:
    """A new version replaces the copy."""
    found(site.url, tmp_path, MONDAY)
    site.content, site.etag = b'{"b": 2}', '"two"'
    again = found(site.url, tmp_path, TUESDAY)
    assert (again.path.read_bytes(), again.etag) == (b'{"b": 2}', '"two"')


def test_away_with_a_copy(site: Site, tmp_path: Path) -> None:
    """While a site is away its copy stands in, as old as it is, and says so."""
    found(site.url, tmp_path, MONDAY)
    site.status = 503
    again = found(site.url, tmp_path, TUESDAY)
    assert again.as_of == "2026-11-23"
    assert "503" in again.stale


def test_away_without_a_copy(site: Site, tmp_path: Path) -> None:
    """Without a copy that is an error, which leaves nothing behind."""
    site.status = 404
    with pytest.raises(ListAway, match="404"):
        found(site.url, tmp_path, MONDAY)
    assert list(tmp_path.iterdir()) == []


def test_half_an_answer(tmp_path: Path) -> None:
    """An answer that breaks off does not replace the copy."""

    def broken() -> Iterator[bytes]:
        yield b'{"a'
        raise httpx2.ReadError("gone")

    url = "https://example.org/prices.json"
    whole = httpx2.MockTransport(lambda _: httpx2.Response(200, content=b'{"a": 1}'))
    half = httpx2.MockTransport(lambda _: httpx2.Response(200, content=broken()))
    found(url, tmp_path, MONDAY, whole)
    again = found(url, tmp_path, TUESDAY, half)
    assert (again.path.read_bytes(), again.as_of) == (b'{"a": 1}', "2026-11-23")


def test_too_long(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is far too long for a list is not read to its end."""
    monkeypatch.setattr(inputs, "MOST_BYTES", 3)
    site.content = b"12345678"
    with pytest.raises(CatalogueError, match="no list is so long"):
        found(site.url, tmp_path, MONDAY)


def test_file(tmp_path: Path) -> None:
    """A file is as old as it says itself; one that is not there is named."""
    (tmp_path / "list.json").write_bytes(b"{}")
    given = found(str(tmp_path / "list.json"), tmp_path, MONDAY)
    assert len(given.as_of) == 10
    with pytest.raises(CatalogueError, match="does not exist"):
        found(str(tmp_path / "no.json"), tmp_path, MONDAY)
