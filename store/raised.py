"""Signals that stand: raised and not cleared since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from detectors.monitors.base import Series, Signal
from store.database import Database

_SIGNALS = "SELECT * FROM signals FINAL WHERE signal = {signal:String} ORDER BY at, state = 'cleared', id"
_SAME = ("signal", "state", "team", "unit", "n", "monitor", "note", "routes", "examples", "facts")
_NUMBERS = ("observed", "reference", "low", "high", "share_of_traffic")


def raised(database: Database, signal: str) -> dict[Series, Signal]:
    """Return the signals of one name that stand, the newest of each series."""
    standing: dict[Series, Signal] = {}
    for row in database.rows(_SIGNALS, {"signal": signal}):
        found = _signal(row)
        if found.state == "raised":
            standing[found.series] = found
        else:
            standing.pop(found.series, None)
    return standing


def _signal(row: dict[str, Any]) -> Signal:
    series = Series(row["level"], row["tenant"], row["platform"], row["route"], row["model"])
    return Signal(
        series=series,
        minute=_minute(row["at"]),
        began=_minute(row["began_at"]),
        began_low=_minute(row["began_low_at"]),
        began_high=_minute(row["began_high_at"]),
        **{name: row[name] for name in _SAME},
        **{name: float("nan") if row[name] is None else row[name] for name in _NUMBERS},
    )


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
