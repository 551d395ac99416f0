"""What was asked only to compare models is no traffic: nothing that watches or counts a route is moved."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from fmwatch.event import Generation

from store import observations
from store.database import Database
from store.labels import PAIR_TAG
from store.rollup import Rollup
from store.slices import Asked, elsewhere, sizes, slices, usual
from store.spend import StoreSpend
from store.writer import Writer
from tests.store.fleet import MINUTE, START, batch, calls, moved, verdicts

HOURS = 3
VIEWS = (
    "v_fleet_minute",
    "v_fleet_hour",
    "v_route_hour",
    "v_tenant_hour",
    "v_spend",
    "v_coverage",
    "v_detectors",
)
ASKED = Asked(
    "hallucination", "default", "", "", (), START, START + timedelta(hours=1), START + timedelta(hours=HOURS)
)


def _store(database: Database, events: list[Generation]) -> None:
    Writer(database).generations([(batch(events), verdicts(events))])
    later = [
        {
            "tenant": one.tenant,
            "event_id": one.event_id,
            "occurred_at": one.occurred_at,
            "detector": "inconsistency",
            "version": "1",
            "score": 0.5,
            "label": "inconsistent",
            "inclusion": 1.0,
        }
        for one in events
    ]
    Writer(database).append("scores", later)
    Rollup(database).recompute({one.occurred_at for one in events})


def _seen(database: Database) -> Mapping[str, Any]:
    """Return everything by which routes are watched and counted."""
    found = observations.read(database, MINUTE, MINUTE + HOURS * 60)
    return {
        **{field.name: _plain(getattr(found, field.name)) for field in dataclasses.fields(found)},
        **{view: _rows(database, view) for view in VIEWS},
        "spend": StoreSpend(database).spent(["support", "sales"], MINUTE, MINUTE + HOURS * 60),
        "calls": StoreSpend(database).calls(MINUTE, MINUTE + HOURS * 60),
        "slices": (slices(database, ASKED), elsewhere(database, ASKED), sizes(database, ASKED)),
        "usual": usual(database, ASKED, 1_000),
    }


def _plain(value: object) -> object:
    return value.tobytes() if isinstance(value, np.ndarray) else value


def _rows(database: Database, view: str) -> list[str]:
    return sorted(map(str, database.rows(f"SELECT * FROM {view}")))  # noqa: S608 - our own names


def test_no_traffic(database: Database) -> None:
    """A route with a candidate's answers is watched and counted as without; what they cost is said apart."""
    served = calls(400, step_s=20.0)
    _store(database, served)
    before = _seen(database)
    assert before["minute"]
    assert before["later"]
    asked = [
        moved(
            one,
            event_id=f"shadow-{one.event_id}",
            occurred_at=one.occurred_at + timedelta(seconds=7),
            request_model="gpt-next" if number % 2 else one.request_model,
            tags={PAIR_TAG: one.event_id},
        )
        for number, one in enumerate(served[:150])
    ]
    _store(database, asked)
    after = _seen(database)
    assert [name for name in before if before[name] != after[name]] == []
    cost = database.rows(
        "SELECT sum(cost_pusd) / 1e12 AS usd, countIf(outcome = 'error') AS errors FROM v_calls "
        "WHERE tags['pair_of'] != ''"
    )[0]
    said = database.rows(
        "SELECT sum(v.n) AS n, sum(v.errors) AS errors, sum(v.spend_usd) AS usd FROM v_comparisons AS v"
    )[0]
    assert (said["n"], said["errors"]) == (150, cost["errors"])
    assert said["usd"] == pytest.approx(cost["usd"])
    assert cost["usd"] > 0


def test_taken_out(database: Database) -> None:
    """Where calls turn out to have been asked only to compare, a recount takes them out of the sums."""
    served = calls(40, step_s=20.0)
    _store(database, served)
    _store(database, [moved(one, tags={PAIR_TAG: "x"}) for one in served[:15]])
    assert database.rows("SELECT sum(n) AS n FROM hours FINAL") == [{"n": 25}]


def test_passed_over(database: Database) -> None:
    """Who asks for what was asked to compare reads no call of a store that has none."""
    _store(database, calls(40, step_s=20.0))
    sql = "EXPLAIN indexes = 1 SELECT event_id FROM v_calls WHERE tags['pair_of'] != ''"
    plan = [str(line).strip(" │") for row in database.rows(sql) for line in row.values()]
    after = plan[plan.index("Name: by_pair_of") :]
    assert next(line for line in after if line.startswith("Parts: ")).startswith("Parts: 0/")
