"""Moves as the store has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from fmwatch.event import Change, Feedback, Generation

from bench.moves_made import START, shares
from services.alert_json import stamp
from services.config import Config
from services.moved.reading import Reading
from services.moved.told import listing
from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG
from store.rollup import Rollup
from store.writer import Writer
from tests.contract.schema import errors, load
from tests.store.fleet import batch, moved, verdicts

from .made import calls

PER_HOUR = 60
LADDER = shares((0.05, 30), (0.25, 30))


def store(database: Database, found: Sequence[tuple[Generation, bool]]) -> list[Generation]:
    """Store calls with verdicts as tier 0 gives them: the candidate costs two fifths of the incumbent."""
    events = [event for event, _ in found]
    columns = verdicts(events)
    outcome = columns["outcome"]
    spend = columns["spend"]
    cost = [400_000_000 if candidate else 1_000_000_000 for _, candidate in found]
    labels = ["error" if event.error_type else "ok" for event in events]
    parts = dict(spend.parts) | {"cost_pusd": cost}
    refusal = columns["refusal"]
    columns |= {
        "refusal": type(refusal)("refusal", "1", refusal.score, ["answered"] * len(events)),
        "outcome": type(outcome)("outcome", "1", outcome.score, labels),
        "spend": type(spend)("spend", "1", spend.score, ["priced"] * len(events), parts=parts),
    }
    writer = Writer(database)
    assert writer.generations([(batch(events), columns)]) == []
    rollup = Rollup(database)
    rollup.touch(event.occurred_at for event in events)
    rollup.recompute()
    return events


def advise(database: Database, day: int, ratio: float, state: str = "recommend") -> None:
    """Store what the advisor said on a day."""
    at = START + timedelta(days=day, hours=3)
    row = {
        "tenant": "default",
        "id": "advice-1",
        "route": "support/answer",
        "platform": "openai",
        "incumbent": "gpt-4o",
        "candidate": "openai/gpt-5.4-mini",
        "causes": ["dominated"],
        "state": state,
        "spend_difference_ratio": ratio,
        "spend_basis": "price_list",
        "n": 1,
        "evidence": "provider",
        "made_at": at,
        "updated_at": at,
        "expires_at": at + timedelta(days=30),
        "body": "{}",
    }
    assert Writer(database).advice([row]) == []


def only(database: Database, config: Config | None = None) -> Any:
    """Return the one move there is, checked against its schema."""
    (found,) = Reading(database, config or Config()).moves()
    assert errors({"moves": [found]}, load("moved")) == []
    return found


def test_canary(database: Database) -> None:
    """A canary that nobody declared is found with its steps; it may go on when it is old enough."""
    store(database, calls(LADDER, PER_HOUR, np.random.default_rng(1)))
    advise(database, 1, -0.6)
    found = only(database)
    assert (found["incumbent"], found["candidate"]) == ("openai/gpt-4o", "openai/gpt-5.4-mini")
    assert [step["share"] for step in found["course"]] == [0.05, 0.25]
    assert found["step"]["observed_share"] == pytest.approx(0.25, abs=0.04)
    assert (found["declared_at"], found["compared_with"]) == (None, "same hours")
    assert found["advice"] == {
        "action": "go on",
        "reasons": ["to 50% of the calls"],
        "until": None,
        "next_share": 0.5,
    }
    guards = {guard["name"]: guard for guard in found["guards"]}
    assert guards["cost"]["value"] == pytest.approx(0.4)
    assert guards["cost"]["state"] == "kept"
    assert guards["bad answers"]["state"] == "unknown"
    assert found["latency_p95_ms"]["candidate"]["n"] == guards["latency"]["n"]
    assert guards["latency"]["state"] in {"open", "kept"}
    promise = found["promise"]
    assert (promise["cost_ratio"], promise["cost"], promise["bad_answers"]) == (-0.6, "kept", "unknown")


def test_young(database: Database) -> None:
    """A step of twelve hours waits for its day, one without 300 calls for these."""
    store(database, calls(shares((0.5, 12)), PER_HOUR, np.random.default_rng(1)))
    advice = only(database)["advice"]
    assert (advice["action"], advice["until"]) == ("wait", stamp(START + timedelta(hours=96)))
    assert advice["reasons"] == ["a step lasts a day at least"]


def test_few_calls(database: Database) -> None:
    """On a quiet route a step waits until it has 300 calls, and says until when that may be."""
    store(database, calls(shares((0.25, 48)), 12, np.random.default_rng(1)))
    found = only(database)
    assert found["advice"]["action"] == "wait"
    assert "of 300 calls at this step" in found["advice"]["reasons"][0]
    assert found["advice"]["until"] > found["as_of"]


def test_roll_back(database: Database) -> None:
    """A candidate that fails more often by far more than a point is rolled back."""
    store(database, calls(LADDER, PER_HOUR, np.random.default_rng(1), errors=0.15))
    found = only(database)
    assert found["advice"]["action"] == "roll back"
    assert found["advice"]["reasons"] == ["errors: surely over its limit"]


def test_done(database: Database) -> None:
    """All moved: calls after are compared with those before, and after a week it is done."""
    share = shares((0.5, 24), (1.0, 24 * 7 + 1))
    store(database, calls(share, 30, np.random.default_rng(1)))
    found = only(database)
    assert (found["advice"]["action"], found["compared_with"]) == ("done", "before the move")
    assert found["step"]["share"] == 1.0


def test_taken_back(database: Database) -> None:
    """A candidate that gets no calls any more was rolled back."""
    store(database, calls(shares((0.25, 30), (0.0, 30)), PER_HOUR, np.random.default_rng(1)))
    assert only(database)["advice"]["action"] == "rolled back"


def test_declared(database: Database) -> None:
    """A declared move says who declared it; one that no call follows waits."""
    store(database, calls(LADDER, PER_HOUR, np.random.default_rng(1)))
    at = START + timedelta(hours=70)
    change = Change(at, "model", route="support/answer", from_="gpt-4o", to="openai/gpt-5.4-mini", by="ana")
    Writer(database).changes([change])
    found = only(database)
    assert (found["declared_by"], found["declared_at"]) == ("ana", stamp(at))
    assert found["advice"]["action"] == "go on"


def test_older_than_stored(database: Database) -> None:
    """A declared move that had begun before what is stored is followed from there on, and says so."""
    hours = 24 * 8
    share = np.concatenate([np.full(24, 0.5), np.ones(hours)])
    store(database, calls(share, 30, np.random.default_rng(1)))
    advise(database, 0, -0.6)
    at = START + timedelta(hours=20)
    change = Change(at, "model", route="support/answer", from_="gpt-4o", to="openai/gpt-5.4-mini", by="ana")
    assert Reading(database, Config()).moves() == []  # two models that share a route
    Writer(database).changes([change])
    found = only(database)
    assert (found["began_at"], found["followed_from"]) == (None, stamp(START))
    assert [step["share"] for step in found["course"]] == [0.5, 1.0]
    assert (found["advice"]["action"], found["compared_with"]) == ("done", "before this step")
    guards = {guard["name"]: guard for guard in found["guards"]}
    assert guards["cost"]["value"] == pytest.approx(0.4)
    assert found["promise"]["cost_ratio"] == -0.6
    said = "\n".join(listing([found], 60))
    assert "began before what is stored, declared" in said
    assert f"followed from {START:%Y-%m-%d %H:%M} on" in said


def test_nothing_before(database: Database) -> None:
    """Where every stored call is the candidate's, it says that there is nothing to compare with."""
    store(database, calls(np.ones(24 * 8), 30, np.random.default_rng(1)))
    change = Change(START, "model", route="support/answer", from_="openai/gpt-4o", to="gpt-5.4-mini")
    Writer(database).changes([change])
    found = only(database)
    assert (found["incumbent"], found["step"]["share"]) == ("openai/gpt-4o", 1.0)
    assert found["advice"]["reasons"] == ["every call has moved; nothing is stored to compare its calls with"]


