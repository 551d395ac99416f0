"""A gateway as bad as one can be: it refuses, hangs, fails, or takes a batch and dies before it says so."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mood = Literal["well", "hanging", "failing", "cutting", "forbidding"]


class Receiver:
    """Takes events on a port of its own.

    Attributes
    ----------
    mood : how it answers; cutting keeps the events and closes the connection in the middle of its answer
    taken : how often it was given each event
    counts : the header Fmwatch-Counts of each batch that it has answered
    """

    def __init__(self, port: int = 0) -> None:
        self.mood: Mood = "well"
        self.taken: Counter[str] = Counter()
        self.counts: list[str] = []
        self.requests = 0
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the port go."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def account(self, client: str = "") -> dict[str, str]:
        """Return what was said last, of a client or of whoever said something."""
        said = [account for counts in self.counts for account in counts.split(", ") if client in account]
        return dict(word.split("=", 1) for word in said[-1].split("; "))


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.requests += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            text = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
            events: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
            mood = receiver.mood
            if mood == "hanging":
                receiver.released.wait(30)
                return
            if mood in ("well", "cutting"):
                receiver.taken.update(event["event_id"] for event in events)
            if mood == "cutting":
                self.wfile.write(b"HTTP/1.1 2")
                return
            if mood == "well":
                receiver.counts.append(self.headers["Fmwatch-Counts"])
            answer = json.dumps({"accepted": len(events), "rejected": 0}).encode()
            self.send_response({"failing": 500, "forbidding": 401}.get(mood, 200))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
