"""`fmwatch report` on a directory and on the server that runs there; its forms, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.access.door import TokenDoor
from services.access.token import digest as hashed
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.cli import main
from services.digest.gather import Gather as Digests
from services.report.command import Server
from services.report.errors import ReportError
from services.report.fleet_week import FleetWeeks
from services.report.gather import Gather
from services.report.routes import API, SAMPLE, WEEK, report_routes
from services.report.windows import Asked
from store.database import Database
from tests.contract.schema import errors, load
from tests.services.report.days import ALERT, BAD, NOW, ROUTE, START

SPANS = ("--route", ROUTE, "--from", BAD.isoformat(), "--to", NOW.isoformat())


def run(data: Path, *arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["report", "--data", str(data), *map(str, arguments)])


def test_markdown(two_days: Path) -> None:
    """Markdown is printed, and without Evidently the report says how to get it."""
    found = run(two_days, "--signal", ALERT[:8], "--markdown")
    assert found.exit_code == 0
    assert found.stdout.startswith("# fmwatch report: support/answer\n\n- Alert 5ee1e5abcd000001 (page)")
    assert "## What changed beyond chance" in found.stdout
    assert "no second look: Evidently is not installed here: make report" in found.stderr


def test_file(two_days: Path, tmp_path: Path) -> None:
    """A page is written whole into a file that is named on stdout."""
    out = tmp_path / "day.html"
    found = run(two_days, *SPANS, "--out", out, "--without-evidently")
    assert (found.exit_code, found.stdout, found.stderr) == (0, f"{out}\n", "")
    assert out.read_text().startswith("<!doctype html>")


def test_json(two_days: Path) -> None:
    """Scripts have documents that fit the contract."""
    document = json.loads(run(two_days, *SPANS, "--json", "--without-evidently").stdout)
    assert errors(document, load("report")) == []
    assert (document["n"], document["calls"]["routes"], document["second_look"]) == (240, [ROUTE], None)
    week = json.loads(run(two_days, "--week", "2026-08-12", "--json").stdout)
    assert errors(week["digest"], load("digest")) == []
    assert errors(week, load("report_week")) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one of --signal ID"),
        (("--week", "--signal", "x"), "name one of --signal ID"),
        (("--route", ROUTE), "two windows need --route, --from and --to"),
        ((*SPANS, "--against", "2d"), "'2d' is no span; write FROM..TO"),
        ((*SPANS, "--against", "9d..x"), "how long ago"),
        ((*SPANS, "--pdf", "--json"), "choose one of"),
        (("--signal", "zz"), "no alert has the id 'zz'"),
        (("--week", "2026-W60"), "or a day of it, such as 2026-11-18"),
        (("--week", "0001-W01"), "or a day of it, such as 2026-11-18"),
    ],
    ids=[
        "nothing",
        "two",
        "no span",
        "half a span",
        "no time",
        "two forms",
        "no alert",
        "no week",
        "first week",
    ],
)
def test_refused(two_days: Path, arguments: tuple[str, ...], said: str) -> None:
    """What a person can mend is one sentence, exit code 2, and nothing is written."""
    found = run(two_days, *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr.replace("\n", " ")


def test_no_browser(two_days: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a browser PDF is refused before anything is read, with the remedy."""
    monkeypatch.setenv("PATH", "/nonexistent")
    found = run(two_days, *SPANS, "--pdf")
    assert found.exit_code == 3
    assert "apt-get install chromium" in found.stderr


@pytest.fixture
def client(two_days: Path, tmp_path: Path) -> Iterator[TestClient]:
    """The routes of a server behind tokens of two tenants and of all."""
    file = tmp_path / "tokens.yaml"
    for tenant in ("*", "default", "b"):
        add(file, tenant, "read", hashed(f"{tenant}-reads"))
    with Database.open(two_days) as database:
        gather = Gather(database, ZoneInfo("UTC"), lambda: NOW)
        weeks = FleetWeeks(Digests(database, ZoneInfo("UTC"), lambda: NOW))
        app = Starlette(routes=report_routes(gather, weeks, TokenDoor(Tokens(file))))
        yield TestClient(app, client=("10.0.0.7", 1))


