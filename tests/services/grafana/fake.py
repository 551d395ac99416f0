"""A Grafana on the loopback: the answers that version 13 gives to the calls that fmwatch makes.

Calls by numeric id of a data source are off there, so they are here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "glsa_test"  # noqa: S105 - of this fake

Json = dict[str, Any]
Answer = tuple[int, Any]


class FakeGrafana(ThreadingHTTPServer):
    """What it was given, and what it is to answer to everything where `refuses` says so."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.sources: dict[str, str] = {"fmwatch": "grafana-clickhouse-datasource"}
        self.folders: dict[str, str] = {}
        self.dashboards: dict[str, Json] = {}
        self.annotations: list[Json] = []
        self._marked = 0
        self.refuses: Answer | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, asked: dict[str, list[str]], body: Json) -> Answer:
        """Return status and document."""
        match method, path.removeprefix("/api").strip("/").split("/"):
            case "GET", ["datasources", "uid", uid] if uid in self.sources:
                found: Any = {"uid": uid, "type": self.sources[uid]}
            case "GET", ["folders", uid] if uid in self.folders:
                found = {"uid": uid}
            case "POST", ["folders"]:
                self.folders[body["uid"]] = body["title"]
                found = body
            case "POST", ["dashboards", "db"]:
                return self._dashboard(body)
            case "GET", ["annotations"]:
                found = self._found(asked)
            case "POST", ["annotations"]:
                self._marked += 1
                self.annotations.append({**body, "id": self._marked})
                found = {"id": self._marked, "message": "Annotation added"}
            case "PUT", ["annotations", number] if one := self._one(number):
                one |= body
                found = {"message": "Annotation updated"}
            case "DELETE", ["annotations", number] if one := self._one(number):
                self.annotations.remove(one)
                found = {"message": "Annotation deleted"}
            case _:
                return 404, {"message": "Not found"}
        return 200, found

    def _dashboard(self, body: Json) -> Answer:
        uid = body["dashboard"]["uid"]
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        if uid in self.dashboards and not body.get("overwrite"):
            return 412, {"message": "A dashboard with the same uid already exists", "status": "name-exists"}
        self.dashboards[uid] = body
        return 200, {"uid": uid, "url": f"/d/{uid}/{uid}", "status": "success", "version": 1}

    def _one(self, number: str) -> Json | None:
        return next((one for one in self.annotations if one["id"] == int(number)), None)

    def _found(self, asked: dict[str, list[str]]) -> list[Json]:
        tags, since, until = set(asked["tags"]), int(asked["from"][0]), int(asked["to"][0])
        return [
            one
            for one in self.annotations
            if tags <= set(one["tags"]) and since <= one["timeEnd"] and one["time"] <= until
        ]


class _Conversation(BaseHTTPRequestHandler):
    server: FakeGrafana

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def _answer(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        found = urlsplit(self.path)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status, said = 401, {"message": "Invalid API key"}
        elif self.server.refuses:
            status, said = self.server.refuses
        else:
            status, said = self.server.answer(self.command, found.path, parse_qs(found.query), body)
        sent = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)


@contextmanager
def running() -> Iterator[FakeGrafana]:
    """Serve one while the block lasts."""
    with FakeGrafana() as grafana:
        thread = threading.Thread(target=grafana.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield grafana
        finally:
            grafana.shutdown()
            thread.join()
