"""`fmwatch advise`: one screen for each recommendation, on which a person can act."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.advisor.render import MOST_LINES
from services.cli import main
from services.config import Config
from services.run import Embedded

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with advice on two routes."""
    directory = tmp_path_factory.mktemp("advise") / "data"
    models = {"support/answer": "gpt-3.5-turbo-1106", "search/[b]rank": "gpt-4-0613"}
    calls = [
        {
            "event_id": f"{route} {number}",
            "occurred_at": NOW.isoformat(),
            "provider": "openai",
            "request_model": model,
            "route": route,
            "usage": {"input": 900, "output": 100},
        }
        for route, model in models.items()
        for number in range(9)
    ]
    with Embedded(directory, Config(), lambda: NOW) as embedded:
        embedded.ingest(json.dumps(call).encode() for call in calls)
        while embedded.score():
            pass
        embedded.advise(NOW.date())
    return directory


def _run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["advise", "--data", str(data), *arguments])


def test_screen(data: Path) -> None:
    """What it is about comes first, what to do last, in twelve lines at most; routes stand apart."""
    screens = _run(data).stdout.strip().split("\n\n")
    assert len(screens) == 2
    for screen in screens:
        lines = screen.splitlines()
        assert lines[0].startswith("[retir")
        assert lines[-1].startswith("do: ")
        assert len(lines) <= MOST_LINES
    assert "search/[b]rank" in "".join(screens)


def test_route(data: Path) -> None:
    """One route's alone; of a route without any it is said where there are some."""
    assert _run(data, "support/answer").stdout.count("do: ") == 1
    found = _run(data, "support/anser").stdout
    assert found.startswith("No recommendations on support/anser. There are some on ")
    assert "support/answer" in found


def test_json(data: Path) -> None:
    """Scripts have the lines of the screen beside the fields."""
    for one in json.loads(_run(data, "--json").stdout)["recommendations"]:
        assert one["screen"][-1].startswith("do: ")
        assert one["text"]
