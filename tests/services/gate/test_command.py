"""`fmwatch gate` as a pipeline runs it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from services.config import Config
from services.endpoint.errors import EndpointError
from services.fake_provider.reply import Reply
from services.fake_provider.testing import FakeProvider
from services.gate.command import Asking, Gate, decided
from services.gate.junit import junit
from services.gate.told import markdown
from services.wall import now
from tests.contract.schema import errors, load
from tests.services.test_cli import run

from .sets import sums, write

CANDIDATE = "openai/gpt-5.4-mini"
FAST = 1e9
USUAL = ("gate", "--route", "support/answer", "--candidate", CANDIDATE)


@pytest.mark.parametrize(
    ("rates", "n", "code", "outcome"),
    [((0.2, 0.05), 400, 0, "pass"), ((0.05, 0.4), 400, 1, "fail"), ((0.2, 0.2), 60, 4, "insufficient")],
)
def test_codes(tmp_path: Path, rates: tuple[float, float], n: int, code: int, outcome: str) -> None:
    """Scripts tell by the exit code, people by what is printed, CI systems by two files."""
    golden = write(tmp_path / "golden.jsonl", sums(n, incumbent=rates[0], candidate=rates[1]))
    files = ("--junit", tmp_path / "gate.xml", "--markdown", tmp_path / "gate.md")
    said = run(*USUAL, "--set", golden, "--json", *files)
    assert said.returncode == code, said.stderr
    document = json.loads(said.stdout)
    assert errors(document, load("gate")) == []
    assert (document["outcome"], document["judged"]) == (outcome, n)
    suite = ET.parse(tmp_path / "gate.xml").getroot().find("testsuite")  # noqa: S314 - our own file
    assert suite is not None
    assert (suite.get("failures"), suite.get("skipped")) == {
        "pass": ("0", "0"),
        "fail": ("1", "0"),
        "insufficient": ("0", "1"),
    }[outcome]
    assert (tmp_path / "gate.md").read_text("utf-8").startswith(f"## {outcome}: openai/gpt-5.4-mini on ")


def test_bad_set(tmp_path: Path) -> None:
    """A bad line is exit code 2, named by file and line; so are answers and an endpoint at once."""
    golden = write(tmp_path / "golden.jsonl", [{"expected": 1}, {"expeted": 1}])
    said = run(*USUAL, "--set", golden)
    assert said.returncode == 2
    assert f"{golden}:2: Object contains unknown field `expeted`".encode() in said.stderr
    said = run(*USUAL, "--set", golden, "--answers", golden, "--url", "http://127.0.0.1:1/v1")
    assert said.returncode == 2


def test_both_asked(tmp_path: Path) -> None:
    """Where the set has no answers both models are asked, within one cap."""
    lines = [{"id": str(n), "prompt": "How long?", "expected": "Five days."} for n in range(32)]
    golden = write(tmp_path / "golden.jsonl", lines)
    with FakeProvider(reply=Reply("Five days.")) as provider:
        gate = Gate("r", CANDIDATE, golden, incumbent="openai/gpt-4o", margin=0.3)
        found = decided(Config(), gate, Asking(provider.openai_url, cap_usd=5.0, per_minute=FAST), now())
    assert {one["model"] for one in provider.asked} == {"gpt-4o", "gpt-5.4-mini"}
    assert len(provider.asked) == 64
    assert found["judged"] == 32
    assert 0 < found["spent_usd"] < 0.1


def test_unpriced(tmp_path: Path) -> None:
    """A model without a price cannot be asked under a cap; the message says where to write one."""
    golden = write(tmp_path / "golden.jsonl", [{"expected": 1}])
    with pytest.raises(EndpointError, match=r"vllm/own has no price .*under prices in the configuration"):
        decided(Config(), Gate("r", "vllm/own", golden), Asking("http://127.0.0.1:1/v1"), now())


def test_own_endpoint(tmp_path: Path) -> None:
    """An endpoint of one's own is asked at the price that the configuration says, 0."""
    golden = write(tmp_path / "golden.jsonl", [{"expected": "Yes.", "incumbent": "No."}])
    row = {"platform": "vllm", "model": "own", "input": 0, "output": 0}
    with FakeProvider(reply=Reply("Yes.")) as provider:
        gate = Gate("r", "vllm/own", golden)
        found = decided(
            Config.parse({"prices": [row]}), gate, Asking(provider.openai_url, 0.0, per_minute=FAST), now()
        )
    assert (found["spent_usd"], found["candidate_bad_ratio"]) == (0.0, 0.0)
    assert found["better"] == ["1"]


def test_not_allowed(tmp_path: Path) -> None:
    """A platform that the route may not run on, and a model that ends, fail whatever they answer."""
    golden = write(tmp_path / "golden.jsonl", sums(400, incumbent=0.2, candidate=0.0))
    config = Config.parse({"routes": {"support/*": {"allow": {"platforms": ["azure"]}}}})
    found = decided(config, Gate("support/answer", CANDIDATE, golden), Asking(), now())
    assert found["outcome"] == "fail"
    assert "may not run on openai: allow.platforms is azure" in found["reasons"][0]
    retired = decided(Config(), Gate("support/answer", "openai/gpt-3.5-turbo-1106", golden), Asking(), now())
    assert retired["outcome"] == "fail"
    assert "is itself" in retired["reasons"][0]


def test_hostile(tmp_path: Path) -> None:
    """Answers can neither break the files nor style the page."""
    evil = "</testcase>\x00\x1b[2J |x| <img src=x> @all ]]>"
    lines = [{"id": f"|{n}", "expected": "a", "incumbent": "a", "candidate": evil} for n in range(30)]
    golden = write(tmp_path / "golden.jsonl", lines)
    found = decided(Config(), Gate("a|b", CANDIDATE, golden), Asking(), now())
    root = ET.fromstring(junit(found))  # noqa: S314 - our own document
    assert len(root.findall("testsuite/testcase")) == 5
    page = markdown(found)
    assert " <img" not in page
    assert "\x1b" not in page
    assert "@all" not in page