def test_promise_of_before(database: Database) -> None:
    """What counts is the advice as it stood before the first call, not what it became since."""
    store(database, calls(LADDER, PER_HOUR, np.random.default_rng(1)))
    advise(database, 1, -0.9)
    advise(database, 2, -0.8)
    advise(database, 4, -0.6)
    promise = only(database)["promise"]
    assert (promise["cost_ratio"], promise["cost"]) == (-0.8, "broken")
    assert promise["made_at"] == stamp(START + timedelta(days=2, hours=3))


def test_second_answers_are_no_move(database: Database) -> None:
    """Requests that are sent to a candidate as well, to compare, are no traffic that moved."""
    found = calls(LADDER, PER_HOUR, np.random.default_rng(1))
    store(database, [(moved(event, tags={PAIR_TAG: "x"} if other else {}), other) for event, other in found])
    assert Reading(database, Config()).moves() == []


def test_labels(database: Database) -> None:
    """What people say of both models' answers to an application is held against the route's margin."""
    random = np.random.default_rng(1)
    found = calls(shares((0.5, 72)), PER_HOUR, random)
    store(database, found)
    again = [
        (moved(event, event_id=f"again-{event.event_id}", tags={PAIR_TAG: event.event_id}), candidate)
        for event, candidate in found[72 * PER_HOUR :]
        if candidate
    ]
    store(database, again)
    labels = [
        Feedback(event_id=event.event_id, kind="label", name=BAD_LABEL, value=False, at=event.occurred_at)
        for event, _ in again
    ]
    labels += [
        Feedback(
            event_id=event.event_id,
            kind="label",
            name=BAD_LABEL,
            value=bool(random.random() < (0.4 if candidate else 0.1)),
            at=event.occurred_at,
        )
        for event, candidate in found[72 * PER_HOUR :]
    ]
    Writer(database).feedback(labels)
    move = only(database)
    guard = next(one for one in move["guards"] if one["name"] == "bad answers")
    assert (guard["state"], guard["limit"]) == ("broken", 0.02)
    assert guard["value"] == pytest.approx(0.3, abs=0.05)
    assert move["advice"]["action"] == "roll back"
    lenient = Config.parse({"routes": {"support/*": {"quality": 0.5}}})
    assert only(database, lenient)["advice"]["action"] == "go on"


def test_nothing(database: Database) -> None:
    """An empty store, and a route on one model, have no move."""
    assert Reading(database, Config()).moves() == []
    store(database, calls(np.zeros(48), 10, np.random.default_rng(1)))
    assert Reading(database, Config()).moves() == []
