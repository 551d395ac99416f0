"""`fmwatch alerts` on a data directory, and on the server that runs on it."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from services.alerter.alert import at
from services.alerter.errors import UnknownAlert, Unspeakable
from services.alerter.word import Verb
from services.alerts import command
from services.alerts.command import Asked, say, show_list
from services.alerts.directory import Directory
from services.alerts.told import said, series, shortened
from services.cli import main
from services.config import Config
from services.run import Embedded
from store.errors import StoreUnavailable
from tests.services.alerter.signals import ANSWER, DAY, signal
from tests.services.small_fleet import DAYS, lately, lines
from tests.services.test_cli import run, server

START = lately()
END = START + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an outage that was watched."""
    directory = tmp_path_factory.mktemp("filled") / "data"
    done = run("replay", "-", "--data", directory, stdin=b"\n".join(lines(start=START)))
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(filled, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def _json(*command: object) -> dict[str, Any]:
    done = run(*command, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _page(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = _json("alerts", "list", "--data", data, "--severity", "page")["alerts"][0]
    return found


def test_directory(data: Path) -> None:
    """Alerts are listed, judged by the beginning of their id, and counted against the promise."""
    page = _page(data)
    assert page["outcome"] is None
    done = _json("alerts", "false", page["id"][:7], "--by", "ana", "--note", "a drill", "--data", data)
    assert (done["alerts"][0]["outcome"], done["alerts"][0]["heard"]) == ("false", True)
    listed = _json("alerts", "list", "--data", data)
    pages = listed["false_alarms"]["pages"]
    assert (pages["false"], pages["promised_per_month"]) == (1, 1)
    told = run("alerts", "list", "--data", data)
    assert b"a false alarm, says ana" in told.stdout
    assert b"called false" in told.stdout


def _listed(data: Path, capsys: pytest.CaptureFixture[str], days: int = 30) -> list[dict[str, Any]]:
    show_list(data, None, Asked(), days, as_json=True)
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["alerts"]
    return found


def test_all_or_none(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where one of several ids is wrong nothing is said of the others; one named twice is told of once."""
    page = next(one["id"] for one in _listed(data, capsys) if one["severity"] == "page")
    with pytest.raises(UnknownAlert, match="no alert has the id 'no-such'"):
        say(data, None, [page, "no-such"], "false", by="ana", note="", as_json=False)
    assert capsys.readouterr().out == ""
    assert {one["outcome"] for one in _listed(data, capsys)} == {None}
    say(data, None, [page, page[:9]], "false", by="ana", note="", as_json=False)
    assert capsys.readouterr().out.count("a false alarm, says ana") == 1


def test_half_done(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store goes away in between, it is printed what was said before."""

    class Flaky:
        def about(self, prefix: str, _: Verb) -> str:
            return prefix

        def say(self, prefix: str, *_: str) -> dict[str, Any]:
            if prefix == "two":
                raise StoreUnavailable("away")
            return {"heard": True, "alert": page | {"id": prefix}}

    page = _listed(data, capsys)[0]
    monkeypatch.setattr(command, "desk", lambda *_: nullcontext(Flaky()))
    with pytest.raises(StoreUnavailable):
        say(data, None, ["one", "two", "three"], "false", by="ana", note="", as_json=True)
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["alerts"]] == ["one"]


@pytest.mark.parametrize(("by", "note"), [("a" * 201, ""), ("ana", "x" * 2001), (" ", "")])
def test_too_long(data: Path, by: str, note: str) -> None:
    """A name and a note have an end, in a directory as on a server."""
    with pytest.raises(Unspeakable, match=r"characters|--by NAME"):
        say(data, None, ["any"], "false", by=by, note=note, as_json=False)
    with Embedded(data, Config(), lambda: END) as embedded, pytest.raises(Unspeakable):
        Directory(embedded).say("any", "false", by, note)


def test_days(data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What was over before the days asked for is left out, what is open never; links lead to the console."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text("console_url: https://watch.example.org")
    with Embedded(data, Config(), lambda: END) as embedded:
        embedded.alerter.take([signal("refusal", ANSWER)], at(DAY + 5))  # more than a year ago
    for days, severities in ((0, {"ticket"}), (30, {"ticket", "page"})):
        assert {one["severity"] for one in _listed(data, capsys, days)} >= severities
    assert "page" not in {one["severity"] for one in _listed(data, capsys, 0)}
    show_list(data, config, Asked(), 30, as_json=True)
    for one in json.loads(capsys.readouterr().out)["alerts"]:
        assert all(link["url"].startswith("https://watch.example.org/") for link in one["links"])


def test_server(data: Path) -> None:
    """While a server runs on the directory it is told, at once, and by nobody from another site."""
    page = _page(data)
    with server(data) as url:
        done = _json("alerts", "expected", page["id"][:7], "--by", "ana", "--data", data)
        assert (done["alerts"][0]["outcome"], done["alerts"][0]["heard"]) == ("expected", True)
        for days, there in ((3650, True), (0, False)):
            found = _json("alerts", "list", "--days", days, "--data", data)["alerts"]
            assert (page["id"] in {one["id"] for one in found}) is there
        assert _json("alerts", "series", "--data", data)["series"]
        unknown = run("alerts", "ack", "no-such", "--data", data)
        assert (unknown.returncode, b"no alert has the id 'no-such'" in unknown.stderr) == (2, True)
        over = run("alerts", "ack", page["id"], "--data", data)
        assert (over.returncode, b"is over already" in over.stderr) == (2, True)
        foreign = Request(
            f"{url}/api/alerts/{page['id']}/false", b'{"by": "eve"}', {"Origin": "http://evil.example"}
        )
        with pytest.raises(HTTPError) as refused:
            urlopen(foreign)
        assert refused.value.code == 403
        refused.value.close()
        for body in (b"{}", b'{"by": ""}', b'{"by": "a", "x": 1}', b"no", b'{"by": "%s"}' % (b"a" * 201)):
            with pytest.raises(HTTPError) as wrong:
                urlopen(Request(f"{url}/api/alerts/{page['id']}/false", body))
            assert wrong.value.code == 400
            wrong.value.close()


def test_far_behind(tmp_path: Path) -> None:
    """A server whose watcher has hundreds of days to catch up hears at once, too, what is said."""
    data = tmp_path / "data"
    old = START - timedelta(days=700)
    done = run("replay", "-", "--data", data, stdin=b"\n".join(lines(start=old)))
    assert done.returncode == 0, done.stderr
    page = _page(data)
    with server(data):
        for verb in ("expected", "false"):
            said = _json("alerts", verb, page["id"], "--by", "ana", "--data", data)["alerts"][0]
            assert (said["outcome"], said["heard"]) == (verb, True)


def test_series(data: Path) -> None:
    """Which series are watched is shown; what was not heard of for a day has no data."""
    found = _json("alerts", "series", "--data", data, "--signal", "error")
    assert {row["state"] for row in found["series"]} <= {"watched", "insufficient"}
    assert {row["team"] for row in found["series"]} == {"support"}
    none = _json("alerts", "series", "--data", data, "--route", "no/such")
    assert none == {"states": {}, "series": []}
    assert b"series are watched" in run("alerts", "series", "--data", data).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ack",), 2, b"ID..."),
        (("ack", "x", "--data", "/no/such"), 2, b"/no/such"),
        (("list", "--state", "burning"), 2, b"burning"),
        (("series", "--state", "firing"), 2, b"firing"),
    ],
)
def test_usage(arguments: tuple[str, ...], code: int, says: bytes) -> None:
    """What is wrong with a call is one sentence."""
    done = run("alerts", *arguments)
    assert (done.returncode, says in done.stderr) == (code, True)


def test_nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no name on this machine is asked for one."""

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    done = CliRunner().invoke(main, ["alerts", "ack", "3fa8"])
    assert (done.exit_code, "--by NAME" in done.output) == (2, True)


@pytest.mark.parametrize("name", ["list", "series", "ack", "resolve", "expected", "false"])
def test_help(name: str) -> None:
    """Every command shows an example."""
    done: subprocess.CompletedProcess[bytes] = run("alerts", name, "--help")
    assert b"Example:  fmwatch alerts" in done.stdout


def test_chosen() -> None:
    """Filters are globs; open is whatever is not over, and a route matches where any affected one does."""
    alert = {
        "state": "firing", "team": "shop", "signal": "error", "severity": "page", "muted": None,
        "teams": ["shop", "support"], "route": "", "routes": ["a/x", "b/y"],
    }  # fmt: skip
    for asked in (Asked(), Asked("open"), Asked("firing", "supp*", "b/*", "page", "err*")):
        assert asked.alert(alert)
    for asked in (Asked("muted"), Asked(team="x"), Asked(route="c/*"), Asked(severity="info")):
        assert not asked.alert(alert)
    assert Asked("muted").alert({**alert, "muted": "we move"})
    assert not Asked("open").alert({**alert, "state": "resolved"})


def test_short_ids() -> None:
    """Ids are as short as they can be told apart by."""
    assert shortened(["12345678a", "12345678b", "9" * 16]) == {
        "12345678a": "12345678a",
        "12345678b": "12345678b",
        "9" * 16: "9" * 9,
    }


def test_harmless() -> None:
    """No text from outside reaches the terminal as markup or control characters."""
    alert = {
        "id": "1" * 16, "title": "[red]x[/]\x1b[2J", "outcome": None, "state": "firing", "muted": None,
        "acknowledged_by": "[b]eve", "acknowledged_at": "now",
    }  # fmt: skip
    told = said({"alert": alert, "heard": True})
    assert "\x1b" not in told
    assert "\\[red]" in told
    row = {
        "state": "learning", "watched": "gross", "signal": "error", "route": "[red]r", "platform": "p\x1b",
        "model": "m", "ready_at": "2026-12-05T00:00:00Z", "last_at": None,
    }  # fmt: skip
    (_, line) = series([row])
    assert "learning until 2026-12-05, only gross change is seen" in line
    assert "\x1b" not in line
