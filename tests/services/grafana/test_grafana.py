"""Publishing and marking, over real HTTP and the real library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fmwatch.event import Change

from dashboards.boards import BOARDS
from services.cli import main
from services.grafana import through_grafana_api
from services.grafana.annotate import Marked, annotate, mark
from services.grafana.errors import GrafanaAway, GrafanaRefused
from services.grafana.grafana import Mark
from services.grafana.through_grafana_api import GrafanaApi
from store.database import Database
from store.marks import made, marks
from store.testing import ServedStore, empty
from store.writer import Writer
from tests.services.grafana.fake import TOKEN, Answer, FakeGrafana, running
from tests.store.fleet import START

HOUR = timedelta(hours=1)


@pytest.fixture
def fake() -> Iterator[FakeGrafana]:
    """Run a Grafana."""
    with running() as grafana:
        yield grafana


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return a file with its token."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


def published(fake: FakeGrafana, token: Path, *more: str) -> Result:
    """Run `fmwatch grafana publish`."""
    command = ["grafana", "publish", "--url", fake.url, "--token-file", str(token), *more]
    return CliRunner().invoke(main, command)


def test_publish(fake: FakeGrafana, token: Path) -> None:
    """Every dashboard goes into the folder, which is made; its address is printed; twice is harmless."""
    for _ in range(2):
        found = published(fake, token)
        assert found.exit_code == 0, found.output
    assert fake.folders == {"fmwatch": "fmwatch"}
    assert set(fake.dashboards) == {board.uid for board in BOARDS}
    assert f"Fleet: {fake.url}/d/fmwatch-fleet/fmwatch-fleet" in found.output
    put = fake.dashboards["fmwatch-fleet"]
    assert put["message"].startswith("fmwatch ")
    assert put["dashboard"]["schemaVersion"] == 42


def test_publish_elsewhere(fake: FakeGrafana, token: Path) -> None:
    """Another data source and another console are those of every panel and link."""
    fake.sources["mine"] = "grafana-clickhouse-datasource"
    found = published(fake, token, "--source", "mine", "--console", "https://fm.example.org/", "--json")
    assert len(json.loads(found.stdout)["dashboards"]) == 8
    for put in fake.dashboards.values():
        assert '"uid": "fmwatch"}' not in json.dumps(put["dashboard"])
        console = put["dashboard"]["templating"]["list"][-1]
        assert (console["name"], console["query"]) == ("console", "https://fm.example.org")


@pytest.mark.parametrize(
    ("url", "console", "told"),
    [
        ("http://grafana.invalid:3000", (), True),
        ("http://grafana.invalid:3000", ("--console", "http://localhost:8766"), True),
        ("http://grafana.invalid:3000", ("--console", "https://fm.example.org"), False),
        ("http://127.0.0.1:1", (), False),
    ],
)
def test_console(token: Path, url: str, console: tuple[str, ...], told: bool) -> None:
    """Links to the reader's own machine are worth a word where Grafana is on another."""
    command = ["grafana", "publish", "--url", url, "--token-file", str(token), *console]
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 3  # nobody is there
    assert ("--console" in found.stderr) == told


@pytest.mark.parametrize("kind", [None, "prometheus"])
def test_no_source(fake: FakeGrafana, token: Path, kind: str | None) -> None:
    """Without a data source of the right kind nothing is put there, and the remedy is named."""
    fake.sources = {"fmwatch": kind} if kind else {}
    found = published(fake, token)
    assert found.exit_code == 2
    assert "--source" in found.output
    assert not fake.dashboards
    assert not fake.folders


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((401, {"message": "Invalid API key"}), 2, "make another one"),
        ((403, {"message": "no"}), 2, "datasources:read"),
        ((400, {"message": "bad title"}), 2, "bad title"),
        ((500, {"message": "database is locked"}), 3, "database is locked"),
        ((502, "<html>bad gateway</html>"), 3, "bad gateway"),
        ((200, "<html>a login page</html>"), 3, "no Grafana answers"),
    ],
)
def test_refused(fake: FakeGrafana, token: Path, answer: Answer, code: int, words: str) -> None:
    """What Grafana refuses is a sentence with a remedy and exit code 2; where it is not well, 3."""
    fake.refuses = answer
    found = published(fake, token)
    assert (found.exit_code, found.exception.__class__) == (code, SystemExit)
    assert words in found.output


def test_away(token: Path) -> None:
    """A Grafana that does not answer is exit code 3; an address that is none, 2."""
    with running() as gone:
        url = gone.url
    for address, code in ((url, 3), ("grafana:3000", 2), ("http://host:port", 2)):
        command = ["grafana", "publish", "--url", address, "--token-file", str(token)]
        assert CliRunner().invoke(main, command).exit_code == code


def test_wrong_token(fake: FakeGrafana, tmp_path: Path) -> None:
    """Another token is refused, and is not in the message."""
    wrong = tmp_path / "wrong"
    wrong.write_text("glsa_wrong")
    found = published(fake, wrong)
    assert found.exit_code == 2
    assert "glsa_wrong" not in found.output


