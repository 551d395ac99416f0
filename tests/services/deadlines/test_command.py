"""`fmwatch calendar` on a directory: what an advised store knows of the models in use."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ical.calendar_stream import IcsCalendarStream

from services.cli import main
from services.config import Config
from services.run import Embedded
from store.database import Database
from store.deadlines import deadlines

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
CONFIG: dict[str, object] = {
    "teams": {"support": {"owner": "support-oncall"}},
    "routes": {"support/*": {"team": "support"}},
}
MODEL = "gpt-3.5-turbo-1106"


def _calls(at: datetime, model: str, n: int = 9) -> list[bytes]:
    call = {"provider": "openai", "request_model": model, "route": "support/answer"}
    made = [{**call, "event_id": f"{model} {at} {i}", "occurred_at": at.isoformat()} for i in range(n)]
    return [json.dumps(one).encode() for one in made]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which advice was given on a model that ends, and on one of which nobody knows."""
    directory = tmp_path_factory.mktemp("calendar") / "data"
    _advised(directory, CONFIG, NOW, [*_calls(NOW, MODEL), *_calls(NOW, "own-model", 3)])
    return directory


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["calendar", *map(str, arguments)])


def test_file(data: Path, tmp_path: Path) -> None:
    """The file has the announced end with its share and owner, guesses nothing, and replaces the old one."""
    out = tmp_path / "models.ics"
    out.write_text("old")
    found = _run("--data", data, "--out", out)
    assert (found.exit_code, found.stdout) == (0, "")
    assert "1 announced end, 0 promised days" in found.stderr
    (event,) = IcsCalendarStream.calendar_from_ics(out.read_text()).events
    assert (event.dtstart, event.summary) == (date(2026, 9, 28), f"openai/{MODEL} stops")
    assert "75 % of the calls" in str(event.description)
    assert "Owners: support-oncall" in str(event.description)
    assert [path.name for path in tmp_path.iterdir()] == ["models.ics"]


def test_printed(data: Path) -> None:
    """Without a file it is printed; scripts have it as JSON."""
    assert _run("--data", data).stdout.startswith("BEGIN:VCALENDAR")
    (one,) = json.loads(_run("--data", data, "--json").stdout)["deadlines"]
    assert (one["model"], one["state"], one["day"], one["sequence"]) == (MODEL, "announced", "2026-09-28", 0)


def test_nothing(data: Path) -> None:
    """A tenant without such a model has a calendar without days, and is told so."""
    found = _run("--data", data, "--tenant", "b")
    assert (found.exit_code, "BEGIN:VEVENT" in found.stdout) == (0, False)
    assert "not guessed" in found.stderr


def test_no_directory(tmp_path: Path) -> None:
    """A directory that is not there is named with what to do."""
    found = _run("--data", tmp_path / "none")
    assert (found.exit_code, "there is no data directory" in found.stderr) == (2, True)


def test_out_nowhere(data: Path, tmp_path: Path) -> None:
    """A folder that is not there is named, and nothing is left behind."""
    found = _run("--data", data, "--out", tmp_path / "no" / "x.ics")
    assert found.exit_code == 2
    assert "no such file or directory" in found.stderr


def test_moves(tmp_path: Path) -> None:
    """Over restarts a day that moves is the next version, and one whose traffic has gone is called off."""
    own = {"platform": "openai", "model": MODEL, "ends": date(2026, 12, 31)}  # a longer contract, say
    later = NOW + timedelta(days=1)
    _advised(tmp_path, CONFIG, NOW, _calls(NOW, MODEL))
    _advised(tmp_path, {**CONFIG, "models": [own]}, later, _calls(later, MODEL))
    assert _versions(tmp_path) == [("announced", date(2026, 12, 31), 1)]
    _advised(tmp_path, CONFIG, later + timedelta(days=9), [])
    assert _versions(tmp_path) == [("gone", date(2026, 12, 31), 2)]


def _advised(directory: Path, config: dict[str, object], at: datetime, calls: list[bytes]) -> None:
    with Embedded(directory, Config.parse(config), lambda: at) as embedded:
        embedded.ingest(calls)
        while embedded.score():
            pass
        embedded.advise(at.date())


def _versions(directory: Path) -> list[tuple[str, date, int]]:
    with Database.open(directory) as database:
        return [(row["state"], row["day"], row["sequence"]) for row in deadlines(database)]
