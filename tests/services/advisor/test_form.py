"""What form a route's answers have, as their texts show it, and who may not replace its model for that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.advisor.constraints import RouteRules
from services.advisor.form import Form, falls_short, told
from services.advisor.read_forms import read_forms
from services.advisor.recommend import Adviser
from services.advisor.render import render
from store.database import Database

from .conftest import TODAY, usage

NOON = datetime(2026, 8, 21, 12, tzinfo=UTC)
NAMES = ("default", "support/answer", "azure", "gpt-4o")
JSON = Form(answers=1_000, like_json=1_000, json=995)
POOR = Form(answers=500, like_json=500, json=450)


def _calls(*arguments: object) -> str:
    return json.dumps([{"id": "1", "name": "search", "arguments": each} for each in arguments])


def _openai_calls(*arguments: object) -> str:
    calls = json.loads(_calls(*arguments))
    return json.dumps([{"id": one.pop("id"), "type": "function", "function": one} for one in calls])


def _rows(column: str, *values: str) -> list[dict[str, object]]:
    return [{column: value} for value in values]


GOOD = [
    *_rows("response", '{"intent": "x"}', " \n[1, 2]", '{"a": {"b": null}}'),
    *_rows("tool_calls", _calls({}, '{"q": 1}'), _calls(""), '[{"name": "web_search_call"}]'),
    *_rows("tool_calls", _openai_calls({}, '{"q": 1}'), _openai_calls("")),
]
BAD = [
    *_rows("response", '{"intent": ', "[1] says so", "Sure! {}", "```json\n{}\n```", "12"),
    *_rows("tool_calls", _calls('{"q": 1'), _calls({}, "text"), '[{"arguments": {}}]'),
    *_rows("tool_calls", _openai_calls({}, "text"), '[{"function": {"arguments": "{}"}}]'),
]
NOT_ITS_OWN: list[dict[str, object]] = [
    {"outcome": "cut", "response": '{"a'},
    {"outcome": "error"},
    {"truncated": True, "response": '{"a'},
    {"redactions": {"card": 1}, "response": '{"card": [card]}'},
    {"response": ""},  # emptied, or never kept
]


ORDINARY = {"response": "", "tool_calls": "", "outcome": "ok", "truncated": False, "redactions": {}}


def test_read(database: Database) -> None:
    """Texts are JSON or not, calls can be read or not; what others did to an answer is not looked at."""
    rows = [{**ORDINARY, **row} for row in (*GOOD, *BAD, *NOT_ITS_OWN)]
    columns: dict[str, list[object]] = {name: [row[name] for row in rows] for name in rows[0]}
    for name, value in zip(("tenant", "route", "platform", "request_model"), NAMES, strict=True):
        columns[name] = [value] * len(rows)
    columns["event_id"] = [f"e{n}" for n in range(len(rows))]
    columns["occurred_at"] = [NOON - timedelta(minutes=n) for n in range(len(rows))]
    database.insert("generations", columns)
    assert read_forms(database, TODAY) == {NAMES: Form(answers=8, like_json=5, json=3, called=10, readable=5)}
    assert read_forms(database, TODAY - timedelta(days=1)) == {}


def test_told() -> None:
    """A form is told where enough answers have it, with how many keep to it."""
    assert told(JSON) == "answers in JSON (995 of 1,000 parse)"
    assert told(replace(JSON, answers=30, like_json=30, json=30)) == ""
    assert told(replace(JSON, like_json=800)) == ""  # others answer in prose as well
    assert told(replace(JSON, json=490)) == ""  # "[1] says so"
    assert told(Form(called=60, readable=57)) == "calls tools (57 of 60 readable)"


@pytest.mark.parametrize(
    ("now", "other", "short"),
    [
        (
            JSON,
            POOR,
            "its answers are JSON in 450 of 500 here, the incumbent's in 995 of 1,000",
        ),
        (JSON, Form(500, 500, 494), ""),  # hardly
        (JSON, Form(30, 0, 0), ""),  # too few to tell
        (Form(1_000, 100, 90), Form(1_000, 0, 0), ""),  # nobody needs it
        (
            Form(called=400, readable=400),
            Form(called=400, readable=360),
            "its calls of tools are readable in 360",
        ),
    ],
    ids=["json", "hardly", "few", "prose", "tools"],
)
def test_falls_short(now: Form, other: Form, short: str) -> None:
    """Only what is surely a point worse, in a form that the route has, is held against a model."""
    found = falls_short(now, other)
    assert found.startswith(short)
    assert bool(found) == bool(short)


def test_feasible(adviser: Adviser) -> None:
    """Where answers are JSON, none may follow that is not known to give it, or gives less of it here."""
    rules = RouteRules(candidates=("openai/gpt-5.4-mini", "openai/no-such-model"))
    incumbent = usage("openai/gpt-4-0314", form=JSON)
    fine, poor = (usage("openai/gpt-5.4-mini", form=form) for form in (JSON, POOR))
    for here, feasible in ((fine, True), (poor, False)):
        advice = adviser.recommend(incumbent, rules, (), {("openai", "gpt-5.4-mini"): here})
        assert advice is not None
        mini, unknown = advice.options[:2]
        assert (not mini.obstacles) is feasible
        assert any("not known to give JSON" in reason for reason in unknown.obstacles)
        assert "answers in JSON (995 of 1,000 parse)" in render(advice).splitlines()[0]
