"""`fmwatch shadow` and `fmwatch judge` as a person runs them, against a provider behind a local port."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.advisor.read_labels import read_labels
from services.cli import main
from services.fake_provider.reply import Reply, Spent
from services.fake_provider.testing import FakeProvider, Fields
from services.shadow.command import labelling
from services.shadow.journal import FILE, Journal
from services.shadow.judge import RUBRIC
from services.wall import now
from store.database import Database
from store.labels import judged_by
from tests.contract.schema import errors, load
from tests.services.test_cli import FMWATCH, server

from .calls import CANDIDATE, INCUMBENT, ROUTE, lines

FAST = ("--per-minute", "600000")
PRICED = Spent(input=60, output=30)


def run(*arguments: object, stdin: bytes = b"") -> Result:
    """Run a command to its end, in this process."""
    return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with thirty calls."""
    found = tmp_path / "data"
    said = run("replay", "-", "--data", found, stdin=lines(30))
    assert said.exit_code == 0, said.output
    return found


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """A provider whose answers cost something."""
    with FakeProvider(reply=Reply("Parcels arrive by mail. Ask ana@example.org.", spent=PRICED)) as found:
        yield found


def command(data: Path, provider: FakeProvider, *more: object) -> tuple[object, ...]:
    """The arguments of `fmwatch shadow`."""
    route = ("--route", ROUTE, "--candidate", CANDIDATE, "--url", provider.openai_url)
    return ("shadow", *route, "--data", data, "--json", *FAST, *more)


def shadow(data: Path, provider: FakeProvider, *more: object) -> tuple[int, dict[str, Any]]:
    """Exit code and document of `fmwatch shadow`."""
    said = run(*command(data, provider, *more))
    assert said.stdout, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    assert errors(found, load("shadow")) == []
    return said.exit_code, found


def parcels(asked: list[Fields]) -> list[str]:
    """Which requests were asked."""
    return [re.findall(r"parcel (\d+)", body["messages"][-1]["content"])[0] for body in asked]


def stored(data: Path) -> list[dict[str, Any]]:
    """The candidate's answers in the store."""
    with Database.open(data) as database:
        return database.rows(
            "SELECT *, tags['pair_of'] AS pair_of FROM v_calls WHERE tags['pair_of'] != '' ORDER BY event_id"
        )


