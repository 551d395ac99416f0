"""What a look back reads besides the calls themselves: who there was, and what the calendar raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from detectors.monitors.base import Leaf, Signal
from store.database import Database
from store.raised import signal_of

_FLEET = """
SELECT tenant, platform, route, request_model AS model, argMax(team, hour) AS newest
FROM v_fleet_hour
WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} AND n > 0
GROUP BY tenant, platform, route, model ORDER BY tenant, platform, route, model
"""
_SIGNALS = """
SELECT * FROM v_signals
WHERE signal = {signal:String} AND at >= {since:DateTime('UTC')} AND at < {until:DateTime('UTC')}
ORDER BY at, state, id
"""


def fleet(database: Database, since: datetime, until: datetime) -> Mapping[Leaf, str]:
    """Return every route on every model that was called, with the team that called it last."""
    found = database.rows(_FLEET, {"since": since, "until": until})
    return {Leaf(row["tenant"], row["platform"], row["route"], row["model"]): row["newest"] for row in found}


def signals(database: Database, signal: str, since: datetime, until: datetime) -> Sequence[Signal]:
    """Return the stored signals of one name, oldest first."""
    found = database.rows(_SIGNALS, {"signal": signal, "since": since, "until": until})
    return [signal_of(row) for row in found]
