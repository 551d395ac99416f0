"""`fmwatch digest` on a directory and on the server that runs there; and to receivers."""

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
from services.digest.command import Server
from services.digest.gather import Gather
from services.digest.routes import digest_route
from store.database import Database
from tests.contract.schema import errors, load
from tests.services.alerter.receivers.places import Answer, Web
from tests.services.digest.past import NOW


@pytest.fixture
def data(three_weeks: Path) -> Path:
    """A directory with three weeks."""
    return three_weeks


def _run(data: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["digest", "--data", str(data), *map(str, arguments)])


def test_printed(data: Path) -> None:
    """It is printed as Markdown, the last week that is over first."""
    found = _run(data)
    assert found.exit_code == 0
    assert found.stdout.startswith("# fmwatch: week 2026-W33")
    assert "shorter | *answers*" not in found.stdout.replace("\\", "#")


def test_file_and_json(data: Path, tmp_path: Path) -> None:
    """It is written whole into a file; scripts have a document that fits the contract."""
    out = tmp_path / "week.md"
    found = _run(data, "--week", "2026-W34", "--out", out)
    assert (found.exit_code, found.stdout) == (0, "")
    assert out.read_text().startswith("# fmwatch: week 2026-W34")
    document = json.loads(_run(data, "--json").stdout)
    assert errors(document, load("digest")) == []
    assert document["week"] == "2026-W33"


@pytest.mark.parametrize(
    ("week", "said"), [("2026-33", "for instance 2026-W47"), ("2027-W01", "has not begun")]
)
def test_no_week(data: Path, week: str, said: str) -> None:
    """What is no week, or none yet, is refused with the reason."""
    found = _run(data, "--week", week)
    assert (found.exit_code, said in found.stderr) == (2, True)


@pytest.fixture
def web() -> Iterator[Web]:
    """A place that letters are sent to."""
    with Web().open() as found:
        yield found


def _config(folder: Path, web: Web) -> Path:
    file = folder / "fmwatch.yaml"
    file.write_text(
        "receivers:\n"
        f"  hook: {{webhook: {{url: '{web.url}/x'}}}}\n"
        f"  chat: {{slack: {{webhook_url: '{web.url}/y'}}}}\n"
        "digest: {receivers: [hook, chat]}\n"
    )
    return file


def test_sent(data: Path, tmp_path: Path, web: Web) -> None:
    """Receivers that are named get it: a program the document, people the words."""
    found = _run(data, "--send", "--config", _config(tmp_path, web))
    assert (found.exit_code, found.stdout, found.stderr) == (0, "", "hook took it: ok\nchat took it: ok\n")
    hook, chat = web.asked
    assert (hook.json["kind"], hook.json["digest"]["week"]) == ("digest", "2026-W33")
    assert "Spent " in chat.json["blocks"][1]["text"]["text"]


@pytest.mark.parametrize(("answer", "code"), [(Answer(404), 1), (Answer(503), 3)])
def test_not_taken(data: Path, tmp_path: Path, web: Web, answer: Answer, code: int) -> None:
    """Where one refuses it or is away the exit code says so, and the other has it."""
    web.next(answer)
    found = _run(data, "--send", "--config", _config(tmp_path, web))
    assert found.exit_code == code
    assert "chat took it" in found.stderr


def test_nobody(data: Path, tmp_path: Path, web: Web) -> None:
    """Where nobody is named, and where who is named takes no letters, the key is named with the remedy."""
    assert "digest.receivers: nobody is named" in _run(data, "--send").stderr
    file = _config(tmp_path, web)
    file.write_text("receivers: {am: {alertmanager: {url: 'http://am:9093'}}}\ndigest: {receivers: [am]}\n")
    found = _run(data, "--config", file)
    assert (found.exit_code, "there is no receiver that can be read called 'am'" in found.stderr) == (2, True)


def test_route(data: Path, tmp_path: Path) -> None:
    """Over HTTP a token of one tenant has that tenant's week, and what is no week is refused."""
    file = tmp_path / "tokens.yaml"
    add(file, "b", "read", hashed("b-reads"))
    add(file, "*", "read", hashed("all-read"))
    with Database.open(data) as database:
        gather = Gather(database, ZoneInfo("UTC"), lambda: NOW)
        app = Starlette(routes=[digest_route(gather, TokenDoor(Tokens(file)))])
        client = TestClient(app, client=("10.0.0.7", 1))
        own = client.get("/api/digest.json", auth=("", "b-reads")).json()
        everybody = client.get("/api/digest.json", auth=("", "all-read")).json()
        assert (own["tenant"], own["now"]["n"], everybody["now"]["n"] > 0) == ("b", 0, True)
        assert client.get("/api/digest.json").status_code == 401
        assert client.get("/api/digest.json?tenant=a", auth=("", "b-reads")).status_code == 403
        assert client.get("/api/digest.json?week=x", auth=("", "b-reads")).status_code == 400
        with httpx2.Client(
            transport=_transport(client), base_url="http://testserver", auth=("", "all-read")
        ) as asked:
            server = Server(asked)
            assert server.digest() == gather.digest()
            with pytest.raises(ValueError, match="is no week"):
                server.digest("x")


def _transport(client: TestClient) -> httpx2.MockTransport:
    """Return a transport that asks the application in this process."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        found = client.get(str(request.url), headers={"authorization": request.headers["authorization"]})
        return httpx2.Response(found.status_code, content=found.content)

    return httpx2.MockTransport(answer)
