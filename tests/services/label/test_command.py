"""`fmwatch label` as a person runs it: the page, what it puts into the store, and what the advisor reads."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from services.access.door import LocalDoor
from services.advisor.read_labels import read_labels
from services.config import Config
from services.label.person import signed
from services.run import Embedded
from services.serve import application
from services.shadow.errors import ShadowError
from services.wall import now
from store.database import Database
from tests.contract.schema import errors, load
from tests.services.console.pressing import press
from tests.services.shadow.calls import ROUTE, lines
from tests.services.test_cli import FMWATCH, run, server

HERE = "http://127.0.0.1:8765"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with three pairs."""
    return with_pairs(tmp_path_factory.mktemp("label") / "data")


def with_pairs(found: Path) -> Path:
    """Fill a data directory."""
    again = [json.loads(line) for line in lines(3, answer="Next week.").splitlines()]
    for call in again:
        call |= {"tags": {"pair_of": call["event_id"]}, "request_model": "gpt-5.4-mini"}
        call["event_id"] = f"shadow-{call['event_id']}"
    second = b"\n".join(json.dumps(call).encode() for call in again)
    said = run("replay", "-", "--data", found, stdin=lines(3) + b"\n" + second)
    assert said.returncode == 0, said.stderr
    return found


@contextmanager
def labelling(data: Path, *more: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run `fmwatch label`; yield its URL and, after the block, its document."""
    told: list[dict[str, Any]] = []
    command = [str(FMWATCH), "label", "--route", ROUTE, "--data", str(data), "--json", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+/", line)
        assert found, line + process.stderr.read().decode()
        yield found.group(), told
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert err == b""
    document = json.loads(out)
    assert errors(document, load("label")) == []
    told.append({"code": process.returncode, **document})


def bad(data: Path) -> list[tuple[float, float]]:
    """The labels of both answers of each pair, as the advisor reads them."""
    with Database.open(data) as database:
        (by_candidate,) = read_labels(database, now().date()).values()
    (pairs,) = by_candidate.values()
    return sorted(zip(pairs.incumbent.tolist(), pairs.candidate.tolist(), strict=True))


def test_command(data: Path) -> None:
    """What two people say, on a directory and beside a server, is what the advisor reads, averaged."""
    with labelling(data, "--person", "ana") as (url, told), httpx2.Client() as browser:
        page = browser.get(url).text
        assert "gpt-5.4-mini" not in page
        for word in ("both", "both", "neither"):
            number = re.search(r'name="number" value="(\d+)"', browser.get(url).text)
            assert number
            sent = browser.post(f"{url}say", data={"number": number[1], "word": word})
            assert sent.status_code == 303
        assert "Nothing is left" in browser.get(url).text
    assert (told[0]["code"], told[0]["judged"], told[0]["left"]) == (0, 3, 0)
    assert bad(data) == [(0.0, 0.0), (1.0, 1.0), (1.0, 1.0)]
    with server(data), labelling(data, "--person", "ben") as (url, told):
        assert httpx2.get(url).status_code == 200
    assert (told[0]["code"], told[0]["judged"]) == (1, 0)


def test_console(tmp_path: Path) -> None:
    """What is said on the console of a server is what the advisor reads."""
    data = with_pairs(tmp_path / "data")
    with (
        Embedded(data, Config(), now) as embedded,
        TestClient(application(embedded, LocalDoor()), HERE, client=("127.0.0.1", 40_000)) as browser,
    ):
        (judge,) = re.findall(r'href="(/label/judge[^"]+)"', browser.get("/label").text)
        page = browser.get(f"{unescape(judge)}&by=ana")
        for word in ("both", "neither", "skip"):
            page = browser.get(press(browser, page, word).headers["location"])
        assert "The end of the list" in page.text
    with Embedded(data, Config(), now) as embedded:
        while embedded.score():
            pass
    assert bad(data) == [(0.0, 0.0), (1.0, 1.0)]


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 65, "ana@example.org"])
def test_no_name(name: str) -> None:
    """A name that would not be kept as it is would make several people one."""
    with pytest.raises(ShadowError, match="name"):
        signed(name, ("email",))
    assert signed("Ana O.", ("email",)) == "Ana O."


def test_no_pairs(tmp_path: Path) -> None:
    """Where there are no pairs, the command says what makes them."""
    said = run("replay", "-", "--data", tmp_path / "data", stdin=lines(2))
    assert said.returncode == 0, said.stderr
    said = run("label", "--route", ROUTE, "--data", tmp_path / "data")
    assert said.returncode == 2
    assert b"fmwatch shadow" in said.stderr
