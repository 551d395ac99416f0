"""What a week's digest reads, from views only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from store.database import Database, utc

Row = dict[str, Any]

_KEY = "tenant, team, route, platform, request_model AS model"
_SPAN = "hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}"
_WHOSE = "{tenant:String} IN ('', tenant)"

# What may get worse: the bad ones, of how many that could be judged.
RATES: Mapping[str, tuple[str, str]] = {
    "error": ("errors", "n"),
    "hallucination": ("unsupported", "hallucination_n"),
    "refusal": ("refused", "refusal_n"),
    "toxicity": ("toxic_responses", "toxicity_response_n"),
    "privacy": ("privacy_found", "privacy_n"),
    "truncated": ("cut", "n - errors"),
}
# Each of them makes an answer a bad one; several may meet in one answer.
ENDED = ("errors", "empty", "cut")
FAULTS = {name: RATES[name] for name in ("hallucination", "refusal", "toxicity", "privacy")}
# Faults whose bad ones, and whose good ones, may have no answer: what a filter stopped, what was only asked.
WITHOUT_ANSWER = {"refusal": (1, 0), "privacy": (1, 1)}
_PAIRS = ", ".join(f"('{name}', toInt64({bad}), toInt64({n}))" for name, (bad, n) in RATES.items())


def first_hour(database: Database, tenant: str = "") -> datetime | None:
    """Return the first hour with calls, None where there are none."""
    found = database.rows(
        f"SELECT count() AS n, min(hour) AS hour FROM v_fleet_hour WHERE {_WHOSE}",  # noqa: S608 - our own columns
        {"tenant": tenant},
    )[0]
    return utc(found["hour"]) if found["n"] else None


def money(database: Database, since: datetime, until: datetime, tenant: str = "") -> list[Row]:
    """Return calls and spend of every route on every model within hours; what has no price is counted."""
    return database.rows(
        f"SELECT {_KEY}, n, priced_n, unpriced_n, spend_usd "  # noqa: S608 - our own columns
        "FROM v_fleet(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}) "
        f"WHERE {_WHOSE} AND n > 0 ORDER BY tenant, team, route, platform, model",
        {"since": since, "until": until, "tenant": tenant},
    )


def bought(database: Database, since: datetime, until: datetime, tenant: str = "") -> list[Row]:
    """Return of each team its calls, what they cost, what was wrong with them and how many were judged."""
    columns = ("n", "priced_n", *ENDED, *(name for pair in FAULTS.values() for name in pair))
    counted = ", ".join(f"sum(f.{name}) AS {name}" for name in columns)
    return database.rows(
        f"SELECT tenant, team, {counted}, sum(f.spend_usd) AS spend_usd "  # noqa: S608 - our own columns
        "FROM v_fleet(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}) AS f "
        f"WHERE {_WHOSE} GROUP BY tenant, team ORDER BY tenant, team",
        {"since": since, "until": until, "tenant": tenant},
    )


def rates(database: Database, since: datetime, until: datetime, tenant: str = "") -> list[Row]:
    """Return of each route, model and rate the sums over hours by which its hours are compared.

    bad, n : summed; bad_bad, bad_n, n_n : sums of the products of each hour; hours : with anything judged
    """
    keys = "tenant, route, platform, model"
    return database.rows(
        f"SELECT {keys}, rate, count() AS hours, sum(h.bad) AS bad, sum(h.n) AS n, "  # noqa: S608 - our own columns
        "sum(h.bad * h.bad) AS bad_bad, sum(h.bad * h.n) AS bad_n, sum(h.n * h.n) AS n_n FROM ("
        f"SELECT {keys}, hour, one.1 AS rate, toFloat64(sum(one.2)) AS bad, toFloat64(sum(one.3)) AS n FROM ("
        f"SELECT tenant, route, platform, request_model AS model, hour, arrayJoin([{_PAIRS}]) AS one "
        f"FROM v_fleet_hour WHERE {_WHOSE} AND {_SPAN}"
        f") GROUP BY {keys}, hour, rate"
        f") AS h WHERE h.n > 0 GROUP BY {keys}, rate ORDER BY {keys}, rate",
        {"since": since, "until": until, "tenant": tenant},
    )


def spend_days(
    database: Database, since: datetime, until: datetime, tenant: str = "", routes: Collection[str] = ()
) -> list[Row]:
    """Return calls and spend of each route on each model by UTC day, for days that end by `until`.

    Parameters
    ----------
    routes : only of these; of every one by default
    """
    return database.rows(
        "SELECT tenant, route, platform, model, day, sum(f.n) AS n, sum(f.unpriced) AS unpriced_n, "  # noqa: S608 - our own columns
        "sum(f.usd) AS usd FROM ("
        "SELECT tenant, route, platform, request_model AS model, toDate(hour) AS day, n, "
        f"unpriced_n AS unpriced, ifNull(spend_usd, 0) AS usd FROM v_fleet_hour WHERE {_WHOSE} AND {_SPAN} "
        "AND ({everywhere:Bool} OR route IN {routes:Array(String)})"
        ") AS f GROUP BY tenant, route, platform, model, day ORDER BY tenant, route, platform, model, day",
        {
            "since": since,
            "until": until,
            "tenant": tenant,
            "everywhere": not routes,
            "routes": sorted(set(routes)),
        },
    )
