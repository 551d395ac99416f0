from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from store import views
from store.database import Database
from store.rollup import Rollup
from store.writer import Writer
from tests.store.fleet import START, batch, call, calls, moved, verdicts

WITH_SPAN = {"v_fleet", "v_routes", "v_models", "v_id_conflicts", "v_residency"}


def _view(database: Database, name: str, where: str = "1") -> list[dict[str, Any]]:
    span = "(since = '2026-05-04 00:00:00', until = '2026-05-05 00:00:00')" if name in WITH_SPAN else ""
    return database.rows(f"SELECT * FROM {name}{span} WHERE {where}")  # noqa: S608 - our own names


def _fill(database: Database, n: int = 300) -> None:
    events = calls(n, step_s=20.0)
    Writer(database).generations([(batch(events), verdicts(events))])
    Rollup(database).catch_up()


def _wilson(bad: int, n: int) -> tuple[float, float]:
    share, z = bad / n, 1.96
    centre, half = share + z * z / 2 / n, z * sqrt(share * (1 - share) / n + z * z / 4 / n / n)
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


@pytest.mark.parametrize("name", sorted(views.statements()))
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_answers(database: Database, name: str, filled: bool) -> None:
    """Every view answers, on an empty store and on a filled one, and says first what it answers."""
    if filled:
        _fill(database, 30)
    _view(database, name)
    first = (views.FOLDER / f"{name}.sql").read_text().splitlines()[0]
    assert first.startswith("-- ")
    assert "?" in first or first.endswith(".")


def test_rates(database: Database) -> None:
    """A rate stands beside its n and its 95 % Wilson interval."""
    _fill(database)
    for row in _view(database, "v_routes"):
        low, high = _wilson(row["refused"], row["refusal_n"])
        assert row["refusal_n"] < row["n"]
        assert row["refusal_ratio"] == row["refused"] / row["refusal_n"]
        assert (row["refusal_low"], row["refusal_high"]) == pytest.approx((low, high), abs=1e-4)


def test_nothing_assessable(database: Database) -> None:
    """Where nothing could be assessed a rate is NULL, not zero."""
    Writer(database).generations([(batch([call()]), {})])
    Rollup(database).catch_up()
    (row,) = _view(database, "v_fleet")
    assert (row["n"], row["hallucination_n"], row["hallucination_ratio"], row["spend_usd"]) == (
        1,
        0,
        None,
        None,
    )


def test_quantiles(database: Database) -> None:
    """Quantiles over any hours merge, within two per cent of the exact ones of successful calls."""
    _fill(database)
    (row,) = _view(database, "v_models", "request_model = 'gpt-4o'")
    exact = database.query(
        "SELECT latency_ms FROM generations FINAL WHERE request_model = 'gpt-4o' AND outcome != 'error'"
    )["latency_ms"]
    assert row["latency_n"] == len(exact)
    for share, name in ((50, "latency_p50_ms"), (95, "latency_p95_ms")):
        assert row[name] == pytest.approx(np.percentile(exact, share, method="inverted_cdf"), rel=0.021)


@pytest.mark.parametrize("latency", [0.0, -5.0, 1e300, float("nan"), float("inf")])
def test_senseless_latency(database: Database, latency: float) -> None:
    """A senseless latency neither fails nor spoils the sums of its hour."""
    events = [moved(call(1), latency_ms=latency), call(2)]
    Writer(database).generations([(batch(events), {})])
    Rollup(database).catch_up()
    (row,) = database.rows("SELECT * FROM v_tenant_hour")
    assert row["n"] == 2
    assert row["latency_n"] == 1 + bool(np.isfinite(latency))


def test_unpriced(database: Database) -> None:
    """A sum of spend leaves the unpriced out and says how many they are; all unpriced is NULL."""
    _fill(database)
    for row in database.rows("SELECT * FROM v_spend"):
        assert row["priced_n"] + row["unpriced_n"] == row["n"]
        assert row["spend_usd"] == pytest.approx(row["spend_pusd"] / 1e12)
    exact = database.rows("SELECT sum(toInt128(cost_pusd)) AS spent FROM generations FINAL")[0]["spent"]
    assert sum(row["spend_pusd"] for row in database.rows("SELECT * FROM v_spend")) == exact


