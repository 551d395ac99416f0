"""`fmwatch erase` on a data directory, and on the server that runs on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from services.wall import now
from tests.services.test_cli import run, server

USER = "5e884898da28"
WHOSE = ("--user-hash", USER)


def _call(index: int) -> bytes:
    call = {"event_id": str(index), "occurred_at": now().isoformat(), "provider": "openai"}
    return json.dumps({**call, "request_model": "gpt-4o", "user_hash": USER if index < 3 else "b"}).encode()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory with five calls, three of which are the user's."""
    said = run("replay", "-", "--data", tmp_path, stdin=b"\n".join(map(_call, range(5))))
    assert said.returncode == 0, said.stderr
    return tmp_path


def _json(data: Path, *more: str) -> dict[str, Any]:
    said = run("erase", "--data", data, *WHOSE, *more, "--json")
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_directory(data: Path) -> None:
    """A dry run counts and removes nothing; with --yes it is done; a second time nothing is there."""
    assert _json(data, "--dry-run")["rows"]["generations"] == 3
    said = run("erase", "--data", data, *WHOSE, "--yes")
    assert said.returncode == 0, said.stderr
    assert b"3 generations" in said.stdout
    assert b"Nothing of it is left." in said.stdout
    again = _json(data, "--yes")
    assert again["complete"]
    assert not any(again["rows"].values())


def test_server(data: Path) -> None:
    """While a server runs on the directory it erases itself, and goes on without the person."""
    with server(data) as url:
        body = b"\n".join(_call(index) for index in range(2, 4))
        urlopen(Request(f"{url}/v1/events", body, {"Content-Type": "application/x-ndjson"})).close()
        assert _json(data, "--dry-run")["rows"]["generations"] >= 3
        receipt = _json(data, "--yes")
        assert receipt["complete"], receipt
        assert receipt["kept_until"] == {}
        assert not any(_json(data, "--dry-run")["rows"].values())


def test_nobody_asked(data: Path) -> None:
    """Without a person at a terminal and without --yes nothing is done; nor where nobody is named."""
    said = run("erase", "--data", data, *WHOSE)
    assert said.returncode == 2
    assert b"--yes" in said.stderr
    assert run("erase", "--data", data, "--yes").returncode == 2
    assert run("erase", "--data", data / "nowhere", *WHOSE, "--yes").returncode == 2
