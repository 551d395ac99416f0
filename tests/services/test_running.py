"""The server that runs on a data directory is asked only where one of ours answers."""

from __future__ import annotations

import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from services.running import answering
from services.serve import SERVER


class _Answer(BaseHTTPRequestHandler):
    body = b"{}"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize(
    ("body", "ours"), [(b'{"dead_letters": []}', True), (b'{"hello": 1}', False), (b"<html>", False)]
)
def test_answering(tmp_path: Path, body: bytes, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else has the port by now is told apart from a server of ours, and nobody from no note."""
    monkeypatch.setattr(_Answer, "body", body)
    with HTTPServer(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with answering(tmp_path, 5.0) as client:
            assert client is None
        (tmp_path / SERVER).write_text(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}))
        with answering(tmp_path, 5.0) as client:
            assert (client is not None) == ours
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("pid", "ours"), [(os.getpid(), True), (2**22 + 1, False)], ids=["alive", "dead"])
def test_busy(tmp_path: Path, pid: int, ours: bool) -> None:
    """A server that takes the connection and does not answer in time is busy while its process lives."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        (tmp_path / SERVER).write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "pid": pid}))
        with answering(tmp_path, 0.05) as client:
            assert (client is not None) == ours