def test_id_conflicts(database: Database) -> None:
    """An event id under two identities is two calls, and the view says so; a mere repeat is not."""
    event = moved(call(1), route="a")
    sent = [event, event, moved(event, route="b"), call(2)]
    Writer(database).generations([(batch(sent), verdicts(sent))])
    (row,) = _view(database, "v_id_conflicts")
    assert (row["event_id"], row["identities"], sorted(row["routes"])) == ("e1", 2, ["a", "b"])


def test_calls_by_range(database: Database) -> None:
    """Asking the view for an hour reads that hour only: the range reaches the key."""
    _fill(database)
    asked = "tenant = 'default' AND occurred_at >= '2026-05-04 10:00:00'"
    sql = f"EXPLAIN indexes = 1 SELECT event_id FROM v_calls WHERE {asked}"  # noqa: S608 - our own words
    plan = "\n".join(database.query(sql)["explain"])
    assert "toStartOfHour(occurred_at) in" in plan


@pytest.mark.parametrize("name", ["v_calls", "v_fleet_hour", "v_fleet_minute", "v_route_hour", "v_spend"])
def test_key_first(database: Database, name: str) -> None:
    """Of a long time a view reads the key first, and everything else only where the key is asked for."""
    _fill(database)
    sql = f"EXPLAIN SELECT * FROM {name} WHERE route = 'support/answer'"  # noqa: S608 - our own names
    plan = "\n".join(database.query(sql)["explain"])
    assert "Prewhere filter column:  route = 'support/answer'" in plan


@pytest.mark.parametrize(("name", "sums"), [("v_fleet_hour", "hours"), ("v_fleet_minute", "minutes")])
def test_summed_again(database: Database, name: str, sums: str) -> None:
    """A series that was summed up twice is one row of its time, as the store keeps it."""
    _fill(database)
    Rollup(database).recompute([START])
    found = database.query(f"SELECT sum(v.n) AS n, count() AS rows FROM {name} AS v")  # noqa: S608 - our own names
    assert found == database.query(f"SELECT sum(n) AS n, count() AS rows FROM {sums} FINAL")  # noqa: S608 - same
    assert found["n"] == [300]


def test_coverage(database: Database) -> None:
    """Shares assessable are of all calls of the day."""
    _fill(database)
    found = database.rows("SELECT * FROM v_coverage")
    assert {row["day"] for row in found} == {START.date()}
    assert all(0 < row["refusal_ratio"] < 1 for row in found)


def test_detectors(database: Database) -> None:
    """Each detector says of how many calls it was shown which it could judge, and how far it has come."""
    _fill(database, 120)
    calls_ = {row["detector"]: row for row in _view(database, "v_detectors")}
    coverage = _view(database, "v_fleet_hour")
    privacy = calls_["privacy"]
    assert privacy["n"] == privacy["asked_n"] == 120
    assert privacy["scored_n"] == sum(row["privacy_n"] for row in coverage) < 120
    assert (privacy["sampled_ratio"], privacy["lag_s"]) == (1.0, 0)


def test_late_detectors(database: Database) -> None:
    """A detector that works after the fact has its sample and its lag."""
    _fill(database, 360)  # two hours
    rows = [
        {
            "tenant": "default",
            "event_id": f"e{number}",
            "detector": "judge",
            "version": "7",
            "occurred_at": START,
            "score": 0.5,
            "label": "not_assessable" if number == 0 else "good",
            "inclusion": 0.1,
            "explanation": "",
        }
        for number in range(36)
    ]
    Writer(database).append("scores", rows)
    (judge,) = _view(database, "v_detectors", "detector = 'judge'")
    assert (judge["version"], judge["n"], judge["asked_n"], judge["scored_n"]) == ("7", 360, 36, 35)
    assert judge["sampled_ratio"] == pytest.approx(0.1)
    assert judge["lag_s"] == 3600
