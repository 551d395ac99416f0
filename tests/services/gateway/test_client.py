"""The client and the gateway over a real connection on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import fmwatch
import pytest
from fmwatch import Client
from starlette.applications import Starlette

from services import listening
from services.access.door import Door, TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.gateway.http import Gateway
from stream.border import Border, tenant_of
from stream.sqlite_log import SqliteLog
from stream.topics import CHANGES, FEEDBACK, GENERATIONS

CALL = {"provider": "openai", "request_model": "gpt-4o"}


@contextmanager
def _served(log: SqliteLog, entrance: Door | None = None) -> Iterator[str]:
    gateway = Gateway(log, Border(), lambda: datetime.now(UTC), entrance=entrance)
    app = Starlette(routes=gateway.routes())
    with listening.in_thread(app) as url:
        yield url


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty log."""
    with SqliteLog(tmp_path) as opened:
        yield opened


def test_arrives(log: SqliteLog) -> None:
    """What was captured is in the log when the client reports it sent; what the gateway refuses is lost."""
    with _served(log) as url:
        client = Client(url, app="helpdesk")
        for _ in range(1200):
            client.capture(**CALL, prompt="How do I pay? " * 20)
        client.feedback("a", "thumb", value=True)
        client.change("deploy", to="v2")
        client.capture(request_model="no provider")
        report = client.flush(30)
        client.close()
    assert (report.sent, report.waiting, report.reasons) == (1202, 0, {"rejected": 1})
    assert (log.lag(GENERATIONS, "a"), log.lag(FEEDBACK, "a"), log.lag(CHANGES, "a")) == (1201, 1, 1)


def test_away(log: SqliteLog) -> None:
    """While nobody listens events wait; capture does not notice."""
    with _served(log) as url:
        pass
    client = Client(url)
    client.capture(**CALL)
    assert client.flush(0.3).waiting == 1
    client.close(timeout=0)


def test_token(log: SqliteLog, tmp_path: Path) -> None:
    """The client sends its token; while it is not known yet events wait, and none is lost."""
    file = tmp_path / "tokens.yaml"
    add(file, "legal", "ingest", digest("other"))
    with _served(log, TokenDoor(Tokens(file))) as url:
        client = Client(url, token=" mine\n")  # noqa: S106 - made up
        client.capture(**CALL)
        assert client.flush(0.5).waiting == 1
        add(file, "support", "ingest", digest("mine"))
        assert client.flush(30).sent == 1
        client.close()
    assert tenant_of(log.read(GENERATIONS, "a")[0].record.key) == "support"


def test_variable(log: SqliteLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable FMWATCH_TOKEN does what the option does; the option wins."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "ingest", digest("mine"))
    monkeypatch.setenv("FMWATCH_TOKEN", "mine")
    with _served(log, TokenDoor(Tokens(file))) as url:
        fmwatch.configure(url)
        fmwatch.capture(**CALL)
        assert fmwatch.flush(30).sent == 1
        fmwatch.configure(url, token="other")  # noqa: S106 - made up
        fmwatch.capture(**CALL)
        assert fmwatch.flush(0.5).waiting == 1
        fmwatch.configure(None)


@pytest.mark.parametrize("token", ["a b", "a\r\nX: y", "t\u00f6ken"])
def test_no_token(token: str) -> None:
    """What no token holds is refused at once, and not repeated."""
    with pytest.raises(ValueError, match="cannot be used") as refused:
        Client("http://127.0.0.1:1", token=token)
    assert token not in str(refused.value)
