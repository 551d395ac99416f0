"""All JSON and YAML that Grafana reads fits the schemas that Grafana publishes or reads it by."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from tests.dashboards import provisioning
from tests.dashboards.drawn import GRAFANA, boards
from tests.dashboards.schema import findings

Json = dict[str, Any]
BOARD = pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])


@BOARD
def test_dashboard(board: Json) -> None:
    """Grafana's schema knows every key of it, and every value is one that it allows."""
    assert findings(board) == []


def _panel(board: Json, kind: str) -> Json:
    found: Json = next(panel for panel in board["panels"] if panel["type"] == kind)
    return found


BROKEN: dict[str, Callable[[Json], object]] = {
    "unknown option": lambda board: _panel(board, "stat")["options"].update(grafMode="none"),
    "unknown value": lambda board: _panel(board, "timeseries")["options"]["legend"].update(
        displayMode="lists"
    ),
    "wrong type": lambda board: _panel(board, "timeseries")["fieldConfig"]["defaults"].update(min="0"),
    "unknown kind of cell": lambda board: _panel(board, "table")["fieldConfig"]["defaults"]["custom"].update(
        cellOptions={"type": "colour"}
    ),
    "unknown override": lambda board: _panel(board, "table")["fieldConfig"]["overrides"].append(
        {"matcher": {"id": "byName", "options": "n"}, "properties": [{"id": "custom.wide", "value": 9}]}
    ),
    "unknown key of a variable": lambda board: board["templating"]["list"][0].update(multiple=True),
    "unknown kind of link": lambda board: board["links"][0].update(type="page"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_findings(broken: str) -> None:
    """What Grafana would drop without a word, or draw otherwise than meant, is found."""
    board = deepcopy(boards()[0])
    BROKEN[broken](board)
    assert findings(board)


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(GRAFANA).as_posix() for path in GRAFANA.rglob("*.yaml"))
)
def test_provisioning(name: str) -> None:
    """Grafana reads every key of its provisioning files."""
    provisioning.read(GRAFANA / name)


def test_misspelt() -> None:
    """A key spelt as the HTTP API has it, which a file's reader drops, is found."""
    text = (GRAFANA / "alerting" / "rules.yaml").read_text("utf-8")
    with pytest.raises(msgspec.ValidationError, match="keep_firing_for"):
        provisioning.decoded("alerting", text.replace("keepFiringFor", "keep_firing_for"))
