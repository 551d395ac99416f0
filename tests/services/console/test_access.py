"""Who may see the console, and what is seen while the store is away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import LocalDoor, TokenDoor
from services.access.readers import readable
from services.access.token import digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.console.page import Console
from store.errors import StoreError, StoreUnavailable
from tests.services.console.alone import app as console_app
from tests.services.console.fleet import Fleet
from tests.services.console.made import BAD_ANSWER, NOW

PAGES = ("/", f"/alerts/{BAD_ANSWER.id}", "/api/alerts.json", "/static/console.css", "/spend.csv", "/no-such")


@pytest.fixture
def remote(tmp_path: Path) -> TestClient:
    """A browser on another machine, and a console that asks for tokens."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "read", digest("support-reads"))
    add(file, "*", "read", digest("all-read"))
    add(file, "*", "ingest", digest("all-send"))
    door = TokenDoor(Tokens(file))
    app = Starlette(routes=[readable(Console(Fleet(), lambda: NOW).routes(), door)])
    return TestClient(app, base_url="https://fmwatch.example.org", client=("10.0.0.7", 40_000))


@pytest.mark.parametrize("path", PAGES)
def test_token(remote: TestClient, path: str) -> None:
    """A browser is asked for a token, and sees the page with it; programs send it as a bearer."""
    asked = remote.get(path)
    assert (asked.status_code, asked.headers["www-authenticate"][:6]) == (401, "Basic ")
    assert "Fleet" not in asked.text
    expected = 404 if path == "/no-such" else 200
    assert remote.get(path, auth=("anybody", "all-read")).status_code == expected
    assert remote.get(path, headers={"authorization": "Bearer all-read"}).status_code == expected


def test_not_for_this(remote: TestClient) -> None:
    """A token for sending is told in a sentence what is needed instead."""
    for path in ("/", "/api/fleet.json"):
        answer = remote.get(path, auth=("", "all-send"))
        assert answer.status_code == 403
        assert "not for reading" in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert remote.get("/api/fleet.json", auth=("", "all-send")).json()["error"]


@pytest.mark.parametrize(
    ("base", "peer", "status"),
    [
        ("http://127.0.0.1:8766", "127.0.0.1", 200),
        ("http://localhost:8766", "127.0.0.1", 200),
        ("http://[::1]:8766", "::1", 200),
        ("http://evil.example.org", "127.0.0.1", 403),
        ("http://127.0.0.1:8766", "10.0.0.7", 403),
    ],
)
def test_local(base: str, peer: str, status: int) -> None:
    """Without tokens only this machine sees it, by one of its own names."""
    app = Starlette(routes=[readable(Console(Fleet(), lambda: NOW).routes(), LocalDoor())])
    assert TestClient(app, base_url=base, client=(peer, 40_000)).get("/").status_code == status


class AwayFleet(Fleet):
    """A store that does not answer."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def of(self, tenant: str) -> Self:  # noqa: ARG002 - it is away for everybody
        return self

    def __getattribute__(self, name: str) -> object:
        if name in {
            "leaves",
            "alerts",
            "alert",
            "advice",
            "unusable",
            "changes",
            "known",
            "spent",
            "pipeline",
        }:
            return _raising(object.__getattribute__(self, "error"))
        return object.__getattribute__(self, name)


def _raising(error: Exception) -> Callable[..., object]:
    def raises(*_: object) -> object:
        raise error

    return raises


@pytest.mark.parametrize(
    "error", [StoreUnavailable("db-7.internal refused it"), StoreError("db-7.internal: memory")]
)
def test_away(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """While the store is away page and API say so; why is in the log, without a traceback."""
    browser = TestClient(console_app(AwayFleet(error), lambda: NOW))
    for path in (*PAGES[:3], "/alerts", "/series", "/spend", "/spend.csv", "/pipeline"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "db-7" not in answer.text
        assert "fmwatch doctor" in answer.text
        assert answer.headers["content-security-policy"]
    assert "The store does not answer" in browser.get("/").text
    assert "does not answer" in browser.get("/api/alerts.json").json()["error"]
    assert browser.get("/static/console.css").status_code == 200
    assert "db-7.internal" in caplog.text
    assert "Traceback" not in caplog.text
