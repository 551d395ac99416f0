"""What the console's page reads, from views only; rows as plain dictionaries in the page's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from store.database import Database

Row = dict[str, Any]

DAY = timedelta(hours=24)
KNOWN = timedelta(days=60)  # how far back a route must have been seen to be part of the fleet

_SUMS = (
    "n, errors, refusal_n, refused, hallucination_n, unsupported, toxicity_prompt_n, toxic_prompts, "
    "toxicity_response_n, toxic_responses, privacy_n, privacy_found, usage_n, input_tokens, output_tokens, "
    "priced_n, unpriced_n, ifNull(spend_usd, 0) AS cost_usd, latency_histogram, ttft_histogram"
)
_KEY = "tenant, team, route, platform, request_model AS model"
# Which rows of the fleet a series is made of; an empty key names everything.
_SERIES = """
    tenant = {tenant:String}
    AND (empty({platform:String}) OR platform = {platform:String})
    AND (empty({route:String}) OR route = {route:String})
    AND (empty({model:String}) OR request_model = {model:String})
    AND (empty({routes:Array(String)}) OR has({routes:Array(String)}, route))
"""


def fleet_day(database: Database, until: datetime) -> list[Row]:
    """Return each route and model's sums over the 24 hours that end with the hour of `until`."""
    end = _next_hour(until)
    fleet = "v_fleet(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')})"
    return database.rows(
        f"SELECT {_KEY}, {_SUMS} FROM {fleet}",  # noqa: S608 -- our own columns
        {"since": end - DAY, "until": end},
    )


def fleet_known(database: Database, until: datetime) -> list[Row]:
    """Return every route and model seen lately: since when, until when, and its calls of each recent hour."""
    end = _next_hour(until)
    return database.rows(
        f"SELECT {_KEY}, min(hour) AS first_seen, max(hour) AS last_seen, "  # noqa: S608 -- our own columns
        "groupArrayIf((hour, n), hour >= {recent:DateTime('UTC')}) AS calls "
        "FROM v_fleet_hour WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} "
        "GROUP BY tenant, team, route, platform, model ORDER BY tenant, team, route, platform, model",
        {"since": end - KNOWN, "recent": end - DAY, "until": end},
    )


def series_hours(
    database: Database, series: Mapping[str, str], routes: Sequence[str], since: datetime, until: datetime
) -> list[Row]:
    """Return the sums of a series hour by hour, its leaves as separate rows."""
    return database.rows(
        f"SELECT hour, {_SUMS} FROM v_fleet_hour "  # noqa: S608 -- our own columns
        f"WHERE hour >= {{since:DateTime('UTC')}} AND hour < {{until:DateTime('UTC')}} AND {_SERIES} "
        "ORDER BY hour",
        {**series, "routes": list(routes), "since": since, "until": until},
    )


def alert_bodies(database: Database, since: datetime) -> list[str]:
    """Return alerts that fired and are open, or were over only after `since`, as JSON, newest first."""
    return _bodies(
        database.query(
            "SELECT body FROM v_alerts WHERE isNotNull(fired_at) AND (state != 'resolved' "
            "OR ifNull(resolved_at, updated_at) >= {since:DateTime64(3, 'UTC')}) ORDER BY began_at DESC, id",
            {"since": since},
        )
    )


def alert_body(database: Database, alert_id: str) -> str | None:
    """Return one alert as JSON."""
    found = _bodies(
        database.query("SELECT body FROM v_alerts WHERE id = {id:String} LIMIT 1", {"id": alert_id})
    )
    return found[0] if found else None


def changes(database: Database, since: datetime, until: datetime) -> list[Row]:
    """Return what was changed on purpose, oldest first."""
    return database.rows(
        "SELECT at, kind, tenant, route, platform, model, `from` AS from_, `to`, note, by, until "
        "FROM v_changes WHERE at >= {since:DateTime64(6, 'UTC')} "
        "AND at <= {until:DateTime64(6, 'UTC')} ORDER BY at",
        {"since": since, "until": until},
    )


def advice(database: Database, now: datetime) -> list[Row]:
    """Return the recommendations that still hold."""
    return database.rows(
        "SELECT tenant, id, route, platform, incumbent, candidate, causes, state, spend_difference_ratio, "
        "spend_basis, quality_difference, n, evidence, expires_at, body FROM v_advice "
        "WHERE isNull(expires_at) OR expires_at >= {now:DateTime64(3, 'UTC')} ORDER BY tenant, route, id",
        {"now": now},
    )


def calls(
    database: Database,
    series: Mapping[str, str],
    routes: Sequence[str],
    event_ids: Sequence[str],
    *,
    since: datetime,
    until: datetime,
) -> list[Row]:
    """Return single calls with their texts and labels."""
    return database.rows(
        "SELECT event_id, tenant, occurred_at, route, request_model AS model, "  # noqa: S608 -- our own columns
        "response_model AS served_model, prompt, messages, response, context, error_type, latency_ms, "
        "spend_usd AS cost_usd, toxicity_prompt_label, toxicity_response_label, "
        "hallucination_label, refusal_label, privacy_label "
        f"FROM v_calls WHERE {_SERIES} AND event_id IN {{ids:Array(String)}} "
        "AND occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}",
        {**series, "routes": list(routes), "ids": list(event_ids), "since": since, "until": until},
    )


def coverage(database: Database) -> Row:
    """Return how many events are stored, how many could not be used, and from when to when."""
    stored = database.rows(
        "SELECT sum(n) AS events, min(hour) AS first, max(hour) AS last FROM v_tenant_hour"
    )[0]
    letters = database.rows("SELECT count() AS n FROM v_dead_letters")[0]
    return {
        "events": stored["events"] or 0,
        "dead_letters": letters["n"],
        "first": stored["first"],
        "last": stored["last"],
    }


def _bodies(found: dict[str, list[Any]]) -> list[str]:
    return [str(body) for body in found["body"]]


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
