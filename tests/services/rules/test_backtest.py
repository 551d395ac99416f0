"""A look back replays the past through the real code: it finds what was found, and touches nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.alerter.alert import Alert
from services.config import Config
from services.rules import backtest_told
from services.rules.backtest import TIMES, Backtest, earlier, look_back
from services.rules.history import StoreHistory
from store.database import Database
from store.errors import StoreError
from tests.contract.schema import errors, load
from tests.services.rules.past import TEAMS, watched
from tests.services.small_fleet import ROUTES


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the past is kept."""
    return tmp_path_factory.mktemp("past")


@pytest.fixture(scope="module")
def alerts(directory: Path) -> Sequence[Alert]:
    """Return the alerts of the time itself."""
    return watched(directory)


@pytest.fixture(scope="module")
def store(directory: Path, alerts: Sequence[Alert]) -> Iterator[Database]:
    """Return the store as it was left."""
    assert alerts
    with Database.open(directory) as database:
        yield database


@pytest.fixture(scope="module")
def found(store: Database) -> Backtest:
    """Return a look back on the last two days as they were configured, which writes nothing."""
    before = _rows(store)
    found = _looked(store, {"teams": TEAMS})
    assert before == _rows(store)
    return found


def test_same(found: Backtest, alerts: Sequence[Alert]) -> None:
    """Under the configuration of the time there is the alert of the time, by the same id, and no other."""
    (page,) = [one for one in alerts if one.severity == "page"]
    (would,) = [one.alert for one in found.stated.would if one.alert.severity == "page"]
    assert replace(would, explanation=page.explanation) == page  # which looks at what is stored now
    assert sorted(would.routes) == sorted(ROUTES)


def test_budgets(found: Backtest) -> None:
    """Half, once and four times the budgets see the same calls: the larger finds the outage no later."""
    assert [run.times for run in found.runs] == list(TIMES)
    half, once, four = (run.of("page")[0].alert.detected_at for run in found.runs)
    assert half >= once >= four
    gain = earlier(found.runs[-1], found.stated)
    assert gain is not None
    assert gain[0] >= 0
    assert [run.config.pages_per_month for run in found.runs] == [0.5, 1, 4]


@pytest.mark.parametrize(
    ("rule", "quiet"),
    [
        ({"signal": "error", "severity": "off"}, "off"),
        ({"signal": "error", "at_least": {"n": 1e9}}, "too_small"),
    ],
)
def test_other_rules(store: Database, rule: dict[str, object], quiet: str) -> None:
    """A rule that would have kept the outage quiet is told of by its name, with the reason."""
    found = _looked(store, {"teams": TEAMS, "rules": [{"name": "mine", **rule}]})
    document = json.loads(json.dumps(backtest_told.document(found), allow_nan=False))
    (mine,) = [one for one in document["rules"] if one["own"]]
    assert (mine["rule"], mine["pages"], mine["tickets"]) == ("mine", 0, 0)
    assert mine[quiet] > 0
    assert any(line.startswith("  rule mine: ") for line in backtest_told.lines(found))


def test_said(store: Database) -> None:
    """What people called the alert of the time stands beside the one there would have been."""
    store.command(
        "INSERT INTO alerts SELECT * REPLACE ("
        'replaceOne(body, \'"outcome":""\', \'"outcome":"false"\') AS body, '
        "addSeconds(updated_at, 1) AS updated_at) FROM alerts FINAL WHERE severity = 'page'"
    )
    found = _looked(store, {"teams": TEAMS})
    document = json.loads(json.dumps(backtest_told.document(found), allow_nan=False))
    assert errors(document, load("rules_backtest")) == []
    (alert,) = [one for rule in document["rules"] for one in rule["alerts"] if one["severity"] == "page"]
    assert alert["then"]["outcome"] == "false"
    assert [one["called_false"] for one in document["settings"]] == [1, 1, 1]
    assert "(then called false)" in "\n".join(backtest_told.lines(found))


def test_too_short(store: Database) -> None:
    """Where the past does not reach back far enough to learn from, the look back says so."""
    found = _looked(store, {}, days=10)
    assert any("still learn" in line for line in backtest_told.lines(found))


def test_nothing_stored() -> None:
    """Without calls there is nothing to look back on, and the error says what to do."""

    class Empty(StoreHistory):
        def __init__(self) -> None:
            pass

        def span(self) -> None:
            return None

    with pytest.raises(StoreError, match="fmwatch replay"):
        look_back(Empty(), Config(), 30)


def _rows(store: Database) -> list[dict[str, object]]:
    return store.rows(
        "SELECT name, total_rows FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )


def _looked(store: Database, config: dict[str, object], days: int = 2) -> Backtest:
    return look_back(StoreHistory(store), Config.parse(config), days)
