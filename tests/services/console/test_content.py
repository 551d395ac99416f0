"""What people asked and were answered: for those who may see it, and it is written down who did."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.readers import readable
from services.access.token import digest
from services.console.desk import Opened
from services.console.page import Console
from store.database import Database
from store.errors import StoreError, StoreUnavailable
from tests.services.console.alone import OpenDoor, app
from tests.services.console.fleet import Fleet
from tests.services.console.made import BAD_ANSWER, NOW, RETIRING, TOXIC
from tests.services.console.two import Shared, shared

READS = "SELECT tenant, alert_id, calls, name, token FROM v_content_reads ORDER BY at"


@pytest.fixture(scope="module")
def two(opened_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Two tenants in one store."""
    with shared(opened_database, tmp_path_factory.mktemp("two")) as found:
        yield found


def test_written_down(two: Shared, caplog: pytest.LogCaptureFixture) -> None:
    """Who may see texts sees them; table and log have who it was and of which alert, and no text."""
    alert_id = two.alerts["acme"]
    with caplog.at_level(logging.INFO, "fmwatch"):
        page = two.browser("acme-on-call", name="ana").get(f"/alerts/{alert_id}/examples").text
    assert page.count("acme-prompt") == 3
    row = {"tenant": "acme", "alert_id": alert_id, "calls": 3, "name": "ana"}
    assert two.database.rows(READS) == [{**row, "token": digest("acme-on-call")[:12]}]
    (told,) = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert told == {
        "alert_id": alert_id,
        "route": "",
        "tenant": "acme",
        "calls": 3,
        "name": "ana",
        "token": digest("acme-on-call")[:12],
    }
    assert "acme-prompt" not in caplog.text


def test_not_for_this(two: Shared) -> None:
    """Who may only read is told what it takes; nothing is shown, and nothing is written down."""
    before = two.database.rows(READS)
    answer = two.browser("acme-reads").get(f"/alerts/{two.alerts['acme']}/examples")
    assert answer.status_code == 403
    assert "acme-prompt" not in answer.text
    assert "fmwatch tokens new --tenant acme --scope read --scope content" in answer.text
    assert two.database.rows(READS) == before


@pytest.mark.parametrize("path", ["/", "/label", "/alerts/{}", "/api/alerts.json", "/api/alerts/{}.json"])
def test_nowhere_else(two: Shared, path: str) -> None:
    """No page but this and the one to judge pairs has a text, so that none is seen unrecorded."""
    answer = two.browser("all-on-call").get(path.format(two.alerts["acme"]))
    assert answer.status_code == 200
    assert "-prompt" not in answer.text
    assert "acme-answer" not in answer.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError("no right"), "must be the user fmwatch_console"),
        (StoreUnavailable("away"), "does not answer"),
    ],
    ids=["refused", "away"],
)
def test_not_written_down(error: StoreError, said: str) -> None:
    """Where it cannot be written down, nothing is shown, and the page says what to do."""

    def refuses(_: Opened) -> None:
        raise error

    console = Console(Fleet(), lambda: NOW, audit=refuses)
    routes = [readable(console.routes(), OpenDoor())]
    browser = TestClient(Starlette(routes=routes, exception_handlers=console.handlers()))
    answer = browser.get(f"/alerts/{BAD_ANSWER.id}/examples")
    assert answer.status_code == 503
    assert said in answer.text
    assert "bathroom" not in answer.text


def test_masked() -> None:
    """Examples are redacted, and toxic ones masked; an alert without any says so."""
    browser = TestClient(app(Fleet(), lambda: NOW))
    page = browser.get(f"/alerts/{BAD_ANSWER.id}/examples").text
    assert "[email]" in page
    assert "ana@example.org" not in page
    toxic = browser.get(f"/alerts/{TOXIC.id}/examples").text
    assert "y•• u•••••• p••• o• r•••• s•••••••" in toxic
    assert "None of its calls" in browser.get(f"/alerts/{RETIRING.id}/examples").text


def test_said_to_be_written(two: Shared) -> None:
    """Who sees texts is told that it is written down."""
    page = two.browser("acme-on-call").get(f"/alerts/{two.alerts['acme']}/examples").text
    assert "It is written down that you saw them." in page
