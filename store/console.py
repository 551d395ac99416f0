"""What the console's page reads, from views only; rows as plain dictionaries in the page's words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.database import Database
from store.labels import PAIR_TAG, SERVED, WORDS

Row = dict[str, Any]
Place = tuple[str, str, str, str]  # tenant, route, platform, model

DAY = timedelta(hours=24)
KNOWN = timedelta(days=60)  # how far back a route must have been seen to be part of the fleet

_COUNTS = (
    "n, errors, cut, refusal_n, refused, hallucination_n, unsupported, toxicity_prompt_n, toxic_prompts, "
    "toxicity_response_n, toxic_responses, privacy_n, privacy_found, usage_n, input_tokens, output_tokens, "
    "priced_n, unpriced_n"
)
_HISTOGRAMS = "latency_histogram, ttft_histogram"
_SUMS = f"{_COUNTS}, ifNull(spend_usd, 0) AS cost_usd, {_HISTOGRAMS}"
_TOTALS = ", ".join(
    [f"sum(f.{name}) AS {name}" for name in f"{_COUNTS}, cost_usd".split(", ")]
    + [f"sumMap(f.{name}) AS {name}" for name in _HISTOGRAMS.split(", ")]
)
_KEY = "tenant, team, route, platform, request_model AS model"
# Which of the spans asked for a row of the fleet belongs to; an empty key names everything.
_SPANS = """
    arrayFilter(i -> tenant = {tenants:Array(String)}[i]
        AND ({platforms:Array(String)}[i] IN ('', platform))
        AND ({models:Array(String)}[i] IN ('', request_model))
        AND (empty({routes:Array(Array(String))}[i]) OR has({routes:Array(Array(String))}[i], route))
        AND toUnixTimestamp(hour) >= {since:Array(UInt32)}[i]
        AND toUnixTimestamp(hour) < {until:Array(UInt32)}[i],
        arrayEnumerate({tenants:Array(String)}))
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the fleet during some hours.

    Attributes
    ----------
    platform, model : empty for every one
    routes : only these; empty for every one
    """

    tenant: str
    platform: str
    model: str
    routes: tuple[str, ...]
    since: datetime
    until: datetime


def fleet_day(database: Database, until: datetime) -> list[Row]:
    """Return each route and model's sums over 24 whole hours and that of `until`, and its calls by hour."""
    return database.rows(
        f"SELECT tenant, team, route, platform, model, {_TOTALS}, groupArray((hour, f.n)) AS calls FROM ("  # noqa: S608 -- our own columns
        f"SELECT {_KEY}, hour, {_SUMS} FROM v_fleet_hour "
        "WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}"
        ") AS f GROUP BY tenant, team, route, platform, model",
        {"since": _day_began(until), "until": _next_hour(until)},
    )


def fleet_known(database: Database, until: datetime) -> list[Row]:
    """Return every route and model seen lately: since when, and until when."""
    end = _next_hour(until)
    return database.rows(
        f"SELECT {_KEY}, min(hour) AS first_seen, max(hour) AS last_seen "  # noqa: S608 -- our own columns
        "FROM v_fleet_hour WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} "
        "GROUP BY tenant, team, route, platform, model ORDER BY tenant, team, route, platform, model",
        {"since": end - KNOWN, "until": end},
    )


def series_known(database: Database, place: Place, until: datetime) -> list[Row]:
    """Return by team since when and until when a route on a model was seen lately, the busiest team first."""
    end = _next_hour(until)
    return database.rows(
        "SELECT team, min(hour) AS first_seen, max(hour) AS last_seen FROM v_fleet_hour "
        "WHERE tenant = {tenant:String} AND route = {route:String} AND platform = {platform:String} "
        "AND request_model = {model:String} "
        "AND hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} "
        "GROUP BY team ORDER BY sum(n) DESC, team",
        dict(zip(("tenant", "route", "platform", "model"), place, strict=True))
        | {"since": end - KNOWN, "until": end},
    )


def span_hours(database: Database, spans: Sequence[Span]) -> list[Row]:
    """Return the sums of each span hour by hour; `span` is its place among those asked for.

    One statement for all of them: reading the view costs as much as its answer.
    """
    if not spans:
        return []
    return database.rows(
        f"SELECT span - 1 AS span, hour, {_TOTALS} FROM ("  # noqa: S608 -- our own columns
        f"SELECT arrayJoin({_SPANS}) AS span, hour, {_SUMS} FROM v_fleet_hour "
        "WHERE hour >= {first:DateTime('UTC')} AND hour < {last:DateTime('UTC')} "
        # What the engine can look up leaves few rows; to which spans they belong is looked at row by row.
        "AND tenant IN {tenants:Array(String)} AND ({everywhere:Bool} OR route IN {named:Array(String)})"
        ") AS f GROUP BY span, hour ORDER BY span, hour",
        {
            "tenants": [span.tenant for span in spans],
            "platforms": [span.platform for span in spans],
            "models": [span.model for span in spans],
            "routes": [list(span.routes) for span in spans],
            "everywhere": not all(span.routes for span in spans),
            "named": sorted({route for span in spans for route in span.routes}),
            "since": [int(span.since.timestamp()) for span in spans],
            "until": [int(span.until.timestamp()) for span in spans],
            "first": min(span.since for span in spans),
            "last": max(span.until for span in spans),
        },
    )


