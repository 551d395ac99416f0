"""Pictures of dashboards: values as Grafana writes them, charts with their gaps, what is seen of tables."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.drawing.field import Answer, fields
from dashboards.drawing.sheet import GAP, LABEL, PADDING, WIDTH, Sheet
from dashboards.drawing.value import text
from dashboards.plugin import ALL, Shown
from dashboards.shared import bars, lines, stat, table
from tests.dashboards.drawn import boards, panels

Json = dict[str, Any]
START = datetime(2026, 8, 1, tzinfo=UTC)
SHOWN = Shown(START, START + timedelta(days=7))
VALUES = {**dict.fromkeys(("tenant", "team", "route", "platform", "model"), ALL), "allowed": ("0.01",)}
ESTIMATE = re.compile(r"_(ratio|interval|mean)$|_p95_ms$|^observed$")
PLACE = {"x": 0, "y": 0, "w": 24, "h": 8}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0423, "percentunit", "4.23%"),
        (0, "percentunit", "0%"),
        (1234567, "locale", "1,234,567"),
        (0.00123, "currencyUSD", "$0.00123"),
        (1234.5, "currencyUSD", "$1.23K"),
        (4500, "ms", "4.50 s"),
        (90, "s", "1.50 mins"),
        (188025891, "short", "188 Mil"),
        (9, "suffix: days", "9 days"),
        (START, "dateTimeAsIso", "2026-08-01 00:00:00"),
        (None, "percentunit", ""),
        ("it's", "string", "it's"),
        (float("nan"), "ms", "nan"),
    ],
)
def test_values(value: object, unit: str, said: str) -> None:
    """A value is written as Grafana writes it; NULL is nothing, not zero."""
    assert text(value, unit) == said


def page(panel: Json, answer: Answer, marks: Answer | None = None) -> str:
    """Return a dashboard of one panel, whose query and marks are answered so."""
    nothing: Answer = {"time": [], "timeEnd": []}
    board = {**boards()[0], "panels": [panel]}
    return Sheet(board, lambda sql: (marks or nothing) if "timeEnd" in sql else answer, VALUES, SHOWN).html()


def drawn(sql: str, columns: str, *, band: bool = False) -> Json:
    """Return a panel of lines as Grafana reads it."""
    return lines("Rate", "How many?", f"{sql} hour", columns, band=band).json(1, PLACE, "fmwatch")


def test_gap() -> None:
    """A line ends where nothing is known and begins anew; the band with it."""
    times = [START + timedelta(hours=hour) for hour in range(5)]
    answer: Answer = {
        "time": times,
        "error_ratio": [0.1, 0.2, None, 0.1, 0.1],
        "error_low": [0.05, 0.1, None, 0.05, 0.05],
        "error_high": [0.2, 0.3, None, 0.2, 0.2],
        "n": [100, 100, 0, 100, 100],
    }
    html = page(drawn("SELECT", "time error_ratio error_low error_high n", band=True), answer)
    assert html.count('stroke-width="1.5"') == 2
    assert html.count('fill-opacity="0.2"') == 2
    legend = re.findall(r"</i>([^<]*)</span>", html)
    assert legend == ["failed"], "neither ends of intervals nor counts are series for a reader"


def test_marks() -> None:
    """Changes and incidents are marked where they happened."""
    answer: Answer = {"time": [START], "error_ratio": [0.5]}
    at = START + timedelta(days=2)
    html = page(drawn("SELECT", "time error_ratio"), answer, {"time": [at], "timeEnd": [at]})
    assert html.count('stroke-dasharray="3 3"') == 2


def test_many_series() -> None:
    """Of series a panel has one for each value of its label, in the order in which they come."""
    panel = bars("Calls", "How many?", "SELECT hour", "time model n").json(1, PLACE, "fmwatch")
    answer: Answer = {
        "time": [START, START, START + timedelta(hours=1)],
        "model": ["a", "b", "b"],
        "n": [1, 2, 3],
    }
    _, *series = fields(panel, answer)
    assert [(one.title, list(one.values)) for one in series] == [("a", [1, None]), ("b", [2, 3])]


@pytest.mark.parametrize("kind", [stat, table])
def test_nothing(kind: Any) -> None:
    """Where there is nothing, the panel says so."""
    panel = kind("Calls", "How many?", "SELECT hour", "n").json(1, PLACE, "fmwatch")
    assert "no data yet" in page(panel, {"n": []})


def test_hostile_text() -> None:
    """A name that would like to be markup is text."""
    panel = table("Calls", "How many?", "SELECT hour", "model n").json(1, PLACE, "fmwatch")
    html = page(panel, {"model": ["<script>alert(1)</script>" + "x" * 300], "n": [1]})
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_threshold() -> None:
    """A value that wants to be looked at has the colour that the panel gives it."""
    panel = stat("Open", "How many?", "SELECT hour", "pages").json(1, PLACE, "fmwatch")
    assert "color:#f2495c" in page(panel, {"pages": [1]})
    assert "color:#73bf69" in page(panel, {"pages": [0]})


def test_label() -> None:
    """No picture can be taken for one of Grafana's."""
    assert LABEL in page(drawn("SELECT", "time error_ratio"), {"time": [], "error_ratio": []})


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_seen(board: Json) -> None:
    """Every estimate of a table is seen with its interval without scrolling sideways."""
    for panel in panels(board):
        if panel["type"] != "table":
            continue
        widths = {
            override["matcher"]["options"]: change["value"]
            for override in panel["fieldConfig"]["overrides"]
            for change in override["properties"]
            if change["id"] in {"custom.width", "custom.minWidth"}
        }
        names = list(widths)
        last = max((place for place, name in enumerate(names) if ESTIMATE.search(name)), default=0)
        inside = panel["gridPos"]["w"] / 24 * (WIDTH - GAP) - GAP - 2 * PADDING
        assert sum(widths[name] for name in names[: last + 1]) <= inside, panel["title"]


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_titles(board: Json) -> None:
    """No two panels of a dashboard have the same title, and no two columns of a panel."""
    found = [panel for panel in panels(board) if panel["type"] != "row"]
    assert len({panel["title"] for panel in found}) == len(found)
    for panel in found:
        titles = [
            change["value"]
            for override in panel["fieldConfig"]["overrides"]
            for change in override["properties"]
            if change["id"] == "displayName"
        ]
        assert len(set(titles)) == len(titles), f"{panel['title']}: {titles}"
