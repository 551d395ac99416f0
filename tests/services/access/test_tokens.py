from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.access.allowance import UNLIMITED, Allowance
from services.access.token import Scope, digest, fresh
from services.access.tokens import Grant, Tokens
from services.access.tokens_file import add
from services.config import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with the token "first" of tenant support."""
    path = tmp_path / "tokens.yaml"
    add(path, "support", "ingest", digest("first"))
    return path


def granted(token: str, *scopes: Scope) -> Grant:
    """Return what a token of support's is good for."""
    return Grant("support", frozenset(scopes), UNLIMITED, digest(token)[:12])


def test_grant(file: Path) -> None:
    """A known token says whose it is and what it is for; an unknown one nothing."""
    add(file, "support", "read", digest("first"))
    tokens = Tokens(file)
    assert tokens.grant("first") == granted("first", "ingest", "read")
    for unknown in ("", "First", "first ", fresh(), digest("first"), "\ud800"):
        assert tokens.grant(unknown) is None


def test_rotation(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A new token is good and an old one gone as soon as the file says so, without a restart."""
    tokens = Tokens(file)
    add(file, "support", "ingest", digest("second"))
    assert tokens.grant("second") is not None
    file.write_text(f"support: {{ingest: [{digest('second')}]}}")
    assert tokens.grant("first") is None
    assert "1 tokens are known" in caplog.text


def test_expires(file: Path) -> None:
    """While a token is replaced both are good; from its time on the old one is not known any more."""
    at = datetime(2026, 12, 30, 23, 59, tzinfo=UTC)
    old = f"{{sha256: {digest('first')}, expires: 2026-12-31T00:00:00Z}}"
    file.write_text(f"support: {{ingest: [{old}, {digest('second')}], read: [{digest('first')}]}}")
    clock = [at]
    tokens = Tokens(file, lambda: clock[0])
    assert tokens.grant("first") == granted("first", "ingest", "read")
    assert tokens.grant("second") == granted("second", "ingest")
    clock[0] = at + timedelta(minutes=1)
    assert tokens.grant("first") == granted("first", "read")
    assert tokens.grant("second") is not None


def test_allowance(file: Path) -> None:
    """What is left of a limit stays when the file changes elsewhere; another limit begins anew."""
    entry = "{{sha256: {}, events_per_second: {}}}"
    first = digest("first")
    file.write_text(f"support: {{ingest: [{entry.format(first, 1)}]}}")
    tokens = Tokens(file, seconds=lambda: 0.0)
    _allowance(tokens).take(1000, 0)
    assert _allowance(tokens).over()
    file.write_text(f"support: {{ingest: [{entry.format(first, 1)}, {digest('second')}]}}")
    assert _allowance(tokens).over()
    file.write_text(f"support: {{ingest: [{entry.format(first, 2)}]}}")
    assert _allowance(tokens).over() is None
    file.write_text(f"support: {{ingest: [{first}]}}")
    assert tokens.grant("first") == granted("first", "ingest")


def _allowance(tokens: Tokens) -> Allowance:
    grant = tokens.grant("first")
    assert grant is not None
    return grant.allowance


@pytest.mark.parametrize(
    "broken", ["support: {ingest: [abc]}", "", "{", None], ids=("wrong", "empty", "cut", "gone")
)
def test_broken(file: Path, broken: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """A file that cannot be used any more is said once, and the tokens stay; mended, it is read again."""
    tokens = Tokens(file)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    for _ in range(3):
        assert tokens.grant("first") is not None
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    file.write_text(f"support: {{ingest: [{digest('second')}]}}")
    assert tokens.grant("first") is None


def test_cheap(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that has not changed is not read again."""
    tokens = Tokens(file)
    monkeypatch.setattr("services.access.tokens.read", lambda _: pytest.fail("read again"))
    for _ in range(10):
        tokens.grant("first")
    os.utime(file, ns=(1, 1))
    with pytest.raises(pytest.fail.Exception):
        tokens.grant("first")


def test_start(tmp_path: Path) -> None:
    """At the start a file must be there and right."""
    with pytest.raises(ConfigError, match="cannot be read"):
        Tokens(tmp_path / "none.yaml")
