"""Whatever time is shown, its own calls are: by minutes of a short time, by whole hours of a long one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fmwatch.event import Generation

from dashboards.boards import BOARDS
from dashboards.panel import Panel
from dashboards.plugin import ALL, Shown, expanded
from store.database import Database
from store.rollup import Rollup
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import START, batch, call, moved, verdicts

VALUES = {**dict.fromkeys(("tenant", "team", "route", "platform", "model"), ALL), "allowed": ("0.01",)}
PANELS = {f"{board.title}: {panel.title}": panel for board in BOARDS for panel in board.panels()}
SUMMED = {
    name: panel
    for name, panel in PANELS.items()
    if "v_fleet_" in panel.sql and not {"call_age_s", "age_s", "before_usd"} & set(panel.columns)
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = START + timedelta(hours=10, minutes=45)
RANGES = {
    "30 minutes to :45": (NOW - 30 * MINUTE, NOW),
    "30 minutes to :10": (NOW - 65 * MINUTE, NOW - 35 * MINUTE),
    "15 minutes": (NOW - 15 * MINUTE, NOW),
    "5 minutes": (NOW - 5 * MINUTE, NOW),
    "6 hours": (NOW - 6 * HOUR, NOW),
}

AGAINST = {"error_change_interval", "spend_change"}  # compare with the time before


@pytest.fixture
def store(opened_database: Database) -> Iterator[Database]:
    """Return an empty store, and leave it so."""
    empty(opened_database)
    yield opened_database
    empty(opened_database)


def calls(since: datetime, until: datetime) -> list[Generation]:
    """Return those of a time, a call a minute; the same ones whatever is beside them."""
    first, last = ((at - START) // MINUTE for at in (since, until))
    return [
        moved(call(number), occurred_at=START + number * MINUTE + MINUTE / 2) for number in range(first, last)
    ]


def write(store: Database, events: Sequence[Generation]) -> None:
    """Store calls, and sum them up."""
    Writer(store).generations([(batch(events), verdicts(events))])
    Rollup(store).catch_up()


def asked(store: Database, panel: Panel, shown: Shown) -> dict[str, list[Any]]:
    """Return what a panel gets."""
    return store.query(expanded(panel.sql, VALUES, shown))


def said(store: Database, shown: Shown) -> dict[str, Any]:
    """Return what panels that are made of sums say: rows in any order, of charts what they add up to."""
    found: dict[str, Any] = {}
    for name, panel in SUMMED.items():
        answer = asked(store, panel, shown)
        if panel.kind == "timeseries":
            found[name] = _added(panel, answer)
        else:
            columns = [_rounded(answer[column]) for column in panel.columns if column not in AGAINST]
            found[name] = sorted(zip(*columns, strict=True), key=str)
    return found


def _rounded(values: Sequence[Any]) -> list[Any]:
    return [float(f"{value:.9g}") if isinstance(value, float) else value for value in values]


def _added(panel: Panel, answer: dict[str, list[Any]]) -> dict[str, float]:
    """Return the sum of each series of counts."""
    total: Counter[str] = Counter()
    if panel.style == "bars":
        for series, value in zip(answer[panel.columns[1]], answer[panel.columns[2]], strict=True):
            total[series] += value or 0
    else:
        for column in panel.columns:
            if column == "n" or column.endswith("_n"):
                total[column] += sum(answer[column])
    assert total or not answer["time"], panel.title
    # Of tokens from a cache those above all input are no input of their step, and steps differ.
    return {name: float(f"{value:.4g}") for name, value in total.items() if value}


@pytest.mark.parametrize("name", RANGES)
def test_short(store: Database, name: str) -> None:
    """Each panel says of a short time what it would say were its calls the only ones."""
    since, until = RANGES[name]
    write(store, calls(START, START + 12 * HOUR))
    found = said(store, Shown(since, until, 60))
    empty(store)
    write(store, calls(since, until))
    expected = said(store, Shown(until - DAY, until))
    assert len(found) > 50
    assert found == expected
    assert found["Model: Calls"][0][0] == (until - since) / MINUTE
    assert found["Pipeline: Calls by the minute"] == {"default": (until - since) / MINUTE}


def test_long(store: Database) -> None:
    """A long time is shown in whole hours: that in which it begins and that in which it ends are."""
    write(store, calls(START, START + 26 * HOUR))
    for shown, n in (
        (Shown(START + HOUR / 4, START + 20 * HOUR), 20 * 60),
        (Shown(START + 2 * HOUR, START + 20.25 * HOUR), 19 * 60),
    ):
        found = said(store, shown)
        assert found["Fleet: Calls"][0][0] == found["Model: Calls"][0][0] == n
        assert sum(found["Fleet: Calls by model"].values()) == n


def spends(store: Database, since: datetime, until: datetime) -> tuple[int, float]:
    """Return how many calls of a time have a price, and what they cost, by single calls."""
    sql = """SELECT count(spend_usd) AS n, sum(spend_usd) AS usd FROM v_calls
        WHERE occurred_at >= {since:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}"""
    (found,) = store.rows(sql, {"since": since, "until": until})
    return found["n"], found["usd"]


def test_before(store: Database) -> None:
    """What a short time is compared with is as long a time before it."""
    write(store, calls(START, START + 12 * HOUR))
    shown = Shown(NOW - 30 * MINUTE, NOW, 60)
    found = asked(store, PANELS["Spend and budget: Who spends"], shown)
    for half, priced_n, usd in (
        (0 * MINUTE, "before_n", "before_usd"),
        (30 * MINUTE, "priced_n", "spend_usd"),
    ):
        spent = spends(store, NOW - HOUR + half, NOW - HOUR / 2 + half)
        assert (sum(found[priced_n]), sum(filter(None, found[usd]))) == pytest.approx(spent)
    (_, before), (_, now) = (
        spends(store, NOW - HOUR + half, NOW - HOUR / 2 + half) for half in (0 * MINUTE, HOUR / 2)
    )
    against = asked(store, PANELS["Fleet: Against as long before"], shown)["spend_change"]
    assert against == [f"{100 * (now / before - 1):+.3g} %, before ${before:.4g}"]
    changed = asked(store, PANELS["Fleet: Routes and models"], shown)["error_change_interval"]
    assert any(text.startswith("not shown") for text in changed if text)


@pytest.mark.parametrize(
    ("length", "asked_s", "apart_s"),
    [
        (30 * MINUTE, 1, 60),
        (30 * MINUTE, 120, 120),
        (6 * HOUR, 300, 300),
        (DAY, 900, 3600),
        (DAY, 7200, 7200),
    ],
)
def test_steps(store: Database, length: timedelta, asked_s: int, apart_s: int) -> None:
    """Points are as far apart as asked, never nearer than what they are made of; none lies outside."""
    until = START + 36 * HOUR + 15 * MINUTE
    write(store, calls(START + 4 * HOUR, until))
    shown = Shown(until - length, until, asked_s)
    for name, panel in SUMMED.items():
        if panel.kind == "timeseries" and not name.startswith("Pipeline"):
            times = sorted(set(asked(store, panel, shown)["time"]))
            apart = [(after - time).total_seconds() for time, after in pairwise(times)]
            assert {0} == {seconds % apart_s for seconds in apart}, name
            if panel.style != "bars":
                assert {apart_s} == set(apart), name
            assert times[0] > shown.since - timedelta(seconds=apart_s), name
            assert times[-1] < shown.until, name


def test_variables(store: Database) -> None:
    """What may be chosen in the last minutes of an hour is what there was in it."""
    write(store, calls(START, NOW))
    for board in BOARDS:
        for variable in board.variables:
            if variable.sql:
                found = store.query(expanded(variable.sql, VALUES, Shown(NOW - 5 * MINUTE, NOW)))
                assert all(found.values()), f"{board.title} {variable.name}"


@pytest.mark.parametrize("days", [0.5, 1.5, 3, 34])
def test_stopped(store: Database, days: float) -> None:
    """However long ago the calls ended, their age is said, and the part that stands still comes first."""
    write(store, calls(START, START + HOUR))
    until = START + HOUR + days * DAY
    shown = Shown(until - 6 * HOUR, until, 60)
    for name in ("Fleet: Newest call", "Pipeline: Newest call"):
        assert asked(store, PANELS[name], shown)["call_age_s"][0] == pytest.approx(days * 86400, abs=60)
    found = asked(store, PANELS["Pipeline: How fresh it is"], shown)
    rows = dict(zip(found["what"], zip(found["age_s"], found["missing"], strict=True), strict=True))
    for what in ("calls", "sums of minutes", "sums of hours"):
        assert rows[what] == (pytest.approx(days * 86400, abs=3600), "")
    for what in ("states of series", "receipts"):
        assert rows[what] == (None, "none in 35 days")
    assert set(found["what"][:2]) == {"states of series", "receipts"}
    assert found["age_s"][2:] == sorted(found["age_s"][2:], reverse=True)


def test_not_summed(store: Database) -> None:
    """A call that nobody has summed up is the newest all the same; one of 36 days ago is none."""
    write(store, calls(START, START + HOUR))
    later = [moved(call(999), occurred_at=START + 2 * DAY)]
    Writer(store).generations([(batch(later), verdicts(later))])
    panel = PANELS["Pipeline: Newest call"]
    for hours, ages in ((49, [3600]), (47, [46 * 3600 + 60]), (36 * 24, [])):
        until = START + hours * HOUR
        assert asked(store, panel, Shown(until - HOUR, until))["call_age_s"] == ages


def test_one_receipt(store: Database) -> None:
    """The newest receipt is found, of this minute or of a month ago."""
    minute = {"minute": START, "at": START, "tenant": "default", "team": "support"}
    Writer(store).receipts([{**minute, "place": "gateway", "source": "1", "counts": {"accepted": 5}}])
    for age in (MINUTE, 30 * DAY):
        shown = Shown(START + age - HOUR, START + age)
        found = asked(store, PANELS["Pipeline: How fresh it is"], shown)
        assert dict(zip(found["what"], found["age_s"], strict=True))["receipts"] == age.total_seconds()