def test_not_installed(fake: FakeGrafana, token: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the command says which one it needs."""
    monkeypatch.setattr(through_grafana_api, "installed", lambda: False)
    found = published(fake, token)
    assert found.exit_code == 2
    assert "fmwatch-server[grafana]" in found.output


def test_under_a_path(fake: FakeGrafana) -> None:
    """A Grafana that is served under a path is asked there."""
    with pytest.raises(GrafanaRefused, match="Not found"):
        GrafanaApi(f"{fake.url}/grafana/", TOKEN).folder("a", "b")


def annotated(fake: FakeGrafana, *happened: Mark, ours: str = "fmwatch-store-1") -> Marked:
    """Mark what happened within a day."""
    return annotate(GrafanaApi(fake.url, TOKEN), happened, START - HOUR, START + 24 * HOUR, ours)


def test_annotate(fake: FakeGrafana) -> None:
    """What happened is marked once; what has ended since is corrected; what is as it was stays."""
    deploy = Mark("fmwatch-1", START, None, "deploy v1 -> v2", ("deploy",))
    incident = Mark("fmwatch-2", START + HOUR, None, 'it\'s on "fire" {a}', ("page", "latency"))
    assert annotated(fake) == Marked()
    assert annotated(fake, deploy, incident) == Marked(new=2)
    assert annotated(fake, deploy, incident) == Marked(same=2)
    over = replace(incident, until=START + 3 * HOUR)
    assert annotated(fake, deploy, over) == Marked(changed=1, same=1)
    assert [one["timeEnd"] - one["time"] for one in fake.annotations] == [0, 7_200_000]
    assert fake.annotations[1]["tags"] == ["fmwatch", "fmwatch-2", "page", "latency", "fmwatch-store-1"]


@pytest.mark.parametrize("hours", [-30, -2, 2, 20])
def test_moved(fake: FakeGrafana, hours: int) -> None:
    """What turns out to have begun at another time moves, and stands there once."""
    incident = Mark("fmwatch-2", START + 2 * HOUR, None, "slow")
    annotated(fake, incident)
    moved = replace(incident, at=incident.at + hours * HOUR)
    assert annotated(fake, moved) == Marked(changed=1)
    assert annotated(fake, moved) == Marked(same=1)
    assert len(fake.annotations) == 1


def test_louder(fake: FakeGrafana) -> None:
    """A ticket that becomes a page has the tag of one."""
    incident = Mark("fmwatch-2", START, None, "slow", ("ticket",))
    annotated(fake, incident)
    assert annotated(fake, replace(incident, tags=("page",))) == Marked(changed=1)
    assert "page" in fake.annotations[0]["tags"]


def test_gone(fake: FakeGrafana) -> None:
    """What is no more is removed within the time asked for; marks of people and of another fmwatch stay."""
    before, within = (
        Mark("fmwatch-1", START - 2 * HOUR, None, "before"),
        Mark("fmwatch-2", START, None, "slow"),
    )
    annotated(fake, before, within)
    annotated(fake, Mark("fmwatch-3", START, None, "elsewhere"), ours="fmwatch-store-2")
    by_hand = {"id": 99, "time": fake.annotations[1]["time"], "text": "deploy", "tags": ["fmwatch", "deploy"]}
    fake.annotations.append({**by_hand, "timeEnd": by_hand["time"]})
    assert annotated(fake) == Marked(removed=1)
    assert [one["text"] for one in fake.annotations] == ["before", "elsewhere", "deploy"]
    assert annotated(fake) == Marked()


def test_annotate_away() -> None:
    """Where Grafana goes away, the error says so."""
    with running() as gone:
        grafana = GrafanaApi(gone.url, TOKEN)
    with pytest.raises(GrafanaAway):
        annotate(grafana, [Mark("fmwatch-1", START, None, "deploy")], START, START + HOUR, "fmwatch-store-1")


def test_marks(database: Database) -> None:
    """Changes have an id that stays and differs, also where only a name does."""
    changes = [
        Change(at=START, tenant="default", kind="model", route=route, model="m", from_="a", to="b", by="ana")
        for route in ("r", "s", "it's")
    ]
    Writer(database).changes(changes)
    found = [mark(row) for row in marks(database, START, START + HOUR)]
    assert len({one.id for one in found}) == 3
    assert {one.text for one in found} == {"model a -> b"}
    assert found == [mark(row) for row in marks(database, START, START + HOUR)]
    assert marks(database, START + HOUR, START + 2 * HOUR) == []


def test_not_over(database: Database) -> None:
    """An incident that is not over lies in every time after it began, one that is over only until then."""
    alert = {
        "tenant": "default", "severity": "page", "signal": "latency", "body": "{}",
        "began_at": START, "fired_at": START, "updated_at": START,
    }  # fmt: skip
    Writer(database).alerts([{**alert, "id": "a"}, {**alert, "id": "b", "resolved_at": START + HOUR}])
    assert [row["id"] for row in marks(database, START + 2 * HOUR, START + 3 * HOUR)] == ["a"]
    assert made(database) == made(database) != "0"


def test_annotate_command(fake: FakeGrafana, token: Path, served_store: ServedStore) -> None:
    """The command reads a ClickHouse server, and says what it needs where there is none."""
    command = ["grafana", "annotate", "--url", fake.url, "--token-file", str(token), "--json"]
    since = ["--since", "2026-05-01T00:00:00Z"]
    with Database.open(url=served_store.url) as database:
        empty(database)
        change = Change(at=START, tenant="default", kind="deploy", route="r", from_="1", to="2", by="ana")
        Writer(database).changes([change])
    found = CliRunner().invoke(main, [*command, *since], env={"FMWATCH_STORE_CLICKHOUSE": served_store.url})
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout) == {"new": 1, "changed": 0, "removed": 0, "same": 0}
    with Database.open(url=served_store.url) as database:
        empty(database)
    found = CliRunner().invoke(main, [*command, *since], env={"FMWATCH_STORE_CLICKHOUSE": served_store.url})
    assert json.loads(found.stdout) == {"new": 0, "changed": 0, "removed": 1, "same": 0}
    assert not fake.annotations
    missing = CliRunner().invoke(main, [*command, *since])
    assert missing.exit_code == 2
    assert "store.clickhouse" in missing.output
