"""What two windows of the same calls held: sums by the hour, uses, values, and single calls to draw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from store.database import Database, utc
from store.labels import PAIR_TAG
from store.sums import SUMS

Row = dict[str, Any]

MOST_VALUES = 40  # of one dimension, those with most calls
_PARTS = 1_000_000
_SPARE = 4  # times as many calls as are drawn, for some of them are retries of one another
_TOKENS = "(ifNull(usage_input, 0) + ifNull(usage_output, 0))"
_USD = "(ifNull(cost_pusd, 0) / 1e12)"
# Squares of single calls, for how far their means are sure.
_SQUARES = {
    "input_squares": "sum(pow(ifNull(usage_input, 0), 2))",
    "output_squares": "sum(pow(ifNull(usage_output, 0), 2))",
    "usd_squares": f"sum(pow({_USD}, 2))",
}
_DIMENSIONS = {
    "model": "concat(platform, '/', request_model)",
    "served model": "response_model",
    "prompt version": "prompt_version",
    "language": "if(language = 'not_assessable', '', language)",
    "region": "region",
    "error": "if(outcome = 'error', error_type, '')",
}
_PAIRS = ", ".join(f"('{by}', toString({column}))" for by, column in _DIMENSIONS.items())
# Numbers of a call that have a distribution, and words of it: no texts, no ids, nobody's hash.
NUMBERS = {
    "latency_ms": "latency_ms",
    "ttft_ms": "ttft_ms",
    "input_tokens": "usage_input",
    "output_tokens": "usage_output",
    "reasoning_tokens": "usage_reasoning",
    "spend_usd": "if(isNull(cost_pusd), NULL, cost_pusd / 1e12)",
    "hallucination": "hallucination",
    "toxicity_prompt": "toxicity_prompt",
    "toxicity_response": "toxicity_response",
    "refusal": "refusal",
    "privacy": "privacy",
}
WORDS = {
    "outcome": "outcome",
    "error": "error_type",
    "model": "request_model",
    "served_model": "response_model",
    "prompt_version": "prompt_version",
    "language": "language",
    "region": "region",
    "finish_reason": "finish_reason",
}
_MOMENT = "DateTime64(6, 'UTC')"
_NOW = f"(occurred_at >= {{since:{_MOMENT}}} AND occurred_at < {{until:{_MOMENT}}})"
_BEFORE = (
    f"(occurred_at >= {{before_since:{_MOMENT}}} AND occurred_at < {{before_until:{_MOMENT}}} "
    "AND (empty({hours:Array(UInt8)}) OR has({hours:Array(UInt8)}, toHour(occurred_at, {zone:String}))))"
)
_KEYS = (
    "{tenant:String} IN ('', tenant) AND {platform:String} IN ('', platform) "
    "AND {model:String} IN ('', request_model, concat(platform, '/', request_model)) "
    "AND (empty({routes:Array(String)}) OR has({routes:Array(String)}, route))"
)
# Second answers to a request, made to compare, are no traffic.
_OWN = f"{_KEYS} AND tags['{PAIR_TAG}'] = ''"
_SPAN = f"occurred_at >= {{first:{_MOMENT}}} AND occurred_at < {{last:{_MOMENT}}}"
_WHERE = f"{_SPAN} AND ({_NOW} OR {_BEFORE}) AND {_OWN}"
_SUMS = ", ".join(f"{said} AS s_{name}" for name, said in (SUMS | _SQUARES).items())
_IDENTITY = "tenant, occurred_at, route, request_model, event_id"
_EMBEDDED = (
    f"{_SPAN} AND ({_NOW} OR {_BEFORE}) AND {{tenant:String}} IN ('', tenant) "
    "AND (empty({routes:Array(String)}) OR has({routes:Array(String)}, route))"
)
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]  # without its zone it could not be held against others


class Compared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which calls are compared, during [since, until) and [before_since, before_until).

    Attributes
    ----------
    tenant, platform, model : empty for every one; a model also as platform/model
    routes : only these; empty for every one
    hours : of the day in `zone`, to which calls before are confined; empty for all
    """

    tenant: str
    platform: str
    model: str
    routes: tuple[str, ...]
    since: _Moment
    until: _Moment
    before_since: _Moment
    before_until: _Moment
    hours: tuple[int, ...] = ()
    zone: str = "UTC"

    @property
    def bound(self) -> dict[str, object]:
        """Return what questions bind."""
        return {
            "tenant": self.tenant,
            "platform": self.platform,
            "model": self.model,
            "routes": list(self.routes),
            "since": self.since,
            "until": self.until,
            "before_since": self.before_since,
            "before_until": self.before_until,
            "hours": list(self.hours),
            "zone": self.zone,
            "first": min(self.since, self.before_since),
            "last": max(self.until, self.before_until),
        }


