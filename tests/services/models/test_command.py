"""`fmwatch models`: with a server on the directory, and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from services.cli import main
from services.models.told import told
from tests.contract.schema import errors, load
from tests.services.small_fleet import lines
from tests.services.test_cli import run, server

OWN = """
teams: {support: {owner: support-oncall}}
routes: {"support/*": {team: support}}
models: [{platform: vllm, model: acme-8b, status: active, hourly_usd: 5.2}]
"""


def test_command(tmp_path: Path) -> None:
    """Store and server say the same: life, traffic, health, spend and owners of each model."""
    data, config = tmp_path / "data", tmp_path / "fmwatch.yaml"
    config.write_text(OWN)
    said = run("replay", "-", "--data", data, "--config", config, stdin=b"\n".join(lines(days=1)))
    assert said.returncode == 0, said.stderr
    stored = json.loads(run("models", "--data", data, "--config", config, "--json").stdout)
    assert errors(stored, load("models")) == []
    assert stored["on"] == "2026-08-03"
    assert {(one["platform"], one["model"]) for one in stored["models"]} == {
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-5.4-mini"),
    }
    assert sum(one["calls"] for one in stored["models"]) == 300
    for one in stored["models"]:
        assert one["owners"] == ["support-oncall"]
        assert one["spend_usd"] > 0
        assert one["error"]["interval"][0] <= one["error"]["ratio"] <= one["error"]["interval"][1]
        assert one["unsupported"] == {"ratio": None, "interval": None, "n": 0}
    assert [one["model"] for one in stored["idle_endpoints"]] == ["acme-8b"]
    with server(data):
        served = json.loads(run("models", "--data", data, "--json").stdout)
    # This server was started without the configuration: it knows neither owners nor the endpoint.
    assert errors(served, load("models")) == []
    for one in served["models"] + stored["models"]:
        one["owners"] = []
    assert served["models"] == stored["models"]


def test_no_directory(tmp_path: Path) -> None:
    """Where nothing is stored the remedy is said."""
    done = CliRunner().invoke(main, ["models", "--data", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "there is no data directory" in done.output


def _model(**said: object) -> dict[str, Any]:
    life = {"state": "active", "days_left": None, "known_days": None}
    return {
        "tenant": "default",
        "platform": "bedrock",
        "model": "anthropic.claude-haiku-4-5-20251001-v1:0",
        "life": life | dict(said.pop("life", {})),  # type: ignore[call-overload]  # a test may change any field
        "share_of_traffic": 0.12,
        "spend_usd": 12_345.6,
        "unpriced": 0,
        "hourly_usd": None,
        "endpoint_usd": None,
        "unsupported": {"ratio": 0.0123, "interval": [0.0101, 0.0151], "n": 123_456},
        "owners": ["support-oncall", "search-oncall"],
        "teams": ["support"],
        **said,
    }


def test_table() -> None:
    """The table fits 100 columns however long names are, and says what is unknown as such."""
    none = {"ratio": None, "interval": None, "n": 0}
    models = [
        _model(life={"state": "retired", "days_left": -1_200, "known_days": -1_200}, tenant="acme"),
        _model(life={"state": "scheduled", "known_days": -3}, spend_usd=0.02, unpriced=7),
        _model(
            spend_usd=None,
            hourly_usd=5.2,
            endpoint_usd=1_747.2,
            unsupported=none,
            owners=[],
            teams=[],
            share_of_traffic=1.0,
        ),
    ]
    shown = list(
        told({"on": "2026-11-29", "days": 14, "catalogue": "x", "models": models, "idle_endpoints": []})
    )
    assert max(map(len, shown)) <= 100
    retired, scheduled, hourly = (
        line for line in shown if line.startswith(("retired", "scheduled", "active"))
    )
    assert retired.split()[:2] == ["retired", "ended"]
    assert "1.2 % (1.0-1.5) 123k" in retired
    assert "any day" in scheduled
    assert "0.02+" in scheduled
    assert hourly.split()[-3:] == ["1,747h", "-", "-"]
    # Nothing is cut off: long names go on below.
    column = "".join(line[19:47].strip() for line in shown[1:3])
    assert column.replace(" ", "") == "acme:bedrock/anthropic.claude-haiku-4-5-20251001-v1:0"
    assert "search-oncall" in shown[2]
    nothing = list(told({"on": "2026-11-29", "days": 14, "models": [], "idle_endpoints": []}))
    assert nothing == ["No calls in the 14 days up to 2026-11-29."]
