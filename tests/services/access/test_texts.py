"""What a server's API answers with texts in it is for tokens of scope content."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.dead_letters.reading import Reading
from services.dead_letters.routes import Routes
from services.export.routes import Reading as Exporting
from services.export.routes import export_routes
from services.shadow.reading import Reading as Comparing
from services.shadow.routes import shadow_routes
from store.pairs import Ids

EXPORT = {
    "wanted": {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
    "part": {
        "table": "generations",
        "since": "2026-01-01T00:00:00Z",
        "until": "2026-01-02T00:00:00Z",
        "rows": 1,
    },
    "form": "jsonl",
}
ASKED: dict[str, tuple[str, str, bytes]] = {
    "dead letter": ("GET", "/api/dead-letters/generations-0-0-0.json", b""),
    "export": ("POST", "/api/export/content", msgspec.json.encode(EXPORT)),
    "calls to compare": ("POST", "/api/shadow/calls", msgspec.json.encode(Ids("acme", ["e1"]))),
}


@pytest.fixture
def server(tmp_path: Path) -> TestClient:
    """A server whose store would fail whoever gets that far."""
    file = tmp_path / "tokens.yaml"
    add(file, "*", "read", digest("reads"))
    add(file, "*", ("read", "content"), digest("sees"))
    door = TokenDoor(Tokens(file))
    store = cast("Any", None)
    routes = [
        *Routes(Reading(store), None, door).routes(),
        *export_routes(Exporting(store), door),
        *shadow_routes(Comparing(store), door),
    ]
    return TestClient(Starlette(routes=routes), raise_server_exceptions=False)


@pytest.mark.parametrize("what", ASKED)
def test_texts(server: TestClient, what: str) -> None:
    """A token for reading alone is told which scope it takes; one of that scope gets as far as the store."""
    method, path, body = ASKED[what]
    reads = server.request(method, path, content=body, headers={"authorization": "Bearer reads"})
    assert reads.status_code == 403
    assert "use one of scope content" in reads.json()["error"]
    sees = server.request(method, path, content=body, headers={"authorization": "Bearer sees"})
    assert sees.status_code == 500
