"""What teams have spent, for a budget that was set after they did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from detectors.monitors.base import Leaf
from detectors.monitors.ledger import SLOT_MINUTES, Spent
from store.database import Database
from store.labels import SERVED

MINUTE_US = 60_000_000

_RANGE = (
    "occurred_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')"
    " AND occurred_at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')"
)
# Rounded call by call, as the monitor sums up what it sees itself.
_SPENT = f"""
SELECT tenant, platform, route, request_model AS model, team,
    intDiv(toUnixTimestamp64Micro(occurred_at), {SLOT_MINUTES * MINUTE_US}) * {SLOT_MINUTES} AS minute,
    count() AS calls, countIf(isNotNull(cost_pusd)) AS priced,
    sumIf(toInt64(ifNull(usage_input, 0)) + toInt64(ifNull(usage_output, 0)), isNotNull(cost_pusd)) AS tokens,
    sum(toInt64(round(ifNull(cost_pusd, 0) / 1e12 * 1e9))) AS nano,
    countIf(cost_status = 'unpriced') AS unpriced
FROM generations FINAL
WHERE {_RANGE} AND {SERVED} AND team IN {{teams:Array(String)}}
GROUP BY tenant, platform, route, model, team, minute
ORDER BY tenant, team, minute, platform, route, model
"""  # noqa: S608 - our own expressions
_CALLS = f"SELECT tenant, count() AS n FROM generations FINAL WHERE {_RANGE} AND {SERVED} GROUP BY tenant"  # noqa: S608 - same


class StoreSpend:
    """Knows the calls of the past from the store; raises StoreUnavailable where it is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, teams: Collection[str], since: int, until: int) -> Sequence[Spent]:
        """Return what these teams spent in the minutes [since, until), whatever tenant has them."""
        asked = {"start": since * MINUTE_US, "end": until * MINUTE_US, "teams": sorted(teams)}
        return [
            Spent(Leaf(*(row.pop(name) for name in ("tenant", "platform", "route", "model"))), **row)
            for row in self._database.rows(_SPENT, asked)
        ]

    def calls(self, since: int, until: int) -> Mapping[str, int]:
        """Return how many calls each tenant had in the minutes [since, until)."""
        found = self._database.query(_CALLS, {"start": since * MINUTE_US, "end": until * MINUTE_US})
        return dict(zip(found["tenant"], found["n"], strict=True))
