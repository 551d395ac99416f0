"""From stored calls to a decline: traps that the store's own columns tell apart, on the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
import pytest

from services.advisor.observed import Labelled
from services.advisor.read_decline import read_declines
from store.database import Database
from store.decline import asked_about, said_of
from store.labels import BAD_LABEL, PAIR_TAG

from .conftest import TODAY

NOON = datetime(2026, 8, 21, 12, tzinfo=UTC)
SERIES = ("default", "support/answer", "azure", "gpt-4o")
PER_DAY, DAYS, BAD_DAYS = 120, 42, 4
Change = Callable[[dict[str, object]], dict[str, object]]


def _store(database: Database, recent: Change = lambda row: row, days: int = BAD_DAYS) -> None:
    """Six weeks of one model, of which the last days answer badly four times as often."""
    random = np.random.default_rng(5)
    rows = []
    for n in range(PER_DAY * DAYS):
        ago = n // PER_DAY
        row: dict[str, object] = {
            "tenant": SERIES[0],
            "route": SERIES[1],
            "platform": SERIES[2],
            "request_model": SERIES[3],
            "event_id": f"e{n}",
            "cluster": n,
            "conversation_id": "",
            "occurred_at": NOON - timedelta(days=ago, minutes=n % PER_DAY),
            "prompt": "How long does a parcel to Norway take this month",
            "prompt_version": "v13",
            "context": ["A parcel to Norway takes long this month, about nine days"],
            "context_scores": [0.8],
            "language": "en",
            "usage_input": 700,
            "outcome": "ok",
            "gateway_cached": False,
            "refusal_label": "answered",
            "hallucination_label": "unsupported"
            if random.random() < (0.24 if ago < days else 0.06)
            else "grounded",
            "detector_versions": json.dumps({"hallucination": "2", "refusal": "1"}),
            "tags": {},
        }
        rows.append(recent(row) if ago < days else row)
    database.insert("generations", {name: [row[name] for row in rows] for name in rows[0]})


def test_found(database: Database) -> None:
    """What is stored is found, once, with what stands beside it and what people said of single answers."""
    _store(database)
    said = [("e5", 1.0), *((f"e{n}", float(n < 300 and n % 2)) for n in range(240, 3_000, 20))]
    database.insert(
        "feedback",
        {
            "tenant": ["default"] * len(said),
            "event_id": [name for name, _ in said],
            "kind": ["label"] * len(said),
            "name": [BAD_LABEL] * len(said),
            "by": ["human"] * len(said),
            "at": [NOON] * len(said),
            "value_number": [bad for _, bad in said],
        },
    )
    _change(database, "deploy", "v2.1")
    found = read_declines(database, TODAY, "test-1")
    assert list(found) == [SERIES]
    worse = found[SERIES]
    assert 0.04 < worse.decline.then < 0.08
    assert 0.18 < worse.decline.now < 0.30
    assert abs((worse.decline.since - (TODAY - timedelta(days=BAD_DAYS - 1))).days) <= 1
    assert worse.near == "deploy v2.1 on 2026-08-18"
    assert worse.labels.now_n + worse.labels.then_n == len(said)
    assert isinstance(worse.labels, Labelled)


@pytest.mark.parametrize(
    "trap",
    [
        lambda row: row | {"detector_versions": '{"hallucination": "3", "refusal": "1"}'},
        lambda row: row | {"prompt_version": "v14"},
        lambda row: row | {"context": [], "context_scores": []},  # the retrieval is away
        lambda row: row | {"context_scores": [0.2]},  # it finds what hardly fits
        lambda row: row | {"context": ["Our returns desk is open daily until eight in the evening"]},
        lambda row: row | {"usage_input": 9_000},
        lambda row: row | {"language": "de"},
        lambda row: row | {"outcome": "error"},
        lambda row: row | {"gateway_cached": True},
    ],
    ids=["detector", "prompt", "outage", "scores", "passages", "length", "language", "errors", "cached"],
)
def test_traps(database: Database, trap: Change) -> None:
    """A detector upgrade, a new prompt, a retrieval outage, other requests: no decline of the model."""
    _store(database, trap)
    assert read_declines(database, TODAY, "test-1") == {}


def test_refusals_are_bad(database: Database) -> None:
    """A model that declines instead of inventing has not become better."""
    declined = {"hallucination_label": "not_assessable", "refusal_label": "refused"}
    fine = {"hallucination_label": "grounded", "refusal_label": "answered"}
    _store(database, lambda row: row | (declined if row["hallucination_label"] == "unsupported" else fine))
    assert list(read_declines(database, TODAY, "test-1")) == [SERIES]


@pytest.mark.parametrize("days", [BAD_DAYS, 9, 13])
def test_prompt_was_changed(database: Database, days: int) -> None:
    """Where prompts have no versions, a recorded change of the prompt is what explains it."""
    _store(database, days=days)
    _change(database, "prompt", "v14", NOON - timedelta(days=days - 1, hours=5))
    assert read_declines(database, TODAY, "test-1") == {}


def test_kinds_of_questions(database: Database) -> None:
    """Where the questions themselves moved to a harder kind, the model has not declined."""
    _store(database)
    calls = database.rows("SELECT event_id, occurred_at, hallucination_label AS label FROM v_calls")
    random = np.random.default_rng(6)

    def lies(*, hard: bool) -> bytes:
        return random.normal(90 if hard else -90, 10, 256).clip(-127, 127).astype(np.int8).tobytes()

    names = [row["event_id"] for row in calls]
    database.insert(
        "embeddings",
        {
            "tenant": ["default"] * len(names),
            "route": [SERIES[1]] * len(names),
            "request_model": [SERIES[3]] * len(names),
            "event_id": names,
            "occurred_at": [row["occurred_at"].replace(tzinfo=UTC) for row in calls],
            "encoder": ["test-1"] * len(names),
            "prompt_embedding": [lies(hard=row["label"] == "unsupported") for row in calls],
        },
    )
    assert read_declines(database, TODAY, "test-1") == {}


def test_conversation(database: Database) -> None:
    """Of a conversation one question is looked at: many alike are no other kind of questions."""
    _store(database, lambda row: row | {"conversation_id": f"c{cast('int', row['cluster']) // 40}"})
    noon = NOON - timedelta(days=BAD_DAYS)
    asked = asked_about(database, SERIES, NOON - timedelta(days=30), noon, NOON, encoder="test-1")
    assert 0 < sum(bool(row["now"]) for row in asked) <= PER_DAY * BAD_DAYS / 40 + 1


def test_compared_only(database: Database) -> None:
    """Answers that were asked for only to compare models are nobody's traffic."""
    _store(database, lambda row: row | {"tags": {"pair_of": "e0"}})
    assert read_declines(database, TODAY, "test-1") == {}


