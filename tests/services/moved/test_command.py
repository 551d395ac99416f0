"""`fmwatch moved` as a person runs it: with a server on the directory, and without."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from services.moved.told import listing
from tests.contract.schema import errors, load
from tests.services.test_cli import run, server


def lines(days: int = 4, per_hour: int = 20) -> bytes:
    """Return a route as JSON lines that goes to half on another model after two days."""
    found = []
    for hour in range(24 * days):
        for n in range(per_hour):
            moved = hour >= 48 and n % 2 == 0
            at = datetime.fromtimestamp(1_785_628_800 + hour * 3600 + n * 160, UTC)
            found.append(
                {
                    "event_id": f"{hour}-{n}",
                    "occurred_at": at.isoformat(),
                    "provider": "openai",
                    "request_model": "gpt-5.4-mini" if moved else "gpt-4o",
                    "route": "support/answer",
                    "latency_ms": 400 + (hour * 7 + n * 13) % 200,
                    "prompt": f"How long does refund {hour}-{n} take?",
                    "response": "It takes five days.",
                    "usage": {"input": 100, "output": 20},
                }
            )
    change = {
        "type": "change",
        "at": datetime.fromtimestamp(1_785_628_800 + 47 * 3600, UTC).isoformat(),
        "kind": "model",
        "route": "support/answer",
        "from": "gpt-4o",
        "to": "gpt-5.4-mini",
        "by": "ana",
    }
    return b"\n".join(json.dumps(line).encode() for line in [*found, change])


def test_command(tmp_path: Path) -> None:
    """Both ways give the same document; one screen says the step, the guards and what to do."""
    data = tmp_path / "data"
    said = run("replay", "-", "--data", data, stdin=lines())
    assert said.returncode == 0, said.stderr
    said = run("moved", "--data", data, "--json")
    assert said.returncode == 0, said.stderr
    document = json.loads(said.stdout)
    assert errors(document, load("moved")) == []
    (move,) = document["moves"]
    assert (move["declared_by"], move["step"]["share"]) == ("ana", 0.5)
    assert move["advice"]["action"] in {"go on", "wait"}
    with server(data):
        asked = run("moved", "--data", data, "--json", "--route", "support/answer")
    assert json.loads(asked.stdout)["moves"][0]["step"] == move["step"]
    text = "\n".join(listing(document["moves"], 60))
    assert text.startswith("support/answer: openai/gpt-4o -> openai/gpt-5.4-mini\n")
    assert "p95 " in text
    assert len(text.splitlines()) <= 14
    assert next(listing([], 60)).startswith("No move in the last 60 days")
