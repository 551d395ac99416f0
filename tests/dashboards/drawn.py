"""The dashboards and rules as they are committed: what Grafana reads, not what builds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from dashboards.boards import BOARDS

GRAFANA = Path(__file__).parents[2] / "docker" / "grafana"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a dashboard, and where it stands."""

    board: str
    place: str
    sql: str
    form: int
    kind: str

    def __str__(self) -> str:
        return f"{self.board} {self.place}"


def boards() -> list[Json]:
    """Return every dashboard, in the order in which they are built."""
    files = [GRAFANA / "dashboards" / f"{board.uid}.json" for board in BOARDS]
    assert set(files) == set((GRAFANA / "dashboards").iterdir())
    return [json.loads(file.read_text("utf-8")) for file in files]


def panels(board: Json) -> Iterator[Json]:
    """Yield rows and panels, those within folded rows too."""
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries() -> list[Query]:
    """Return every query of every dashboard: of panels, variables and marks."""
    return [query for board in boards() for query in _queries(board)]


def _queries(board: Json) -> Iterator[Query]:
    uid = board["uid"].removeprefix("fmwatch-")
    for panel in panels(board):
        for target in panel.get("targets", []):
            place = f"panel {panel['title']} {panel['id']}"
            yield Query(uid, place, target["rawSql"], target["format"], panel["type"])
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield Query(uid, f"variable {variable['name']}", variable["query"]["rawSql"], 1, "variable")
    for mark in board["annotations"]["list"]:
        yield Query(uid, f"mark {mark['name']}", mark["target"]["rawSql"], mark["target"]["format"], "mark")


def rules() -> list[Json]:
    """Return every alert rule."""
    document = YAML(typ="safe").load((GRAFANA / "alerting" / "rules.yaml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def provisioned(name: str) -> Json:
    """Return one provisioning file."""
    found: Json = YAML(typ="safe").load((GRAFANA / name).read_text("utf-8"))
    return found