def test_labels_of_compared(database: Database) -> None:
    """What people say of answers that were asked for only to compare says nothing of the traffic's."""
    _store(database)
    calls = database.query("SELECT * EXCEPT (spend_usd) FROM v_calls WHERE event_id = 'e5'")
    again = {**{name: list(rows) for name, rows in calls.items()}, "event_id": ["again-e5"]}
    database.insert(
        "generations",
        {**again, "occurred_at": [NOON - timedelta(minutes=5)], "tags": [{PAIR_TAG: "e5"}]},
    )
    names = ["e5", "again-e5"]
    database.insert(
        "feedback",
        {
            "tenant": ["default"] * 2,
            "event_id": names,
            "kind": ["label"] * 2,
            "name": [BAD_LABEL] * 2,
            "by": ["human"] * 2,
            "at": [NOON] * 2,
            "value_number": [0.0, 1.0],
        },
    )
    began = NOON - timedelta(days=BAD_DAYS)
    said = said_of(database, SERIES, NOON - timedelta(days=30), began, NOON + timedelta(days=1))
    assert said == [{"now": 1, "n": 1, "bad": 0.0}]


def _change(
    database: Database, kind: str, to: str, at: datetime = datetime(2026, 8, 18, 7, tzinfo=UTC)
) -> None:
    database.insert(
        "changes", {"tenant": ["default"], "at": [at], "kind": [kind], "route": [SERIES[1]], "to": [to]}
    )
