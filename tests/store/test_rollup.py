from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from store import meta
from store.database import Database
from store.rollup import Rollup
from store.sums import KEYS, SUMS
from store.writer import Writer
from tests.store.fleet import START, batch, calls, moved, verdicts

HOUR = timedelta(hours=1)


def _store(database: Database, events: list[Any]) -> None:
    Writer(database).generations([(batch(events), verdicts(events))])


def _recount(database: Database, rounding: str, time: str) -> list[dict[str, Any]]:
    sums = ", ".join(f"{expression} AS s_{name}" for name, expression in SUMS.items())
    sql = f"SELECT {rounding}(occurred_at) AS {time}, {KEYS}, {sums} FROM generations FINAL GROUP BY ALL"  # noqa: S608
    return _sorted(database.rows(sql), time)


def _rolled(database: Database, table: str, time: str) -> list[dict[str, Any]]:
    sums = ", ".join(f"{name} AS s_{name}" for name in SUMS)
    sql = f"SELECT {time}, {KEYS}, {sums} FROM {table} FINAL WHERE n > 0"  # noqa: S608
    return _sorted(database.rows(sql), time)


def _sorted(rows: list[dict[str, Any]], time: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in (time, *KEYS.split(", "))])


def _agrees(database: Database) -> bool:
    return _rolled(database, "hours", "hour") == _recount(database, "toStartOfHour", "hour") and _rolled(
        database, "minutes", "minute"
    ) == _recount(database, "toStartOfMinute", "minute")


def test_equals_a_recount(database: Database) -> None:
    """Minutes and hours are what a recount of the facts gives, also after the same arrives again."""
    events = calls(600, step_s=20.0)
    rollup = Rollup(database)
    for part in (events[:400], events[200:], events[:30]):
        _store(database, part)
        rollup.touch(event.occurred_at for event in part)
        rollup.recompute()
        assert _agrees(database)
    assert rollup.touched() == []


def test_only_touched_hours(database: Database) -> None:
    """An hour nobody touched keeps its sums; the touched ones are named in order."""
    _store(database, calls(600, step_s=20.0))
    rollup = Rollup(database)
    rollup.touch([START + 2 * HOUR, START, START + timedelta(minutes=59)])
    assert rollup.touched() == [START, START + 2 * HOUR]
    assert rollup.recompute() == 2
    assert database.query("SELECT DISTINCT hour FROM hours FINAL ORDER BY hour")["hour"] == [
        START,
        START + 2 * HOUR,
    ]


def test_vanished_key(database: Database) -> None:
    """A call that moves to another team or minute leaves no trace where it was counted before."""
    event = calls(1)[0]
    rollup = Rollup(database)
    for version in (event, moved(event, team="other", occurred_at=event.occurred_at + timedelta(minutes=5))):
        _store(database, [version])
        rollup.recompute([event.occurred_at])
    assert _agrees(database)
    assert database.rows("SELECT team, n FROM v_fleet_hour") == [{"team": "other", "n": 1}]
    assert [row["n"] for row in database.rows("SELECT n FROM v_fleet_minute")] == [1]


def test_catch_up(database: Database) -> None:
    """What was stored but not summed up when the process ended is summed up at the next start."""
    _store(database, calls(100, step_s=200.0))
    assert Rollup(database).catch_up() == 6
    assert _agrees(database)


def test_catch_up_only_what_is_new(database: Database) -> None:
    """Hours that were stored long before the last end are not counted again."""
    _store(database, calls(100, step_s=200.0))
    future = database.query("SELECT toUnixTimestamp64Micro(now64(6)) + 3600000000 AS now")["now"][0]
    meta.remember(database, "rollup_done", str(future))
    assert Rollup(database).catch_up() == 0


def test_clock_set_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later job wins even if the store's clock says it is the earlier one."""
    _store(database, calls(10))
    Rollup(database).recompute([START])
    database.command(
        "INSERT INTO hours SELECT * REPLACE (7 AS n, now64(6) + INTERVAL 1 HOUR AS computed_at) FROM hours"
    )
    monkeypatch.setattr(database, "_latest", None)  # as a process that opens the store anew
    Rollup(database).recompute([START])
    assert _agrees(database)


def test_failed_job_keeps_its_hours(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours whose job failed wait for the next one."""
    rollup = Rollup(database)
    rollup.touch([START])

    def away(_: str, __: object = None) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(database, "command", away)
        with pytest.raises(ConnectionError):
            rollup.recompute()
    assert rollup.touched() == [START]
