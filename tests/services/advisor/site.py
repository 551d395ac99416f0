"""A site that publishes lists, with ETags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Site(ThreadingHTTPServer):
    """Publishes one list, and remembers how it was asked."""

    content = b"{}"
    etag = '"one"'
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where the list is."""
        return f"http://127.0.0.1:{self.server_address[1]}/lists/prices.json"


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        """Answer with the list, or that it has not changed."""
        site, known = self.server, self.headers.get("If-None-Match", "")
        site.asked.append(known)
        status = 304 if site.status == 200 and known == site.etag else site.status
        self.send_response(status)
        self.send_header("ETag", site.etag)
        self.send_header("Content-Length", str(len(site.content) if status == 200 else 0))
        self.end_headers()
        if status == 200:
            self.wfile.write(site.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Site]:
    """Run a site on a port of its own."""
    with Site() as site:
        thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
