"""Texts go when a route's days are over; the record of the call, its verdicts and its spend stay."""

from __future__ import annotations

from store import retention
from store.content import HIGH_RISK_DAYS, empty_content
from store.database import Database
from store.lingering import Lingering
from store.testing import empty
from store.writer import Writer
from tests.store.fleet import batch, calls, verdicts

FACTS = (
    "SELECT event_id, route, latency_ms, usage_input, cost_pusd, toxicity_prompt_label, tags "
    "FROM generations ORDER BY event_id"
)


def _stored(database: Database, days_ago: int) -> None:
    """Store calls as if they had come some days ago."""
    empty(database)
    events = calls(30)
    assert Writer(database).generations([(batch(events), verdicts(events))]) == []
    for table in ("generations", "embeddings"):
        names = ", ".join(f"`{name}`" for name in database.types(table))
        database.command(
            f"INSERT INTO {table} ({names}, inserted_at) "  # noqa: S608 - our own names
            f"SELECT {names}, now64(3) - INTERVAL {days_ago} DAY "
            f"FROM {table} SETTINGS insert_allow_materialized_columns = 1"
        )
        database.command(
            f"ALTER TABLE {table} DELETE WHERE inserted_at > now() - INTERVAL 1 DAY "
            "SETTINGS mutations_sync = 1"
        )


def _texts(database: Database) -> dict[str, int]:
    rows = database.rows(
        "SELECT route, countIf(prompt != '' OR response != '' OR messages != '' OR notEmpty(context)) AS n "
        "FROM generations GROUP BY route ORDER BY route"
    )
    return {row["route"]: row["n"] for row in rows}


def _days(route: str) -> int:
    return {"support/answer": 20, "support/triage": 90}.get(route, 400)


def test_due(database: Database) -> None:
    """Only texts of routes whose days are over go, with their embeddings; facts stay; again is nothing."""
    _stored(database, 10)
    assert empty_content(database, _days) == 0
    _stored(database, 30)
    before, texts = database.rows(FACTS), _texts(database)
    assert empty_content(database, _days) == texts["support/answer"] > 0
    Lingering(database, ["generations", "embeddings"]).until_done()
    assert _texts(database) == {**texts, "support/answer": 0}
    assert database.rows(FACTS) == before
    left = database.query("SELECT DISTINCT route FROM embeddings ORDER BY route")["route"]
    assert left == ["sales/mail", "support/triage"]
    assert empty_content(database, _days) == 0


def test_high_risk() -> None:
    """The records of every route stay for at least the six months that high-risk systems ask for."""
    assert retention.DAYS["generations"] >= HIGH_RISK_DAYS
    assert retention.DAYS["hours"] >= HIGH_RISK_DAYS