def served(database: Database, span: Span) -> list[Row]:
    """Return by hour how many calls of a span each served model answered, as far as answers say so."""
    return database.rows(
        "SELECT toStartOfHour(occurred_at) AS hour, response_model AS served_model, count() AS n "  # noqa: S608 -- our own constant
        "FROM v_calls WHERE tenant = {tenant:String} AND {platform:String} IN ('', platform) "
        "AND {model:String} IN ('', request_model) "
        "AND (empty({routes:Array(String)}) OR route IN {routes:Array(String)}) "
        "AND occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')} "
        f"AND response_model != '' AND {SERVED} GROUP BY hour, served_model ORDER BY hour, served_model",
        {
            "tenant": span.tenant,
            "platform": span.platform,
            "model": span.model,
            "routes": list(span.routes),
            "since": span.since,
            "until": span.until,
        },
    )


def spent(database: Database, before: datetime, begins: datetime, ends: datetime) -> list[Row]:
    """Return what each team's calls of a route on a model cost in [begins, ends) and in [before, begins).

    One statement for both: reading the view costs as much as its answer.
    """
    return database.rows(
        f"SELECT {_KEY}, hour >= {{begins:DateTime('UTC')}} AS present, "  # noqa: S608 -- our own columns
        "min(hour) AS first, sum(v.n) AS n, "
        "sum(v.priced_n) AS priced_n, sum(v.unpriced_n) AS unpriced_n, sum(v.spend_usd) AS usd "
        "FROM v_fleet_hour AS v WHERE hour >= {before:DateTime('UTC')} AND hour < {ends:DateTime('UTC')} "
        "GROUP BY tenant, team, route, platform, model, present "
        "ORDER BY tenant, team, route, platform, model",
        {"before": before, "begins": begins, "ends": ends},
    )


def spent_hours(database: Database, teams: Collection[str], since: datetime, until: datetime) -> list[Row]:
    """Return what teams spent in each hour, as far as calls have a price."""
    if not teams:
        return []
    return database.rows(
        "SELECT tenant, team, hour, sum(ifNull(v.spend_usd, 0)) AS usd FROM v_fleet_hour AS v "
        "WHERE team IN {teams:Array(String)} AND hour >= {since:DateTime('UTC')} "
        "AND hour < {until:DateTime('UTC')} GROUP BY tenant, team, hour ORDER BY tenant, team, hour",
        {"teams": sorted(teams), "since": since, "until": until},
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
        "spend_basis, quality_difference, quality_low, quality_high, n, evidence, "
        "expires_at, body FROM v_advice WHERE isNull(expires_at) OR expires_at > {now:DateTime64(3, 'UTC')} "
        "ORDER BY tenant, route, id",
        {"now": now},
    )


def endings(database: Database) -> list[Row]:
    """Return the last days of models in use, with the share of their tenant's calls, the nearest first."""
    return database.rows(
        "SELECT tenant, platform, model, state, day, JSONExtractFloat(body, 'share') AS share "
        "FROM v_deadlines WHERE state != 'gone' ORDER BY day, tenant, platform, model"
    )


def judged(database: Database, since: datetime) -> list[tuple[Row, list[list[int]]]]:
    """Return how far people have judged each candidate's pairs on each route, the most open first.

    Beside each row stands what was said of every answer, 1 for bad: one number for each person.
    """
    labels = (
        "SELECT tenant, event_id, groupArray(person) AS people, groupArray(toUInt8(last >= 0.5)) AS said "  # noqa: S608 - our own constants
        f"FROM ({WORDS}) GROUP BY tenant, event_id"
    )
    answers = (
        "SELECT tenant, route, platform, request_model AS model, event_id AS second, "  # noqa: S608 - our own constants
        f"arrayJoin([event_id, tags['{PAIR_TAG}']]) AS answer FROM v_calls "
        f"WHERE occurred_at >= {{since:DateTime64(6, 'UTC')}} AND tags['{PAIR_TAG}'] != ''"
    )
    rows = database.rows(
        "SELECT a.tenant AS tenant, a.route AS route, a.platform AS platform, a.model AS model, "  # noqa: S608 - our own constants
        "countIf(a.answer = a.second) AS pairs, countIf(a.answer = a.second AND notEmpty(l.said)) AS done, "
        "length(arrayFilter(who -> who != '', arrayDistinct(arrayFlatten(groupArray(l.people))))) AS people, "
        "groupArray(l.said) AS several "
        f"FROM ({answers}) AS a LEFT JOIN ({labels}) AS l ON l.tenant = a.tenant AND l.event_id = a.answer "
        "GROUP BY tenant, route, platform, model ORDER BY pairs - done DESC, tenant, route, platform, model",
        {"since": since},
    )
    return [(row, row.pop("several")) for row in rows]


def calls(database: Database, event_ids: Sequence[str], since: datetime, until: datetime) -> list[Row]:
    """Return single calls with their texts and labels, of whatever tenant, route and model."""
    if not event_ids:
        return []
    return database.rows(
        "SELECT event_id, tenant, occurred_at, route, platform, request_model AS model, "
        "response_model AS served_model, prompt, messages, response, context, error_type, latency_ms, "
        "spend_usd AS cost_usd, toxicity_prompt_label, toxicity_response_label, "
        "hallucination_label, refusal_label, privacy_label "
        "FROM v_calls WHERE event_id IN {ids:Array(String)} "
        "AND occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}",
        {"ids": sorted(set(event_ids)), "since": since, "until": until},
    )


def unusable(database: Database, until: datetime) -> int:
    """Return how many events that came since the day of `fleet_day` began could not be used."""
    found = database.rows(
        "SELECT count() AS n FROM v_dead_letters "
        "WHERE outcome != 'stored' AND at >= {since:DateTime64(6, 'UTC')}",
        {"since": _day_began(until)},
    )
    return int(found[0]["n"])


def _bodies(found: dict[str, list[Any]]) -> list[str]:
    return [str(body) for body in found["body"]]


def _day_began(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) - DAY


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
