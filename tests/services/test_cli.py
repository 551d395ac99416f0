"""The command line: help with examples, JSON alone on stdout, one clear sentence and the right exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import click
import pytest

from services.cli import main
from services.errors import exit_code, sentence
from tests.contract.schema import errors, load
from tests.services.small_fleet import lines, recent

README = Path(__file__).parents[2] / "README.md"
FMWATCH = Path(sys.executable).with_name("fmwatch")
DEADLINE_S = 60


def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    return subprocess.run(
        [FMWATCH, *map(str, arguments)], input=stdin, capture_output=True, check=False, timeout=110
    )


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command and group below one."""
    for name, command in sorted(group.commands.items()):
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two days of calls."""
    file = tmp_path_factory.mktemp("calls") / "calls.jsonl"
    file.write_bytes(b"\n".join(lines(days=2)) + b"\n")
    return file


@contextmanager
def server(data: Path, end: signal.Signals = signal.SIGINT) -> Iterator[str]:
    """Run `fmwatch up` on a free port and yield its URL; it ends well, and quietly, by either signal."""
    process = subprocess.Popen([FMWATCH, "up", "--data", data, "--port", "0"], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline().decode())
        assert found
        yield found.group()
    finally:
        process.send_signal(end)
        _, said = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, said) == (0, b"")
    assert not (data / "server.json").exists()


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_help(path: tuple[str, ...]) -> None:
    """Every command explains itself with an example, on one screen."""
    said = run(*path, "--help")
    assert said.returncode == 0
    assert b"\n  Example:  fmwatch " in said.stdout or b"| fmwatch " in said.stdout
    assert b"\\b" not in said.stdout
    assert len(said.stdout.splitlines()) < 50
    assert all(len(line) <= 100 for line in said.stdout.splitlines())


def test_help_first() -> None:
    """The first screen shows what to try, a line each, and every command in whole words."""
    said = run("--help").stdout.decode()
    assert re.search(r"\n  Try it: +fmwatch demo\n  Your own calls: +fmwatch replay \S+\n", said)
    assert "..." not in said.split("Commands:")[1]


def test_replay_json(tmp_path: Path, calls: Path) -> None:
    """`replay --json` prints one document that fits its schema, nothing else, and the sums are exact."""
    said = run("replay", calls, "--data", tmp_path, "--json")
    assert said.returncode == 0, said.stderr
    document = json.loads(said.stdout)
    assert errors(document, load("replay")) == []
    assert document["events"] == len(calls.read_bytes().splitlines())
    assert document["events"] == document["stored"] + document["duplicates"] + document["dead_letters"]


def test_replay_killed(tmp_path: Path, calls: Path) -> None:
    """A replay killed with -9 and started again ends with the counts of one that was left alone."""
    data = tmp_path / "data"
    process = subprocess.Popen(
        [FMWATCH, "replay", calls, "--data", data, "--json"], stdout=subprocess.DEVNULL
    )
    while not (data / "log.sqlite3-wal").exists():
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    document = json.loads(run("replay", calls, "--data", data, "--json").stdout)
    assert document["stored"] == document["events"] == len(calls.read_bytes().splitlines())


def test_warning(tmp_path: Path) -> None:
    """Lines that are no events end in a warning with their reason, and the exit code is 0."""
    said = run("replay", "-", "--data", tmp_path, stdin=b'{"event_id": "1"}\nnonsense\n')
    assert said.returncode == 0, said.stderr
    assert b"warning: 1 lines are dead letters: invalid json" in said.stdout
    assert b"warning: 1 lines are dead letters: missing field" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("replay", "/no/such/file.jsonl"), "/no/such/file.jsonl"),
        (("replay", "--config", "/no/such.yaml", "-"), "/no/such.yaml"),
        (("demo", "--days", "3"), "20"),
        (("demo", "--incidents", "earthquake"), "earthquake"),
        (("alerts", "list", "--data", "/no/such/directory"), "/no/such/directory"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_usage(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """What a person can mend is one sentence that names it, exit code 2, and no traceback."""
    where = () if "--data" in arguments or arguments[0] != "replay" else ("--data", tmp_path)
    said = run(*arguments, *where)
    assert said.returncode == 2, said.stderr
    assert sentence.encode() in said.stderr
    assert b"Traceback" not in said.stderr
    assert said.stdout == b""


def test_configuration(tmp_path: Path, calls: Path) -> None:
    """A wrong key in the configuration is named with file, line and what was meant."""
    file = tmp_path / "fmwatch.yaml"
    file.write_text("timezone: UTC\npages_per_mont: 2\n")
    said = run("replay", calls, "--data", tmp_path / "data", "--config", file)
    assert said.returncode == 2
    assert f"{file}:2:".encode() in said.stderr
    assert b"pages_per_month" in said.stderr


def test_score() -> None:
    """`score` prints one line of verdicts per event and stores nothing."""
    said = run("score", "-", stdin=next(lines()))
    assert said.returncode == 0, said.stderr
    (line,) = said.stdout.splitlines()
    verdict = json.loads(line)["verdicts"]["hallucination"]
    assert verdict["label"] == "not_assessable"
    assert verdict["score"] is None


def test_up(tmp_path: Path) -> None:
    """`up` takes a call over HTTP, shows it in its fleet, and leaves with nothing lost."""
    line = recent()
    with server(tmp_path) as url:
        posted = Request(f"{url}/v1/events", data=line, headers={"content-type": "application/json"})
        with urlopen(posted, timeout=DEADLINE_S) as answer:
            assert answer.status < 300
        second = run("replay", "-", "--data", tmp_path, stdin=line)
        assert second.returncode == 2
        assert str(tmp_path).encode() in second.stderr
        listed = run("alerts", "list", "--data", tmp_path, "--json")
        assert json.loads(listed.stdout)["alerts"] == []
    again = json.loads(run("replay", "-", "--data", tmp_path, "--json", stdin=line).stdout)
    assert (again["events"], again["duplicates"]) == (1, 1)
    assert not list(tmp_path.glob("stdin*"))


def test_up_after_kill(tmp_path: Path, calls: Path) -> None:
    """What a killed replay left in the log a server takes in, and the sums of the next replay are exact."""
    process = subprocess.Popen([FMWATCH, "replay", calls, "--data", tmp_path], stdout=subprocess.DEVNULL)
    while not (tmp_path / "log.sqlite3-wal").exists():
        assert process.poll() is None
    time.sleep(0.7)  # somewhere in the middle; wherever it is, the sums must be exact
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with server(tmp_path, signal.SIGTERM) as url:
        while json.load(urlopen(f"{url}/readyz", timeout=DEADLINE_S))["waiting"]:
            time.sleep(0.1)
    document = json.loads(run("replay", calls, "--data", tmp_path, "--json").stdout)
    assert document["events"] == len(calls.read_bytes().splitlines())
    assert document["events"] == document["stored"] + document["duplicates"] + document["dead_letters"]
    assert document["stored"] >= 0
    assert document["duplicates"] >= 0


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied", "/d/lock"), "cannot use /d/lock: permission denied; check"),
        (OSError(28, "No space left on device"), "no space left on device: make room"),
    ],
)
def test_system(error: OSError, says: str) -> None:
    """What the system does not allow is one sentence with a remedy, exit code 2."""
    assert (exit_code(error), sentence(error)[: len(says)]) == (2, says)


def test_answers_of_a_stranger(tmp_path: Path, calls: Path) -> None:
    """A note of a killed server misleads nobody, whoever has its port now or whatever it says."""
    run("replay", calls, "--data", tmp_path)
    for note in ("nonsense", '{"url": "http://127.0.0.1:9"}', '{"url": "nowhere"}', "[]"):
        (tmp_path / "server.json").write_text(note)
        assert run("alerts", "list", "--data", tmp_path, "--json").returncode == 0


def test_readme(tmp_path: Path) -> None:
    """The README's lines for one's own calls send a call that arrives."""
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    with server(tmp_path) as url:
        said = subprocess.run(
            [sys.executable, "-c", block.replace("http://127.0.0.1:8765", url)],
            capture_output=True,
            check=True,
        )
    assert b"sent=1" in said.stdout
