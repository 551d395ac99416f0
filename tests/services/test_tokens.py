"""Tokens as commands see them: servers that ask for them, and those that refuse to start without."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from services.access.token import digest
from services.access.tokens_file import add
from tests.services.small_fleet import recent
from tests.services.test_cli import FMWATCH, run, server

READS, SENDS = "reads", "sends"


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """Run `fmwatch up` with tokens; its address and data directory."""
    file = tmp_path / "tokens.yaml"
    add(file, "acme", "ingest", digest(SENDS))
    add(file, "*", "read", digest(READS))
    monkeypatch.setenv("FMWATCH_TOKENS_FILE", str(file))
    with server(tmp_path / "data") as url:
        yield url, tmp_path / "data"


def status(url: str, token: str = "", body: bytes | None = None) -> int:
    """Return how a server answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urlopen(Request(url, body, headers), timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_up(guarded: tuple[str, Path]) -> None:
    """With tokens `up` asks for them at every address, and commands on its directory need none."""
    url, data = guarded
    call = recent()
    paths = ("/", "/api/alerts.json", "/api/dead-letters.json", "/metrics")
    assert [status(url + path) for path in paths] == [401] * 4
    assert [status(url + path, SENDS) for path in paths] == [403] * 4
    assert [status(url + path, READS) for path in paths] == [200] * 4
    assert [status(f"{url}/v1/events", token, call) for token in ("", READS, SENDS)] == [401, 403, 200]
    assert status(f"{url}/api/dead-letters/replay", READS, b"{}") == 403
    assert status(f"{url}/api/alerts/3fa8/ack", READS, b'{"by": "ana"}') == 403
    assert status(f"{url}/healthz") == 200
    assert (data / "server.json").stat().st_mode & 0o777 == 0o600
    for command in (("alerts", "list"), ("advise",), ("dead-letters", "list")):
        said = run(*command, "--data", data, "--json")
        assert said.returncode == 0, said.stderr
        json.loads(said.stdout)


@pytest.mark.parametrize(
    "command",
    [("up",), ("worker", "gateway"), ("worker", "console")],
    ids=" ".join,
)
def test_no_tokens(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Without tokens no server listens to other machines: exit code 2, with the remedy."""
    places = {"FMWATCH_DATA": str(tmp_path)}
    if command != ("up",):
        places = {
            "FMWATCH_LOG_KAFKA": "127.0.0.1:1",
            "FMWATCH_STORE_CLICKHOUSE": "http://127.0.0.1:1/fmwatch",
        }
    for host in ("0.0.0.0", "::", "fmwatch.example.org"):  # noqa: S104 - refused
        said = started(*command, "--host", host, **places)
        assert said.returncode == 2
        assert b"fmwatch tokens new" in said.stderr
        assert b"Traceback" not in said.stderr


@pytest.mark.parametrize("role", ["gateway", "console"])
def test_nothing_there(role: str) -> None:
    """A broker or store that is away at the start is exit code 3; nothing configured, or a taken port, 2."""
    places = {"FMWATCH_LOG_KAFKA": "127.0.0.1:1", "FMWATCH_STORE_CLICKHOUSE": "http://127.0.0.1:1/fmwatch"}
    away = started("worker", role, "--port", "0", **places)
    assert away.returncode == 3, away.stderr
    assert b"127.0.0.1" in away.stderr
    unsaid = started("worker", role, "--port", "0")
    assert unsaid.returncode == 2
    assert b"is not said" in unsaid.stderr
    with socket.create_server(("127.0.0.1", 0)) as door:
        taken = started("worker", role, "--port", str(door.getsockname()[1]), **places)
    assert taken.returncode == 2
    assert b"choose another --port" in taken.stderr


def started(*command: str, **places: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command that ends at once, told by variables where things are."""
    return subprocess.run(
        [FMWATCH, *command], capture_output=True, check=False, timeout=110, env={**os.environ, **places}
    )
