"""The commands as a person runs them: with a server on the directory, and without."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.services.dead_letters.letters import LONG_AGO, line
from tests.services.test_cli import DEADLINE_S, run, server

LINES = [line(event_id=str(number)) for number in range(3)]
BAD = [
    b"nonsense \x1b[2J",
    line(event_id="old", occurred_at=LONG_AGO),
    line(event_id="text", latency_ms="slow"),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which a file with three bad lines was replayed."""
    directory = tmp_path_factory.mktemp("data")
    said = run("replay", "-", "--data", directory, stdin=b"\n".join(LINES + BAD))
    assert f"see them: fmwatch dead-letters list --data {directory}".encode() in said.stdout
    return directory


def test_list(data: Path) -> None:
    """The list says why and what is next, and steers no terminal."""
    said = run("dead-letters", "list", "--data", data)
    assert said.returncode == 0, said.stderr
    assert b"3 dead letters: 1 clock out of range, 1 invalid json, 1 wrong type" in said.stdout
    assert b"\x1b" not in said.stdout
    assert b"--restamp" in said.stdout


def test_filters(data: Path) -> None:
    """What is meant can be said; where nothing is, the newest there is tells why."""
    found = json.loads(run("dead-letters", "list", "--data", data, "--reason", "wrong_type", "--json").stdout)
    assert [one["field"] for one in found["dead_letters"]] == ["latency_ms"]
    said = run("dead-letters", "list", "--data", data, "--until", "2000-01-01T00:00:00Z")
    assert said.stdout.startswith(
        b"No dead letters match; there are 3 in all, the newest of 2026-11-02 11:00"
    )


def test_show(data: Path) -> None:
    """One letter shows its original, as text and as JSON."""
    found = json.loads(
        run("dead-letters", "list", "--data", data, "--reason", "invalid_json", "--json").stdout
    )
    [letter] = [one["id"] for one in found["dead_letters"]]
    said = run("dead-letters", "show", letter, "--data", data)
    assert said.stdout.endswith(b"\nnonsense \\x1b[2J\n")
    assert json.loads(run("dead-letters", "show", letter, "--data", data, "--json").stdout)["kept"] == "whole"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "generations-0-99-0"), b"no dead letter 'generations-0-99-0'"),
        (("replay", "nonsense"), b"no dead letter 'nonsense'"),
        (("replay", "generations-0-0-0", "--reason", "wrong_type"), b"not both"),
        (("list", "--since", "yesterday"), b"2h, 3d"),
        (("list", "--reason", "evil"), b"'evil' is not one of"),
        (("list", "--limit", "0"), b"--limit"),
    ],
)
def test_usage(data: Path, arguments: tuple[str, ...], says: bytes) -> None:
    """What a person can mend is one sentence and exit code 2."""
    said = run("dead-letters", *arguments, "--data", data)
    assert (said.returncode, said.stdout) == (2, b"")
    assert says in said.stderr


def test_replay(tmp_path: Path) -> None:
    """Replayed twice with --restamp the old clock is stored once; what is refused again is exit code 1."""
    run("replay", "-", "--data", tmp_path, stdin=b"\n".join(LINES + BAD))
    first = run("dead-letters", "replay", "--restamp", "--data", tmp_path)
    assert first.returncode == 1, first.stderr
    assert first.stdout.startswith(b"stored 1 + duplicates 0 + refused again 2 = 3 dead letters handed in\n")
    second = run("dead-letters", "replay", "--restamp", "--data", tmp_path, "--json")
    found = json.loads(second.stdout)
    assert (second.returncode, found["stored"], found["stored_before"]) == (1, 0, 1)
    clock = run("dead-letters", "replay", "--reason", "clock_out_of_range", "--data", tmp_path)
    assert (clock.returncode, clock.stdout) == (0, b"  left alone: 1 that an earlier replay has stored\n")
    listed = json.loads(run("dead-letters", "list", "--data", tmp_path, "--json").stdout)
    assert (listed["total"], listed["stored_since"]) == (3, {"clock_out_of_range": 1})


def test_server(tmp_path: Path) -> None:
    """While a server runs on the directory the commands ask it, and it does the same."""
    with server(tmp_path) as url:
        body = b"\n".join(LINES + BAD)
        posted = Request(f"{url}/v1/events", data=body, headers={"content-type": "application/x-ndjson"})
        with urlopen(posted, timeout=DEADLINE_S) as answer:
            assert json.load(answer)["rejected"] == 3
        while json.load(urlopen(f"{url}/api/dead-letters.json", timeout=DEADLINE_S))["total"] < len(BAD):
            time.sleep(0.1)
        replayed = run("dead-letters", "replay", "--restamp", "--data", tmp_path, "--json")
        found = json.loads(replayed.stdout)
        assert (replayed.returncode, found["stored"], found["waiting"]) == (1, 1, 0)
        listed = json.loads(run("dead-letters", "list", "--data", tmp_path, "--json").stdout)
        assert (listed["total"], listed["stored_since"]) == (3, {"clock_out_of_range": 1})
        assert run("dead-letters", "show", "nonsense", "--data", tmp_path).returncode == 2
