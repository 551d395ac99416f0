"""`fmwatch choose`, as typed and as a script reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli import main
from tests.contract.schema import errors, load

OWN = """
models:
  - {platform: vllm, model: acme-8b, base: mistral/ministral-8b-2512, status: active, hourly_usd: 5.2,
     regions: [eu-west-3]}
"""
ASKED = ("--needs", "tools,128k,eu", "--tokens", "3000/400", "--volume", "1e6/month")


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["choose", *map(str, arguments)])


def _json(*arguments: object, code: int = 0) -> dict[str, Any]:
    done = _run(*arguments, "--json")
    assert done.exit_code == code, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert errors(found, load("choose")) == []
    return found


def test_document(tmp_path: Path) -> None:
    """What scripts read is as its schema says, from the shipped catalogue and the company's own models."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text(OWN)
    found = _json(*ASKED, "--config", config)
    assert (found["tokens"], found["calls_per_month"]) == ({"input": 3000, "output": 400}, 1e6)
    (own,) = [one for one in found["feasible"] if one["platform"] == "vllm"]
    assert own["price"] == {"source": "own", "as_of": "", "region": "", "hourly_usd": 5.2}
    assert own["facts"]["regions"]["value"] == ["eu-west-3"]
    assert found["feasible_n"] == len(found["feasible"])
    assert len(found["unsure"]) == 50
    for one in found["feasible"]:
        assert one["usd_per_month"] == pytest.approx(one["usd_per_call"] * 1e6)
        assert one["facts"]["tools"]["source"]
        assert one["facts"]["tools"]["as_of"]
        assert one["price"]["source"]


def test_text() -> None:
    """A person reads ten, each with price, life, whose word that is and what nobody says, in 100 columns."""
    done = _run(*ASKED)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert done.stdout.startswith("chat, 128,000 tokens of context, tools, eu; 3,000 tokens in and 400 out")
    assert sum(line[:11].strip().replace(",", "").replace(".", "").isdigit() for line in lines) == 15
    assert "unknown: in eu" in done.stdout
    assert "not stated: when it ends" in done.stdout
    assert "dearer; --json has all" in done.stdout
    assert "models lack: " in done.stdout


def test_nothing() -> None:
    """Where nothing is known to have all of it the exit code says so."""
    done = _run("--needs", "tools,900m")
    assert done.exit_code == 1
    assert "No model is known to have all of this." in done.stdout
    assert _json("--needs", "tools,900m", code=1)["feasible"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--needs", "cheap"), "nobody knows the need 'cheap'"),
        (("--needs", "tool"), "(perhaps tools)"),
        (("--tokens", "3000"), "such as 3000/400"),
        (("--tokens", "0/400"), "such as 3000/400"),
        (("--volume", "1e6"), "such as 1e6/month"),
        (("--volume", "-1/day"), "such as 1e6/month"),
        (("--volume", "1/fortnight"), "per hour, day, week, month"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str) -> None:
    """Each mistake has its sentence."""
    done = _run(*arguments)
    assert (done.exit_code, said in done.output) == (2, True), done.output