def test_routes(client: TestClient) -> None:
    """Over HTTP a token of one tenant has that tenant's calls and no other's."""
    spans = {"route": ROUTE, "since": BAD.isoformat(), "until": NOW.isoformat()}
    path = "/api/report.json"
    own = client.get(path, params=spans, auth=("", "default-reads"))
    assert (own.status_code, own.json()["n"]) == (200, 240)
    assert client.get(path, params=spans).status_code == 401
    others = client.get(path, params=spans, auth=("", "b-reads"))
    assert (others.status_code, "of tenant 'b' is stored at any time" in others.json()["error"]) == (
        400,
        True,
    )
    assert client.get(path, params={"signal": ALERT}, auth=("", "b-reads")).status_code == 400
    assert client.get(path, params={"route": 1, "x": 2}, auth=("", "b-reads")).status_code == 400
    calls = json.dumps(own.json()["calls"] | {"tenant": "default"})
    sample = [
        client.get("/api/report/sample.parquet", params={"calls": calls}, auth=("", f"{tenant}-reads"))
        for tenant in ("default", "b")
    ]
    assert [one.content[:4] for one in sample] == [b"PAR1", b"PAR1"]
    assert len(sample[1].content) < len(sample[0].content) / 4


AWARE = {"since": BAD.isoformat(), "until": NOW.isoformat()}
NAIVE = "2026-08-14T00:00:00"
CALLS = {
    "tenant": "",
    "platform": "",
    "model": "",
    "routes": [ROUTE],
    "before_since": NAIVE,
    "before_until": NAIVE,
}
NO_ZONE = CALLS | {"since": NAIVE, "until": NAIVE}
NO_SUCH_ZONE = (
    CALLS | AWARE | {"before_since": START.isoformat(), "before_until": BAD.isoformat(), "zone": "Mars/X"}
)


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        (API, AWARE | {"since": NAIVE}, "Expected `datetime` with a timezone component - at `$.since`"),
        (API, {"since": NAIVE, "until": NAIVE}, "with a timezone component"),
        (API, {"since": "0001-01-01T00:00:00Z", "until": "0001-01-02T00:00:00Z"}, "end of all time"),
        (WEEK, {"week": "0001-W01"}, "'0001-W01' is no week"),
        (WEEK, {"week": "9999-W52"}, "'9999-W52' is no week"),
        (SAMPLE, {"calls": json.dumps(NO_ZONE)}, "with a timezone component"),
        (SAMPLE, {"calls": json.dumps(NO_SUCH_ZONE | {"hours": [1]})}, "the store refuses"),
    ],
    ids=["one zone", "no zone", "first day", "first week", "last week", "calls without", "no such zone"],
)
def test_bad_times(client: TestClient, path: str, given: dict[str, str], said: str) -> None:
    """Times that nothing can be asked about are refused with a sentence."""
    route = {"route": ROUTE} if path == API else {}
    found = client.get(path, params=given | route, auth=("", "default-reads"))
    assert found.status_code == 400
    assert said in found.json()["error"]


def test_server(client: TestClient) -> None:
    """A command beside a server is answered by it as by the directory."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        found = client.get(str(request.url), headers={"authorization": request.headers["authorization"]})
        return httpx2.Response(found.status_code, content=found.content)

    transport = httpx2.MockTransport(answer)
    with httpx2.Client(transport=transport, base_url="http://testserver", auth=("", "*-reads")) as asked:
        server = Server(asked)
        found = server.comparison(Asked(signal=ALERT))
        assert found.alert is not None
        assert found.n == 200
        assert server.sample(found.calls, 5000)[:4] == b"PAR1"
        assert server.week("2026-W33").digest.now.n == 1201
        with pytest.raises(ReportError, match="no alert has the id"):
            server.comparison(Asked(signal="zz"))
        with pytest.raises(ValueError, match="is no week"):
            server.week("x")