def hours(database: Database, asked: Compared) -> list[Row]:
    """Return the sums of each hour of both windows, the latter with `now`; names as in the rollups."""
    found = database.rows(
        f"SELECT {_NOW} AS now, toStartOfHour(occurred_at) AS hour, {_SUMS} FROM v_calls "  # noqa: S608 - our own
        f"WHERE {_WHERE} GROUP BY now, hour ORDER BY now, hour",
        asked.bound,
    )
    return [{name.removeprefix("s_"): value for name, value in row.items()} for row in found]


def uses(database: Database, asked: Compared) -> list[Row]:
    """Return of each route and model its calls that have a price, their tokens and USD, in both windows."""
    return database.rows(
        f"SELECT {_NOW} AS now, route, platform, request_model AS model, "  # noqa: S608 - our own expressions
        f"count() AS calls, sum({_TOKENS}) AS tokens, sum({_USD}) AS usd FROM v_calls "
        f"WHERE {_WHERE} AND isNotNull(cost_pusd) GROUP BY now, route, platform, model "
        "ORDER BY now, route, platform, model",
        asked.bound,
    )


def values(database: Database, asked: Compared) -> list[Row]:
    """Return n and before_n of each value of each dimension, the largest first; empty values are left out.

    Each with what all values of its dimension are together, also past `MOST_VALUES`: `distinct` of them,
    on `known_n` and `known_before_n` calls.
    """
    return database.rows(
        "SELECT *, count() OVER (PARTITION BY by) AS distinct, "  # noqa: S608 - our own
        "sum(n) OVER (PARTITION BY by) AS known_n, sum(before_n) OVER (PARTITION BY by) AS known_before_n "
        "FROM (SELECT pair.1 AS by, pair.2 AS value, countIf(now) AS n, countIf(NOT now) AS before_n "
        f"FROM (SELECT {_NOW} AS now, arrayJoin([{_PAIRS}]) AS pair FROM v_calls WHERE {_WHERE}) "
        "WHERE value != '' GROUP BY by, value) ORDER BY by, n + before_n DESC, value "
        f"LIMIT {MOST_VALUES} BY by",
        asked.bound,
    )


def stored(database: Database, asked: Compared) -> tuple[datetime, datetime] | None:
    """Return the first and the last hour of such calls, whenever they were; None where there are none."""
    found = database.rows(
        f"SELECT count() AS hours, min(hour) AS first, max(hour) AS last FROM v_fleet_hour WHERE {_KEYS}",  # noqa: S608 - our own
        asked.bound,
    )[0]
    return (utc(found["first"]), utc(found["last"])) if found["hours"] else None


def sample(database: Database, asked: Compared, most: int) -> bytes:
    """Return single calls as a Parquet file: `now`, `NUMBERS`, `WORDS`, and where the question lies (int8).

    One of each retry cluster, drawn by the hash of its id, at most so many of each window: the same calls
    each time. Embeddings are of the encoder that most calls have; of others, and where none is, they are "".
    """
    named = ", ".join(f"{said} AS s_{name}" for name, said in (NUMBERS | WORDS).items())
    shown = ", ".join(f"c.s_{name} AS {name}" for name in NUMBERS | WORDS)
    joined = " AND ".join(f"e.{name} = c.{name}" for name in _IDENTITY.split(", "))
    kept = f"cityHash64(event_id) % {_PARTS} < if({_NOW}, {{kept:UInt32}}, {{kept_before:UInt32}})"
    return database.raw(
        f"WITH drawn AS (SELECT * FROM ("  # noqa: S608 - our own expressions
        f"SELECT {_NOW} AS now, cluster, {_IDENTITY}, {named} FROM v_calls WHERE {_WHERE} AND {kept} "
        "ORDER BY cityHash64(event_id), event_id LIMIT 1 BY now, cluster"
        f") ORDER BY cityHash64(event_id), event_id LIMIT {{most:UInt32}} BY now) "
        f"SELECT c.now AS now, {shown}, e.prompt_embedding AS embedding FROM drawn AS c LEFT ANY JOIN ("
        f"SELECT {_IDENTITY}, prompt_embedding FROM embeddings FINAL WHERE {_EMBEDDED} "
        "AND event_id IN (SELECT event_id FROM drawn) "
        f"AND encoder = (SELECT topK(1)(encoder)[1] FROM embeddings WHERE {_EMBEDDED})"
        f") AS e ON {joined} ORDER BY cityHash64(c.event_id), c.event_id "
        "SETTINGS output_format_parquet_string_as_string = 0",
        "Parquet",
        {**asked.bound, "most": most, **_kept(database, asked, most)},
    )


def _kept(database: Database, asked: Compared, most: int) -> dict[str, object]:
    """Return how many of `_PARTS` of each window are looked at, so that few of very many calls are sorted."""
    found = database.rows(
        f"SELECT {_NOW} AS now, count() AS n FROM v_calls WHERE {_WHERE} GROUP BY now",  # noqa: S608 - our own
        asked.bound,
    )
    n = {bool(row["now"]): int(row["n"]) for row in found}
    parts = (min(_PARTS, -(-_PARTS * _SPARE * most // max(1, n.get(side, 0)))) for side in (True, False))
    return dict(zip(("kept", "kept_before"), parts, strict=True))
