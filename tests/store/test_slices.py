"""Counts by slice, from the real engine in both its forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from store.database import Database
from store.slices import Asked, countable, elsewhere, sample, sizes, slices
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import START, batch, calls, verdicts

BEGAN = START + timedelta(hours=4)
ROUTE = "support/answer"
ASKED = Asked(
    "error", "default", "", "", (ROUTE,), START - timedelta(days=1), BEGAN, START + timedelta(hours=10)
)


@pytest.fixture(scope="module")
def database(opened_database: Database) -> Database:
    """Return a store with half a day of calls, of which some have another prompt version since BEGAN."""
    empty(opened_database)
    events = [
        replace(event, prompt_version="v2" if event.occurred_at >= BEGAN else "v1")
        for event in calls(600, step_s=60.0)
    ]
    Writer(opened_database).generations([(batch(events), verdicts(events))])
    return opened_database


def total(rows: list[dict[str, Any]], by: str, name: str) -> int:
    """Return a sum over one dimension."""
    return sum(row[name] for row in rows if row.get("by") == by)


def test_slices(database: Database) -> None:
    """Every call of the route is in one slice of each dimension, on its side of the start."""
    rows = slices(database, ASKED)
    own = database.rows(
        "SELECT countIf(occurred_at >= {began:DateTime64(6, 'UTC')}) AS n, count() - n AS before_n, "
        "countIf(outcome = 'error' AND occurred_at >= {began:DateTime64(6, 'UTC')}) AS bad "
        "FROM v_calls WHERE route = {route:String}",
        {"route": ROUTE, "began": BEGAN},
    )[0]
    assert {name: total(rows, "route", name) for name in own} == own
    versions = {row["value"]: (row["n"], row["before_n"]) for row in rows if row["by"] == "prompt version"}
    assert versions == {"v2": (own["n"], 0), "v1": (0, own["before_n"])}
    assert own["n"] > 0


def test_elsewhere(database: Database) -> None:
    """All other calls of the tenant are elsewhere."""
    rows = elsewhere(database, ASKED)
    count = database.rows("SELECT count() AS n FROM v_calls WHERE route != {route:String}", {"route": ROUTE})
    assert sum(row["n"] + row["before_n"] for row in rows) == count[0]["n"]
    assert elsewhere(database, replace(ASKED, routes=())) == []


@pytest.mark.parametrize(
    "what",
    ["error", "hallucination", "toxicity", "toxic prompts", "refusal", "privacy", "truncated", "unpriced",
     "residency", "model_changed", "prompt_drift", "response_drift", "latency", "ttft", "spend", "tokens",
     "input tokens"],
)  # fmt: skip
def test_every_measure(database: Database, what: str) -> None:
    """Whatever a signal is about can be counted, and no more is bad than there is."""
    assert countable(what)
    for row in slices(database, replace(ASKED, what=what)):
        assert 0 <= row["bad"] <= row["n"]
        assert 0 <= row["before_bad"] <= row["before_n"]


def test_line(database: Database) -> None:
    """A quarter of the reference's values lie above the line that sizes are counted by."""
    rows = slices(database, replace(ASKED, what="latency"))
    known = total(rows, "route", "before_n")
    assert known
    assert total(rows, "route", "before_bad") == pytest.approx(known / 4, abs=2)


def test_sizes(database: Database) -> None:
    """Mean tokens since the start and before; of no calls they are unknown."""
    found = sizes(database, ASKED)
    assert found["input_tokens"] > 0
    assert found["before_input_tokens"] > 0
    nothing = sizes(database, replace(ASKED, tenant="nobody"))["input_tokens"]
    assert nothing is None or nothing != nothing  # noqa: PLR0124 -- nan


def test_sample(database: Database) -> None:
    """Calls with the place of their question, of one encoder only."""
    rows = sample(database, ASKED, "test-1")
    own = database.rows("SELECT count() AS n FROM v_calls WHERE route = {route:String}", {"route": ROUTE})
    assert len(rows) == own[0]["n"]
    assert {len(row["prompt_embedding"]) for row in rows} == {256}
    assert sample(database, ASKED, "another") == []
    assert sample(database, replace(ASKED, tenant="nobody"), "test-1") == []


def test_uncountable() -> None:
    """Some signals are not about single calls."""
    assert not any(countable(what) for what in ("lifecycle", "completeness", "silence"))
