"""What people have said of alerts: waiting for the alerter, and as the monitors want it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from detectors.monitors.base import Ruling, Series
from store.database import Database, utc

MINUTE_S = 60

# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_SERIES = msgspec.json.Decoder(Series)

_UNHEARD = (
    "SELECT id, alert_id, tenant, verb, by, note, said_at FROM v_alert_words WHERE isNull(heard_at) "
    "ORDER BY said_at, id"
)
_HEARD = "SELECT heard_at FROM v_alert_words WHERE id = {id:String} AND isNotNull(heard_at)"
# The table itself: only its few rows of the last minutes are looked at, as those of the calls.
_RULINGS = (
    "SELECT signal, verb, raised, heard_at FROM alert_words FINAL WHERE verb IN ('expected', 'false') "
    "AND heard_at >= {since:DateTime64(3, 'UTC')} AND heard_at < {until:DateTime64(3, 'UTC')} "
    "ORDER BY heard_at, id"
)


def unheard(database: Database) -> list[dict[str, Any]]:
    """Return the words that the alerter has not taken yet, the oldest first."""
    return [{**row, "said_at": utc(row["said_at"])} for row in database.rows(_UNHEARD)]


def heard(database: Database, word_id: str) -> bool:
    """Tell whether the alerter has taken a word."""
    return bool(database.query(_HEARD, {"id": word_id})["heard_at"])


def rulings(database: Database, start_minute: int, end_minute: int) -> Sequence[Ruling]:
    """Return what people have said of signals that holds from a minute of [start_minute, end_minute) on."""
    since, until = (datetime.fromtimestamp(minute * MINUTE_S, UTC) for minute in (start_minute, end_minute))
    return [
        Ruling(
            minute=int(utc(row["heard_at"]).timestamp()) // MINUTE_S,
            signal=row["signal"],
            series=frozenset(_SERIES.decode(each) for each in row["raised"]),
            expected=row["verb"] == "expected",
        )
        for row in database.rows(_RULINGS, {"since": since, "until": until})
    ]


def raised_column(series: Sequence[Series]) -> list[str]:
    """Return series as the column `raised` holds them."""
    return [msgspec.json.encode(each).decode() for each in series]
