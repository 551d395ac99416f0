"""What a reader chooses narrows every panel and mark, or the panel says that it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from dashboards.boards import BOARDS
from dashboards.panel import Panel
from dashboards.plugin import ALL, Shown, expanded
from store.database import Database
from store.testing import empty
from store.writer import Writer
from tests.dashboards.drawn import queries
from tests.store.fleet import START

NAMES = ("tenant", "team", "route", "platform", "model")
# How a panel says in its title that something chosen does not narrow it.
SAID = {
    "team": ("all teams",),
    **dict.fromkeys(("route", "platform", "model"), ("all routes", "whole teams")),
}
DAY = Shown(START - timedelta(hours=12), START + timedelta(hours=12))
TEAMS = ("support", "sales", "search")
ABOUT_TEAMS = {
    "fmwatch-fleet": {"Open alerts": "pages"},
    "fmwatch-incidents": {
        "Open at the end of the time shown": "pages",
        "Fired in the time shown": "pages",
        "False alarms": "unjudged_n",
        "Until noticed": "alerts_n",
        "Until over": "alerts_n",
        "Notifications": "sent_n",
        "Open alerts": "alert",
        "Alerts of the time shown": "alert",
        "Alerts by signal": "fired_n",
        "What people said": "said_by",
        "Notifications by receiver": "messages_n",
    },
}


@pytest.fixture
def store(opened_database: Database) -> Iterator[Database]:
    """Return an empty store, and leave it so."""
    empty(opened_database)
    yield opened_database
    empty(opened_database)


def asked(store: Database, sql: str, **chosen: str) -> dict[str, list[Any]]:
    """Return what a query gets of a day, with one value chosen of some variables and all of the others."""
    values: dict[str, Sequence[str]] = {name: (chosen[name],) if name in chosen else ALL for name in NAMES}
    return store.query(expanded(sql, {**values, "allowed": ("0.01",)}, DAY))


def panel(uid: str, title: str) -> Panel:
    """Return the panel of that title."""
    (board,) = (board for board in BOARDS if board.uid == uid)
    return next(panel for panel in board.panels() if panel.title == title)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_heeded(board: Any) -> None:
    """Every panel is narrowed by every variable of its dashboard, or its title says by which it is not."""
    for panel in board.panels():
        for name in {variable.name for variable in board.variables} & set(NAMES):
            used = f"${{{name}:" in panel.sql
            said = any(word in panel.title for word in SAID.get(name, ()))
            assert used or said, f"{panel.title}: heeds no {name}"


def alert(**own: object) -> dict[str, object]:
    """Return the row of an open page about support that two other teams were told of too."""
    body = {"title": "Answers of support/answer fail", "teams": TEAMS}
    return {
        "tenant": "default", "id": "a1", "signal": "error", "severity": "page", "state": "firing",
        "level": "platform", "team": "support", "platform": "azure", "began_at": START, "fired_at": START,
        "updated_at": START, "body": json.dumps(body), **own,
    }  # fmt: skip


def test_alert_of_teams(store: Database) -> None:
    """An alert that three teams were told of shows for each of them, and for nobody else."""
    writer = Writer(store)
    writer.alerts([alert()])
    delivery = {"tenant": "default", "id": "d1", "alert_id": "a1", "receiver": "pager", "kind": "fire"}
    writer.deliveries([{**delivery, "state": "sent", "updated_at": START}])
    word = {"tenant": "default", "id": "w1", "alert_id": "a1", "verb": "ack", "by": "ana", "signal": "error"}
    writer.alert_words([{**word, "said_at": START, "updated_at": START}])
    for uid, figures in ABOUT_TEAMS.items():
        for title, column in figures.items():
            sql = panel(uid, title).sql
            for team in TEAMS:
                assert any(asked(store, sql, team=team)[column]), f"{title}: {team} was told"
            assert not any(asked(store, sql, team="other")[column]), title
    for mark in [
        query for query in queries() if query.place == "mark Incidents" and query.board in {"fleet", "spend"}
    ]:
        assert [len(asked(store, mark.sql, team=team)["text"]) for team in (*TEAMS, "other")] == [1, 1, 1, 0]


def test_marks(store: Database) -> None:
    """A route's chart has its own incidents and changes, and those of the whole fleet."""
    writer = Writer(store)
    route = {"level": "route_model", "platform": "azure", "model": "gpt-4o"}
    writer.alerts(
        [
            alert(id="answer", routes=["support/answer"], route="support/answer", **route),
            alert(id="mail", routes=["sales/mail"], route="sales/mail", **route),
            alert(id="all", level="fleet", platform=""),
        ]
    )
    change = {"tenant": "default", "at": START, "by": "ana"}
    writer.append(
        "changes",
        [
            {**change, "kind": "deploy", "route": "support/answer", "note": "answer"},
            {**change, "kind": "deploy", "route": "sales/mail", "note": "mail"},
            {**change, "kind": "deploy", "note": "all"},
            {**change, "kind": "model", "from": "openai/gpt-4o", "to": "gpt-5", "note": "moved"},
            {**change, "kind": "model", "to": "gpt-6", "note": "taken over"},
            {
                **change,
                "kind": "prompt",
                "route": "support/answer",
                "from": "v1",
                "to": "v2",
                "note": "prompt",
            },
        ],
    )
    incidents, changes = (
        next(q.sql for q in queries() if q.board == "model" and q.place == f"mark {name}")
        for name in ("Incidents", "Changes")
    )
    assert len(asked(store, incidents)["text"]) == 3
    assert len(asked(store, incidents, route="support/answer")["text"]) == 2
    assert len(asked(store, incidents, model="other")["text"]) == 1

    def noted(**chosen: str) -> set[str]:
        return {text.rsplit(": ", 1)[1] for text in asked(store, changes, **chosen)["text"]}

    assert noted() == {"answer", "mail", "all", "moved", "taken over", "prompt"}
    assert noted(route="support/answer") == {"answer", "all", "moved", "taken over", "prompt"}
    assert "moved" in noted(model="gpt-4o") & noted(model="gpt-5")
    assert noted(model="other") == {"answer", "mail", "all", "taken over", "prompt"}


def test_moves(store: Database) -> None:
    """Moves are those of the route and the model that are chosen."""
    change = {"tenant": "default", "at": START, "by": "ana", "kind": "model", "from": "gpt-4o", "to": "gpt-5"}
    Writer(store).append(
        "changes", [{**change, "route": "support/answer"}, {**change, "route": "sales/mail"}]
    )
    sql = panel("fmwatch-advisor", "Moves").sql
    for chosen, n in ({}, 2), ({"route": "sales/mail"}, 1), ({"model": "gpt-5"}, 2), ({"model": "other"}, 0):
        assert len(asked(store, sql, **chosen)["moved_at"]) == n


def test_findings_of_spend(store: Database) -> None:
    """What costs more is of the route that is chosen."""
    found = {
        "tenant": "default", "at": START, "signal": "spend", "state": "raised", "team": "support",
        "platform": "azure", "model": "gpt-4o", "unit": "usd",
    }  # fmt: skip
    rows = [
        {**found, "id": route, "route": route, "routes": [route]}
        for route in ("support/answer", "sales/mail")
    ]
    Writer(store).append("signals", rows)
    sql = panel("fmwatch-spend", "Calls that cost more").sql
    assert asked(store, sql, route="sales/mail")["route"] == ["sales/mail"]
    assert asked(store, sql, model="other")["route"] == []
