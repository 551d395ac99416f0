"""What two models of one route did hour by hour, to follow a move from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.database import Database
from store.labels import LABELS, SERVED

Row = dict[str, Any]
LEVELS = tuple(round(0.90 + 0.005 * place, 3) for place in range(20))  # of latency, about its p95

# From the rollup: single calls are read only of what may be a move.
_DAYS = """
SELECT tenant, route, platform, request_model AS model, toUInt32(intDiv(toUnixTimestamp(hour), 86400)) AS day,
    toUInt64(sum(f.n)) AS n
FROM v_fleet_hour AS f
WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} AND ({route:String} IN ('', route))
GROUP BY tenant, route, platform, model, day
ORDER BY tenant, route, platform, model, day
"""
_CHANGES = """
SELECT tenant, at, route, platform, model, `from` AS from_, `to`, note, by
FROM v_changes
WHERE kind = 'model' AND route != '' AND `to` != '' AND at >= {since:DateTime64(6, 'UTC')}
    AND at < {until:DateTime64(6, 'UTC')} AND ({asked:String} IN ('', route))
ORDER BY at, route
"""
_ADVICE = """
SELECT candidate, state, spend_difference_ratio, spend_basis, quality_difference, quality_low, quality_high,
    n, made_at
FROM v_advice_days
WHERE tenant = {tenant:String} AND route = {route:String} AND platform = {platform:String}
    AND incumbent = {model:String} AND candidate != '' AND made_at <= {until:DateTime64(3, 'UTC')}
ORDER BY made_at DESC
LIMIT 400
"""
_ON = """
occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}
    AND tenant = {tenant:String} AND route = {route:String}
    AND (platform, request_model) IN (({platform:String}, {model:String}),
        ({to_platform:String}, {to_model:String}))
"""
_CANDIDATE = "platform = {to_platform:String} AND request_model = {to_model:String}"
_ANSWERED = "isNotNull(latency_ms) AND outcome NOT IN ('error', 'aborted')"
_HOURS = f"""
SELECT toUInt32(intDiv(toUnixTimestamp(toStartOfHour(occurred_at)), 3600)) AS hour, {_CANDIDATE} AS candidate,
    count() AS n,
    countIf(outcome = 'error') AS errors,
    countIf(outcome = 'empty') AS empty,
    countIf(outcome = 'cut') AS cut,
    countIf(refusal_label NOT IN ('', 'not_assessable')) AS refusal_n,
    countIf(refusal_label = 'refused') AS refused,
    countIf({_ANSWERED}) AS latency_n,
    countIf({_ANSWERED}
        AND latency_ms > if(candidate, {{candidate_ms:Float64}}, {{incumbent_ms:Float64}})) AS slow,
    countIf(isNotNull(cost_pusd) AND NOT gateway_cached) AS priced_n,
    sumIf(ifNull(cost_pusd, 0), NOT gateway_cached) / 1e12 AS usd
FROM v_calls
WHERE {_ON} AND {SERVED}
GROUP BY hour, candidate
"""  # noqa: S608 - our own constants
_LATENCY = f"""
SELECT {_CANDIDATE} AS candidate, countIf({_ANSWERED}) AS n,
    quantilesTDigestIf({", ".join(map(str, LEVELS))})(ifNull(latency_ms, 0), {_ANSWERED}) AS quantiles
FROM v_calls
WHERE {_ON} AND {SERVED}
GROUP BY candidate
"""  # noqa: S608 - same
_LABELS = f"""
WITH said AS (
    SELECT event_id, bad FROM ({LABELS}) WHERE tenant = {{tenant:String}}
)
SELECT toUInt32(intDiv(toUnixTimestamp(toStartOfHour(occurred_at)), 3600)) AS hour, {_CANDIDATE} AS candidate,
    count() AS labelled, sum(said.bad) AS bad
FROM v_calls
INNER JOIN said ON said.event_id = v_calls.event_id
WHERE {_ON} AND {SERVED}
GROUP BY hour, candidate
"""  # noqa: S608 - same


@dataclass(frozen=True, slots=True)
class Span:
    """Two models on a route during [since, until)."""

    tenant: str
    route: str
    incumbent: tuple[str, str]  # platform, model
    candidate: tuple[str, str]
    since: datetime
    until: datetime

    @property
    def bound(self) -> dict[str, object]:
        """Return what questions bind."""
        return {
            "tenant": self.tenant,
            "route": self.route,
            "platform": self.incumbent[0],
            "model": self.incumbent[1],
            "to_platform": self.candidate[0],
            "to_model": self.candidate[1],
            "since": self.since,
            "until": self.until,
        }


def model_days(database: Database, route: str, since: datetime, until: datetime) -> Sequence[Row]:
    """Return the calls of each day of each model on a route, or on all where it is ""."""
    return database.rows(_DAYS, {"route": route, "since": since, "until": until})


def model_changes(database: Database, route: str, since: datetime, until: datetime) -> Sequence[Row]:
    """Return the moves that were declared, oldest first."""
    return database.rows(_CHANGES, {"asked": route, "since": since, "until": until})


def advised(database: Database, span: Span) -> Sequence[Row]:
    """Return what was recommended for the incumbent until the end of a span, newest first."""
    return database.rows(_ADVICE, span.bound)


def move_hours(database: Database, span: Span, *, incumbent_ms: float, candidate_ms: float) -> Sequence[Row]:
    """Return the sums of each hour and model.

    Parameters
    ----------
    incumbent_ms, candidate_ms : above these latencies a call of either is slow
    """
    limits = {"incumbent_ms": incumbent_ms, "candidate_ms": candidate_ms}
    return database.rows(_HOURS, span.bound | limits)


def latencies(database: Database, span: Span) -> Sequence[Row]:
    """Return the number of answers and the quantiles of their latency at `LEVELS`, by model."""
    return database.rows(_LATENCY, span.bound)


def labelled_hours(database: Database, span: Span) -> Sequence[Row]:
    """Return how many calls of each hour and model people judged, and how many of them were bad."""
    return database.rows(_LABELS, span.bound)
