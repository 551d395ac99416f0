from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from store.connect import Patience
from store.database import Database
from store.errors import StoreError, StoreUnavailable
from store.testing import ServedStore

SHORT = Patience(connect_s=2, answer_s=1)


def test_never_there() -> None:
    """An address at which nothing listens is named, with what to do."""
    with pytest.raises(
        StoreUnavailable, match=r"no ClickHouse answers at 127\.0\.0\.1: .*correct the address"
    ):
        Database.open(url="http://127.0.0.1:9/fmwatch", patience=SHORT)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_proxy_without_server(status: int) -> None:
    """A proxy that finds no server behind it means: later."""
    with _answering(status) as url, pytest.raises(StoreUnavailable, match=f"HTTP status {status}"):
        Database.open(url=url, patience=SHORT)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_wrong_address(status: int) -> None:
    """Somebody else's server, or one that does not know us, is a mistake to be mended, not waited for."""
    with _answering(status) as url, pytest.raises(StoreError, match=f"HTTP status {status}") as caught:
        Database.open(url=url, patience=SHORT)
    assert not isinstance(caught.value, StoreUnavailable)


@pytest.mark.parametrize("name", ["a/b", "a`b", "a%20b", "-"])
def test_senseless_database(name: str) -> None:
    """A name that no database should have is refused before anything is sent."""
    with pytest.raises(StoreError, match="ends in the name of a database"):
        Database.open(url=f"http://127.0.0.1:9/{name}")


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:8123/x", "clickhouse://me:secret@h/x", "me:secret@h", "", "http:///x", "http://h:secret/x"],
)
def test_senseless_address(url: str) -> None:
    """What is no address is refused before anything is sent, and not repeated."""
    with pytest.raises(StoreError, match="address reads http://user:password@host") as caught:
        Database.open(url=url)
    assert "secret" not in str(caught.value)


def test_never_in_the_clear(served_store: ServedStore) -> None:
    """An https address on any port is spoken to in TLS, so that a password is never sent in the clear."""
    with pytest.raises(StoreUnavailable, match="SSL"):
        Database.open(url=served_store.url.replace("http:", "https:"), patience=SHORT)


@contextmanager
def _answering(status: int) -> Iterator[str]:
    """Serve one answer to everything, as something that is not ClickHouse."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_error(status)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/fmwatch"
        finally:
            server.shutdown()
            thread.join()
