"""What is marked on every chart."""

from __future__ import annotations

import json
from datetime import timedelta

from dashboards.plugin import ALL, Shown, expanded
from store.database import Database
from store.writer import Writer
from tests.dashboards.drawn import queries
from tests.store.fleet import START


def test_muted(store: Database) -> None:
    """An incident that nobody is to hear of is no mark, as it is none of the open alerts."""
    alert = {
        "tenant": "default", "severity": "page", "signal": "latency", "began_at": START, "fired_at": START,
        "updated_at": START,
    }  # fmt: skip
    said = {"a": {}, "b": {"muted": "maintenance"}, "c": {"parent": "a"}}
    Writer(store).alerts(
        [{**alert, "id": name, "body": json.dumps({"title": name, **body})} for name, body in said.items()]
    )
    shown = Shown(START - timedelta(hours=1), START + timedelta(hours=1))
    marks = {query.sql for query in queries() if query.place == "mark Incidents"}
    assert marks
    for sql in marks:
        assert store.query(
            expanded(sql, dict.fromkeys(("tenant", "team", "route", "platform", "model"), ALL), shown)
        )["text"] == ["a, not over"]
