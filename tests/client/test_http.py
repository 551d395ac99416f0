"""Whose answers the client believes, and what it does about those of strangers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fmwatch import Client, Rejected, Retryable, TooLarge, Unauthorized
from fmwatch.errors import Astray
from fmwatch.transports.http import HttpTransport

HTML = b"<html>Please log in</html>"
OURS = b'{"error": "the body holds no event"}'
REFUSED = b'{"accepted": 0, "rejected": 2, "rejects": []}'


class Stranger:
    """Answers on a port of its own, always the same."""

    def __init__(self) -> None:
        self.status = 200
        self.answer = b""
        self._server = HTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the port go."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(stranger: Stranger) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(stranger.status)
            self.send_header("Location", "/login")
            self.send_header("Content-Length", str(len(stranger.answer)))
            self.end_headers()
            self.wfile.write(stranger.answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """Somebody who answers where the gateway should."""
    opened = Stranger()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        *[(200, HTML), (200, b""), (204, b""), (202, b"[]"), (200, b'{"ok": true}'), (200, b"[" * 100_000)],
        *[(200, b'{"accepted": "2"}'), (200, b'{"accepted": true}'), (200, b'{"accepted": 2, "rejec')],
        *[(status, HTML) for status in (302, 308, 400, 403, 404, 405, 407, 415, 422)],
        *[(status, OURS) for status in (403, 404)],
    ],
)
def test_strange(status: int, answer: bytes, stranger: Stranger) -> None:
    """What no gateway would say means neither that a batch was taken nor that it never will be."""
    stranger.status, stranger.answer = status, answer
    with pytest.raises(Astray, match=f"answers {status}"):
        HttpTransport(stranger.url).send([b"{}", b"{}"], "")


@pytest.mark.parametrize("answer", [OURS, REFUSED])
@pytest.mark.parametrize("status", [400, 415, 422])
def test_refused(status: int, answer: bytes, stranger: Stranger) -> None:
    """What a gateway refuses as a whole is refused for good."""
    stranger.status, stranger.answer = status, answer
    with pytest.raises(Rejected):
        HttpTransport(stranger.url).send([b"{}", b"{}"], "")


def test_too_large(stranger: Stranger) -> None:
    """Whoever finds a batch too large gets halves; a single event is too large where a gateway says so."""
    stranger.status, stranger.answer = 413, HTML
    transport = HttpTransport(stranger.url)
    with pytest.raises(TooLarge):
        transport.send([b"{}", b"{}"], "")
    with pytest.raises(Astray):
        transport.send([b"{}"], "")
    stranger.answer = OURS
    with pytest.raises(TooLarge):
        transport.send([b"{}"], "")


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (429, Retryable), (503, Retryable)])
def test_later(status: int, error: type[Exception], stranger: Stranger) -> None:
    """A token that is not known yet and a server that is busy are met with patience, and no alarm."""
    stranger.status, stranger.answer = status, HTML
    with pytest.raises(error) as raised:
        HttpTransport(stranger.url).send([b"{}"], "")
    assert not isinstance(raised.value, Astray)


def test_taken(stranger: Stranger) -> None:
    """A gateway says how many of a batch it has refused."""
    stranger.answer = b'{"accepted": 3, "rejected": 2}'
    assert HttpTransport(stranger.url).send([b"{}"] * 5, "") == 2


def test_nothing_lost(stranger: Stranger, caplog: pytest.LogCaptureFixture) -> None:
    """While a login page answers everything waits, the log says so at once, and then it is sent."""
    stranger.answer = HTML
    client = Client(stranger.url, interval_s=3600.0)
    client.capture(provider="openai", request_model="gpt-4o")
    report = client.flush(0.2)
    assert (report.sent, report.waiting, report.dropped) == (0, 1, 0)
    assert "no gateway takes them: the gateway answers 200: <html>" in caplog.text
    stranger.answer = b'{"accepted": 1, "rejected": 0}'
    assert client.close().sent == 1
