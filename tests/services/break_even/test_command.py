"""`fmwatch break-even`, as typed and as a script reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli import main
from tests.contract.schema import errors, load

OWN = """
prices:
  - {platform: acme, model: chat, input: 1, output: 5}
models:
  - {platform: vllm, model: acme-8b, base: mistral/ministral-8b-2512, status: active, hourly_usd: 5.2}
  - {platform: vllm, model: free, status: active}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A company with a contract and two endpoints."""
    file = tmp_path / "fmwatch.yaml"
    file.write_text(OWN)
    return file


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["break-even", *map(str, arguments)])


def _json(*arguments: object) -> dict[str, Any]:
    done = _run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert errors(found, load("break_even")) == []
    return found


def test_document(config: Path) -> None:
    """What scripts read is as its schema says: both sides, where they meet, and how that hangs on doubts."""
    found = _json("--model", "acme/chat", "--config", config, "--volume", "1000000/day")
    assert found["model"]["source"] == "contract"
    assert found["break_even"]["calls_per_day"] == pytest.approx(129_000, rel=0.01)
    assert (found["verdict"], found["sure"]) == ("buy", False)
    assert len(found["sensitivity"]) == 8
    assert _json("--model", "acme/chat", "--config", config)["usd_per_month"] == {"call": None, "host": None}


def test_endpoint(config: Path) -> None:
    """An endpoint of the configuration brings its cost by the hour, which then is not doubted."""
    given = ("--model", "acme/chat", "--endpoint", "vllm/acme-8b", "--config", config)
    found = _json(*given, "--ops-usd", "0", "--tokens-per-s", "6000", "--volume", "200000/day")
    assert found["gpus"] == 1
    assert found["assumptions"]["gpu_usd"] == {
        "value": 5.2,
        "stated": True,
        "worst": 5.2,
        "best": 5.2,
        "source": "",
    }
    assert found["break_even"]["calls_per_month"] == pytest.approx(5.2 * 730 / 0.00221)
    assert (found["verdict"], found["sure"]) == ("host", True)


def test_text(config: Path) -> None:
    """A person reads both sides, the advice with its reason, and whose each assumption is, in 100 columns."""
    done = _run("--model", "acme/chat", "--config", config, "--volume", "1e6/day")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "Break-even: 128,6" in done.stdout
    assert "Buy: it depends on what is assumed: as assumed it speaks for hosting" in done.stdout
    assert "NVIDIA NIM, an 8B model" in done.stdout
    assert "A hosted model that answers worse" in " ".join(done.stdout.split())
    everything = ("--gpu-usd", 2, "--ops-usd", 0, "--tokens-per-s", 6000, "--utilisation", 0.4)
    assert "You stated everything" in _run("--model", "acme/chat", "--config", config, *everything).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--model'"),
        (("--model", "chat"), "names no platform"),
        (("--model", "acme/other"), "acme/other has no price"),
        (("--model", "acme/chat", "--endpoint", "vllm/free"), "no endpoint with a cost by the hour"),
        (("--model", "acme/chat", "--endpoint", "nowhere/none"), "no endpoint with a cost by the hour"),
        (("--model", "acme/chat", "--utilisation", "2"), "0<x<=1"),
        (("--model", "acme/chat", "--volume", "many"), "such as 1e6/month"),
    ],
)
def test_usage(config: Path, arguments: tuple[str, ...], said: str) -> None:
    """Each mistake has its sentence."""
    done = _run(*arguments, "--config", config)
    assert (done.exit_code, said in done.output) == (2, True), done.output