def test_shadow(data: Path, provider: FakeProvider) -> None:
    """Answers become calls of the route, scored, priced, redacted and tied to the incumbent's."""
    code, found = shadow(data, provider, "--usd", 1, "--pairs", 12)
    assert code == 0
    assert (found["state"], found["pairs"], found["answered"], found["calls"]) == ("done", 12, 12, 30)
    assert (found["incumbent"], found["tenant"], found["lost"]) == (INCUMBENT, "default", 0)
    rows = stored(data)
    assert len({row["pair_of"] for row in rows}) == 12
    assert {row["response"] for row in rows} == {"Parcels arrive by mail. Ask [email]."}
    assert {row["hallucination_label"] for row in rows} <= {"grounded", "unsupported"}
    assert {(row["team"], row["cost_status"]) for row in rows} == {("support", "priced")}
    assert sum(row["cost_pusd"] for row in rows) / 1e12 == pytest.approx(found["spent_usd"])
    assert {body["model"] for body in provider.asked} == {"gpt-5.4-mini"}
    assert provider.asked[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (provider.asked[0]["max_tokens"], provider.asked[0]["temperature"]) == (60, 0.2)
    assert b"[email]" not in (data / FILE).read_bytes()


def test_goes_on(data: Path, provider: FakeProvider) -> None:
    """The same command asks only what is missing, and says so where calls run out."""
    shadow(data, provider, "--usd", 1, "--pairs", 5)
    assert shadow(data, provider, "--usd", 1, "--pairs", 5)[1]["asked"] == 0
    code, found = shadow(data, provider, "--usd", 1, "--pairs", 40)
    assert (code, found["state"], found["pairs"], found["before"]) == (1, "no_more_calls", 30, 5)
    assert sorted(parcels(provider.asked)) == sorted(str(number) for number in range(30))
    assert len(stored(data)) == 30
    (data / FILE).unlink()
    assert shadow(data, provider, "--usd", 1, "--pairs", 30)[1]["asked"] == 0


def test_cap(data: Path, provider: FakeProvider) -> None:
    """The cap holds over all runs together, and a higher one goes on."""
    code, found = shadow(data, provider, "--usd", 0.001, "--pairs", 30)
    assert (code, found["state"]) == (1, "cap")
    assert 0 < found["spent_usd"] <= 0.001
    before = found["pairs"]
    assert shadow(data, provider, "--usd", 0.001, "--pairs", 30)[1]["asked"] == 0
    assert shadow(data, provider, "--usd", 1, "--pairs", 30)[1]["before"] == before


def test_killed(data: Path, provider: FakeProvider) -> None:
    """Killed with -9 and given again, the command asks nothing twice and loses no answer that had come."""
    provider.latency_s = 0.2
    arguments = [str(one) for one in command(data, provider, "--usd", 1, "--pairs", 20)]
    process = subprocess.Popen([FMWATCH, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(provider.asked) < 9:
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    code, found = shadow(data, provider, "--usd", 1, "--pairs", 20)
    assert code == 0
    assert (found["pairs"], len(stored(data))) == (20, 20)
    assert 1 <= found["lost"] <= 5
    asked = parcels(provider.asked)
    assert len(asked) == len(set(asked))


def test_interrupted(data: Path, provider: FakeProvider) -> None:
    """Ctrl-C finishes what is in hand, stores it and says how to go on."""
    provider.latency_s = 0.2
    arguments = [str(one) for one in command(data, provider, "--usd", 1, "--pairs", 30)]
    process = subprocess.Popen([FMWATCH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(provider.asked) < 5:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    found = json.loads(out)
    assert (process.returncode, found["state"], found["lost"], err) == (1, "interrupted", 0, b"")
    assert len(stored(data)) == found["pairs"] == len(provider.asked)


def test_with_server(data: Path, provider: FakeProvider) -> None:
    """While a server runs on the directory, it draws and takes the answers in."""
    with server(data):
        code, found = shadow(data, provider, "--usd", 1, "--pairs", 4)
    assert (code, found["pairs"]) == (0, 4)
    assert len(stored(data)) == 4


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--candidate", "openai/nobody-knows-it", "--usd", 1), "--price"),
        (("--candidate", "openai", "--usd", 1), "PLATFORM/MODEL"),
        (("--route", "support", "--usd", 1), "--route needs the whole name"),
        (("--incumbent", "openai/o3", "--usd", 1), "openai/gpt-4o-mini"),
        (("--key-env", "NOT_SET_HERE", "--usd", 1), "NOT_SET_HERE"),
        ((), "--usd"),
    ],
)
def test_usage(data: Path, provider: FakeProvider, more: tuple[object, ...], said: str) -> None:
    """What cannot be done is one sentence with the remedy, exit code 2, and nothing is asked."""
    done = run(*command(data, provider, *more))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert provider.asked == []


def test_not_allowed(data: Path, provider: FakeProvider, tmp_path: Path) -> None:
    """A route's prompts do not go to a platform that the configuration does not allow."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text("routes: {support/*: {allow: {platforms: [azure]}}}\n")
    done = run(*command(data, provider, "--usd", 1, "--config", config))
    assert done.exit_code == 2
    assert "allow.platforms" in done.stderr
    assert provider.asked == []


def test_away(data: Path) -> None:
    """An endpoint that is not there is exit code 3, and nothing counts as asked."""
    with FakeProvider() as provider:
        gone = command(data, provider, "--usd", 1, "--at-once", 1)
    done = run(*gone)
    assert done.exit_code == 3, done.output
    assert "gives no answer" in done.stderr


def test_next() -> None:
    """What is printed to be copied is one word a name for a shell, whatever callers call their routes."""
    route, place = "a b; $(touch x) 'c'", Path("/my data")
    assert shlex.split(labelling(route, place))[1:] == [
        *("fmwatch", "label", "--route", route, "--data", str(place))
    ]


def test_judge(data: Path, provider: FakeProvider) -> None:
    """A judge that likes an answer scores it, one that likes a place abstains; neither is a label.

    One that takes a request and does not answer in time may bill it.
    """
    shadow(data, provider, "--usd", 1, "--pairs", 6)
    with FakeProvider() as first, FakeProvider() as honest:
        _speak(first, lambda _: "FIRST")
        _speak(honest, lambda body: "FIRST" if "Ask [email]" in _second(body) else "SECOND")
        found = [
            _judge(data, one, by) for one, by in ((first, "openai/gpt-5"), (honest, "openai/gpt-5-mini"))
        ]
        again = _judge(data, first, "openai/gpt-5")
        assert (again["judged"], again["now"]["inconsistent"]) == (6, 0)
    assert [one["now"] for one in found] == [
        {"agreed": 0, "inconsistent": 6, "unreadable": 0},
        {"agreed": 6, "inconsistent": 0, "unreadable": 0},
    ]
    assert [len(one.asked) for one in (first, honest)] == [12, 12]
    assert {one["judged"] for one in found} == {6}
    assert all(one["spent_usd"] > 0 for one in found)
    with Database.open(data) as database:
        rows = database.rows(
            "SELECT name, kind, by, value_number FROM v_feedback ORDER BY name, value_number"
        )
        labels = read_labels(database, now().date())
    assert {(row["kind"], row["by"]) for row in rows} == {("score", "judge")}
    assert {row["value_number"] for row in rows if "gpt-5-mini" in row["name"]} == {1.0}
    assert {row["value_number"] for row in rows if "gpt-5:" in row["name"]} == {0.0}
    assert labels == {}
    with FakeProvider(reply=Reply(status=504)) as lost:
        assert run(*_judging(data, lost, "openai/gpt-4o")).exit_code == 3
    with Journal(data) as journal:
        assert journal.spent(f"default\n{ROUTE}\n{CANDIDATE}\n{judged_by('openai/gpt-4o', RUBRIC)}") > 0


def _judging(data: Path, provider: FakeProvider, by: str) -> tuple[object, ...]:
    """The arguments of `fmwatch judge`."""
    of = ("judge", "--route", ROUTE, "--candidate", CANDIDATE, "--by", by, "--url", provider.openai_url)
    return (*of, "--usd", 1, "--data", data, "--json", *FAST, "--at-once", 1)


def _judge(data: Path, provider: FakeProvider, by: str) -> dict[str, Any]:
    """Document of `fmwatch judge`."""
    said = run(*_judging(data, provider, by))
    assert said.exit_code == 0, said.output
    found: dict[str, Any] = json.loads(said.stdout)
    assert errors(found, load("judge")) == []
    return found


def _second(body: Fields) -> str:
    """What stands second."""
    return str(body["messages"][1]["content"].split("SECOND ANSWER BEGINS")[1])


def _speak(provider: FakeProvider, word: Any) -> None:
    """Let a provider answer with a verdict in the words of the question."""

    class Speaking:
        """Takes the place of what the provider answers next."""

        def __bool__(self) -> bool:
            return True

        def popleft(self) -> Reply:
            """Return the verdict on what was asked last."""
            body = provider.asked[-1]
            mark = body["messages"][1]["content"].split(" ", 1)[0]
            return Reply(f"I think so.\n{mark} {word(body)}", spent=PRICED)

    provider._next = Speaking()  # type: ignore[assignment]  # its replies know what was asked
