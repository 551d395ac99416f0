"""What the console and a dashboard ask of the views over a month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.query_rows import ALERTS, OPEN, Month
from store import console
from store.database import Database
from store.deadlines import deadlines

WITH_SPAN = frozenset(
    {"v_fleet", "v_routes", "v_models", "v_id_conflicts", "v_residency"}
)  # they take since and until
EXAMPLES = 5  # calls that an alert shows
USUAL = timedelta(days=4)  # before an alert began, on its chart
_MEASURES = "n, error_ratio, hallucination_ratio, toxicity_response_ratio, spend_usd, latency_p95_ms"
_MINE = "WHERE tenant = {tenant:String}"
_ROUTE = "WHERE tenant = {tenant:String} AND route = {route:String}"
_MONTH = "BETWEEN {since:DateTime('UTC')} AND {until:DateTime('UTC')}"
_DAY = "BETWEEN {day:DateTime('UTC')} AND {until:DateTime('UTC')}"
_DATES = "WHERE day BETWEEN toDate({since:DateTime('UTC')}) AND toDate({until:DateTime('UTC')})"
# What a dashboard shows of a month: the view, what of it, its columns, which rows.
_PANELS = (
    (
        "v_advice_days",
        "what was promised of a route's models",
        "made_at, incumbent, candidate, spend_difference_ratio",
        f"{_ROUTE} ORDER BY made_at",
    ),
    ("v_fleet", "every series", "*", ""),
    ("v_routes", "every route", "*", ""),
    ("v_models", "every model", "*", ""),
    (
        "v_tenant_hour",
        "the fleet by the hour",
        f"hour, {_MEASURES}",
        f"{_MINE} AND hour {_MONTH} ORDER BY hour",
    ),
    (
        "v_route_hour",
        "a route by the hour",
        f"hour, {_MEASURES}",
        f"{_ROUTE} AND hour {_MONTH} ORDER BY hour",
    ),
    (
        "v_fleet_hour",
        "a route's models by the hour",
        f"hour, request_model, {_MEASURES}",
        f"{_ROUTE} AND hour {_MONTH} ORDER BY hour",
    ),
    (
        "v_fleet_minute",
        "a route's models by the minute, a day",
        f"minute, request_model, {_MEASURES}",
        f"{_ROUTE} AND minute {_DAY} ORDER BY minute",
    ),
    (
        "v_fleet_minute",
        "a route's calls and spend by the minute",
        "minute, request_model, n, errors, spend_usd",
        f"{_ROUTE} AND minute {_MONTH} ORDER BY minute",
    ),
    (
        "v_fleet_minute",
        "all calls by the minute, a day",
        "minute, sum(v.n) AS n, sum(v.errors) AS errors",
        f"WHERE minute {_DAY} GROUP BY minute ORDER BY minute",
    ),
    (
        "v_fleet_minute",
        "all calls out of minutes",
        "toStartOfHour(minute) AS hour, sum(v.n) AS n, sum(v.errors) AS errors",
        f"WHERE minute {_MONTH} GROUP BY hour ORDER BY hour",
    ),
    (
        "v_spend",
        "spend of teams by the day",
        "tenant, team, day, sum(v.spend_usd) AS spend_usd, sum(v.unpriced_n) AS unpriced_n",
        f"{_DATES} GROUP BY tenant, team, day ORDER BY tenant, team, day",
    ),
    (
        "v_comparisons",
        "what candidates' answers cost",
        "hour, platform, request_model, n, spend_usd",
        f"{_MINE} AND hour {_MONTH} ORDER BY hour",
    ),
    ("v_coverage", "shares assessable by the day", "*", _DATES),
    ("v_detectors", "what detectors judged by the day", "*", _DATES),
    (
        "v_calls",
        "the last hundred calls of a route, a day",
        "occurred_at, event_id, request_model, outcome, latency_ms, spend_usd",
        f"{_ROUTE} AND occurred_at {_DAY} ORDER BY occurred_at DESC LIMIT 100",
    ),
    (
        "v_calls",
        "one call by its id",
        "*",
        f"{_MINE} AND event_id = {{event:String}} AND occurred_at {_MONTH}",
    ),
    ("v_id_conflicts", "ids that name two calls", "count() AS n", _MINE),
    (
        "v_residency",
        "where a route's calls ran",
        "region, residency_label, n",
        _ROUTE,
    ),
    (
        "v_scores",
        "later scores by the day",
        "toDate(occurred_at) AS day, detector, avg(score) AS mean, count() AS n",
        f"WHERE occurred_at {_MONTH} GROUP BY day, detector ORDER BY day",
    ),
    (
        "v_feedback",
        "feedback by the day",
        "toDate(at) AS day, name, avg(value_number) AS mean, count() AS n",
        f"WHERE at {_MONTH} GROUP BY day, name ORDER BY day",
    ),
    (
        "v_signals",
        "signals",
        "at, signal, route, model, observed, reference",
        f"WHERE at {_MONTH} ORDER BY at",
    ),
    (
        "v_deliveries",
        "deliveries by their state",
        "receiver, state, count() AS n",
        "GROUP BY receiver, state",
    ),
    (
        "v_dead_letters",
        "dead letters by the day and reason",
        "toDate(at) AS day, reason, outcome, count() AS n",
        f"WHERE at {_MONTH} GROUP BY day, reason, outcome ORDER BY day",
    ),
    (
        "v_completeness",
        "what got lost by the hour and team",
        "toStartOfHour(minute) AS hour, team, sum(accepted), sum(stored), sum(missing)",
        f"WHERE minute {_MONTH} GROUP BY hour, team ORDER BY hour",
    ),
    (
        "v_alert_outcomes",
        "what became of alerts by the team",
        "team, severity, outcome, count() AS n",
        f"WHERE fired_at {_MONTH} GROUP BY team, severity, outcome",
    ),
    ("v_false_alarms", "false alarms by the month", "month, severity, fired, false_alarms, unjudged", ""),
    ("v_alert_words", "what was said of alerts", "alert_id, verb, by, said_at, heard_at", "ORDER BY said_at"),
    ("v_content_reads", "who has seen texts", "at, alert_id, route, calls, name, token", "ORDER BY at"),
    (
        "v_series_state",
        "series by what they are watched for",
        "signal, state, watched, count() AS n",
        "GROUP BY signal, state, watched",
    ),
    ("v_watched", "how far monitors have watched", "min(watched_until) AS watched_until", ""),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked again and again, each time of another tenant, route or call.

    Attributes
    ----------
    who : console or dashboard
    views : that it reads
    ask : takes the number of the turn
    """

    name: str
    who: str
    views: tuple[str, ...]
    ask: Callable[[int], object]


