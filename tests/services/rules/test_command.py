"""`fmwatch rules` as a person runs it: on a directory, beside a running server, on a served store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from store.testing import served
from tests.contract.schema import errors, load
from tests.services.rules.past import watched
from tests.services.test_cli import run, server

RULES = (
    "rules: [{name: quiet, signal: error, route: support/answer, severity: ticket}, "
    "{signal: spend, route: none}]"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a past."""
    directory = tmp_path_factory.mktemp("data")
    assert watched(directory)
    return directory


@contextmanager
def hook(status: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Run a webhook that answers always the same; yield its URL and what it was told."""
    told: list[dict[str, object]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as listening:
        thread = Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/hook", told
        listening.shutdown()
        thread.join()


def test_directory_and_server(data: Path, tmp_path: Path) -> None:
    """A running server is asked for the past, and gives the very same answers as the directory it has."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text(RULES)
    look = ("--data", data, "--config", config, "--json")
    alone = run("rules", "backtest", "--days", 2, *look), run("rules", "check", *look)
    with server(data):
        beside = run("rules", "backtest", "--days", 2, *look), run("rules", "check", *look)
    assert [one.returncode for one in (*alone, *beside)] == [0, 1, 0, 1], [one.stderr for one in beside]
    assert [one.stdout for one in alone] == [one.stdout for one in beside]
    backtest, check = (json.loads(one.stdout) for one in alone)
    assert errors(backtest, load("rules_backtest")) == []
    assert errors(check, load("rules_check")) == []
    (found,) = [one for one in backtest["rules"] if one["rule"] == "quiet"]
    assert (found["pages"], found["tickets"]) == (0, 1)
    assert check["warnings"][0]["rule"] == 1


def test_served(data: Path, tmp_path: Path) -> None:
    """On a ClickHouse server it is the same, and in words."""
    config = tmp_path / "fmwatch.yaml"
    with served(data) as store:
        config.write_text(f"{RULES}\nstore: {{clickhouse: '{store.url}'}}\n")
        check = run("rules", "check", "--config", config)
        backtest = run("rules", "backtest", "--config", config, "--days", 2)
    assert check.returncode == 1, check.stderr
    assert b"rules.1 spend: decides about nothing" in check.stdout
    assert b"warning: rules.1 (spend) matches nothing in this fleet" in check.stdout
    assert b"warning: pages nobody" in check.stdout.replace(b"  ", b" ")
    assert backtest.returncode == 0, backtest.stderr
    assert b"As stated, a budget of 1 false pages and 4 false tickets a month" in backtest.stdout


def test_away(tmp_path: Path) -> None:
    """A store that is away is exit code 3, a directory that is not there 2, for a look back."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text("store: {clickhouse: 'http://127.0.0.1:9/fmwatch'}")
    assert run("rules", "check", "--config", config).returncode == 3
    assert run("rules", "backtest", "--data", tmp_path / "none").returncode == 2


def test_check_without_data(tmp_path: Path) -> None:
    """Where nothing is stored yet, a configuration is checked as far as that goes; a wrong one is refused."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text("rules: [{signal: latency}]")
    said = run("rules", "check", "--data", tmp_path / "none", "--config", config)
    assert (said.returncode, b"no calls are stored" in said.stdout) == (0, True)
    assert not (tmp_path / "none").exists()
    config.write_text("rules: [{signal: latncy}]")
    assert run("rules", "check", "--config", config).returncode == 2


@pytest.mark.parametrize(
    ("status", "code", "kinds"),
    [(204, 0, ["fire", "resolve"]), (401, 1, ["fire"]), (503, 3, ["fire", "resolve"])],
)
def test_fires(status: int, code: int, kinds: list[str], tmp_path: Path) -> None:
    """A test alert and its end arrive at a real webhook, and its answer decides about the exit code."""
    config = tmp_path / "fmwatch.yaml"
    with hook(status) as (url, told):
        config.write_text(f"receivers: {{pager: {{webhook: {{url: '{url}', secret: s}}}}}}")
        said = run("rules", "test-fire", "--receiver", "pager", "--config", config, "--json")
    assert said.returncode == code, said.stderr
    assert [one["kind"] for one in told] == kinds
    document = json.loads(said.stdout)
    assert errors(document, load("rules_test_fire")) == []
    assert [one["kind"] for one in document["tried"]] == kinds
    alert = told[0]["alert"]
    assert isinstance(alert, dict)
    assert alert["title"].startswith("TEST of the receiver pager")


def test_unknown_receiver(tmp_path: Path) -> None:
    """A receiver that is not there is named, with those that are."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text("receivers: {pager: {webhook: {url: 'http://127.0.0.1:9/'}}}")
    said = run("rules", "test-fire", "--receiver", "pagr", "--config", config)
    assert said.returncode == 2
    assert b"console, pager" in said.stderr
