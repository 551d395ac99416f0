"""What one tenant sees of a store that several share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from store import views
from store.database import Database
from store.errors import StoreError
from store.retention import DAYS
from store.rollup import Rollup
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import batch, calls, verdicts

NAMES = ("acme", "b'x\\", 'ünï "&{q:String}\u2028', "' OR 1 = 1 --")
ASKED = (
    "SELECT sum(n) AS n FROM v_fleet_hour",
    "SELECT sum(f.n) AS n FROM v_fleet(since = '2000-01-01 00:00:00', until = '2100-01-01 00:00:00') AS f",
    "SELECT count() AS n FROM v_calls WHERE event_id IN (SELECT event_id FROM v_calls)",
    "SELECT count() AS n FROM fmwatch.v_calls",
    "SELECT count() AS n FROM (SELECT * FROM v_calls AS c)",
    "WITH c AS (SELECT * FROM v_calls) SELECT count() AS n FROM c",
    "SELECT count() AS n FROM generations FINAL",
    "SELECT count() AS n FROM v_calls AS a INNER JOIN v_calls AS b ON a.event_id = b.event_id",
)


@pytest.fixture(scope="module")
def shared(opened_database: Database) -> Iterator[Database]:
    """A store with as many calls of each tenant as its place says, all with the same ids."""
    empty(opened_database)
    for place, name in enumerate(NAMES, 1):
        events = [replace(each, tenant=name) for each in calls(10 * place, step_s=60.0)]
        Writer(opened_database).generations([(batch(events), verdicts(events))])
    Rollup(opened_database).catch_up()
    yield opened_database
    empty(opened_database)


@pytest.mark.parametrize("sql", ASKED, ids=[f"sql{place}" for place in range(len(ASKED))])
def test_own_only(shared: Database, sql: str) -> None:
    """Whatever is asked and however a tenant is called, its own rows answer."""
    found = [shared.of(name).rows(sql)[0]["n"] for name in NAMES]
    assert found == [10, 20, 30, 40]
    assert shared.of("nobody").rows(sql)[0]["n"] in {0, None}


def test_everything_has_tenants(shared: Database) -> None:
    """Each view, and each table behind them, has tenants and answers one."""
    seen = shared.of("acme")
    for name, select in views.statements().items():
        if "{since:" not in select:
            seen.query(f"SELECT count() AS n FROM {name}")  # noqa: S608 - our own names
    for name in DAYS:
        seen.query(f"SELECT count() AS n FROM {name}")  # noqa: S608 - our own names


def test_the_rest_stays(shared: Database) -> None:
    """Who reads everything reads everything, also after a tenant has asked."""
    shared.of("acme")
    assert shared.rows("SELECT count() AS n FROM v_calls")[0]["n"] == 100
    with pytest.raises(StoreError):
        shared.of("acme").query("SELECT no_such FROM v_calls")
    assert shared.of("acme").raw("SELECT count() FROM v_calls", "TSV") == b"10\n"
