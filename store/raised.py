"""What stands: signals raised and not cleared since, advice given and not expired."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from detectors.monitors.base import Series, Signal
from store.database import Database

_SIGNALS = "SELECT * FROM signals FINAL WHERE signal = {signal:String} ORDER BY at, state = 'cleared', id"
_NEWEST = """
SELECT * FROM signals FINAL
WHERE signal NOT IN {without:Array(String)}
ORDER BY at DESC, state = 'cleared' DESC, id DESC
LIMIT 1 BY signal, tenant, level, platform, route, model, if(level = 'team', team, '')
"""
_SAME = ("signal", "state", "team", "unit", "n", "monitor", "note", "routes", "examples", "facts")
_MINUTES = {"minute": "at", "began": "began_at", "began_low": "began_low_at", "began_high": "began_high_at"}
_NUMBERS = ("observed", "reference", "low", "high", "share_of_traffic")


def raised(database: Database, signal: str) -> dict[Series, Signal]:
    """Return the signals of one name that stand, the newest of each series."""
    standing: dict[Series, Signal] = {}
    for row in database.rows(_SIGNALS, {"signal": signal}):
        found = signal_of(row)
        if found.state == "raised":
            standing[found.series] = found
        else:
            standing.pop(found.series, None)
    return standing


def standing(database: Database, without: Sequence[str]) -> list[Signal]:
    """Return what stands of every name but these: the newest signal of each series, where it is raised."""
    found = database.rows(_NEWEST, {"without": list(without)})
    return [signal_of(row) for row in found if row["state"] == "raised"]


def standing_advice(database: Database, now: datetime) -> list[dict[str, Any]]:
    """Return the advice that holds at `now`, as rows of its table."""
    return database.rows("SELECT * FROM v_advice WHERE expires_at > {now:DateTime64(3, 'UTC')}", {"now": now})


def signal_of(row: dict[str, Any]) -> Signal:
    """Return the signal of a row of its table."""
    series = {name: row[name] for name in ("level", "tenant", "platform", "route", "model")}
    series["team"] = row["team"] if row["level"] == "team" else ""
    minutes = {name: _minute(row[column]) for name, column in _MINUTES.items()}
    numbers = {name: math.nan if row[name] is None else row[name] for name in _NUMBERS}
    same = {name: row[name] for name in _SAME}
    return msgspec.convert({"series": series, **minutes, **numbers, **same}, Signal)


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