def questions(database: Database, month: Month) -> list[Question]:
    """Return what is asked."""
    return [*_of_console(database, month), *_of_dashboard(database, month)]


def _of_console(database: Database, month: Month) -> list[Question]:
    now = month.end - timedelta(minutes=1)

    def question(name: str, views: Sequence[str], ask: Callable[[int], object]) -> Question:
        return Question(name, "console", tuple(views), ask)

    return [
        question(
            "the last day of every series", ["v_fleet_hour"], lambda _: console.fleet_day(database, now)
        ),
        question("every series of 60 days", ["v_fleet_hour"], lambda _: console.fleet_known(database, now)),
        question(
            f"charts of {OPEN} alerts",
            ["v_fleet_hour"],
            lambda turn: console.span_hours(database, _charts(month, turn)),
        ),
        question(
            f"examples of {OPEN} alerts",
            ["v_calls"],
            lambda turn: console.calls(database, *_examples(month, turn)),
        ),
        question(
            "open alerts and those just over",
            ["v_alerts"],
            lambda _: console.alert_bodies(database, now - timedelta(days=14)),
        ),
        question(
            "one alert", ["v_alerts"], lambda turn: console.alert_body(database, f"alert-{turn % ALERTS}")
        ),
        question(
            "changes of a month", ["v_changes"], lambda _: console.changes(database, month.start, month.end)
        ),
        question("advice", ["v_advice"], lambda _: console.advice(database, now)),
        question("when models stop", ["v_deadlines"], lambda _: deadlines(database)),
        question("what could not be used", ["v_dead_letters"], lambda _: console.unusable(database, now)),
    ]


def _charts(month: Month, turn: int) -> list[console.Span]:
    """Return the spans of as many alerts, of a route each, that began in the last days."""
    spans = []
    for number in range(OPEN):
        tenant, route = month.route(turn + number)
        began = month.end - timedelta(hours=number)
        spans.append(console.Span(tenant, "", "", (route,), began - USUAL, month.end))
    return spans


def _examples(month: Month, turn: int) -> tuple[list[str], datetime, datetime]:
    """Return calls of the last week, and from when to when the console looks for them."""
    ids = [month.event(month.facts - 1 - (turn + 1) * number * 211) for number in range(OPEN * EXAMPLES)]
    return ids, month.end - timedelta(days=8), month.end


def _of_dashboard(database: Database, month: Month) -> list[Question]:
    return [_shown(database, month, panel) for panel in _PANELS]


def _shown(database: Database, month: Month, panel: tuple[str, str, str, str]) -> Question:
    view, name, columns, rest = panel
    span = "(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')})" if view in WITH_SPAN else ""
    sql = f"SELECT {columns} FROM {view}{span} AS v {rest}"  # noqa: S608 - our own words
    day = month.end - timedelta(days=1)

    def ask(turn: int) -> object:
        tenant, route = month.route(turn)
        asked = {"since": month.start, "until": month.end, "day": day, "tenant": tenant, "route": route}
        return database.query(sql, {**asked, "event": month.event(turn * 7919)})

    return Question(name, "dashboard", (view,), ask)
