"""How often models answered badly, day by day, among calls that compare; and what people said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from store.database import Database
from store.labels import LABELS, SERVED
from store.portions import TAKEN, Series, portions

MOST_CALLS = 20_000  # of one route and model; of more a sample by hash is enough
_AT_ONCE = 400_000  # calls that one statement groups by conversation
MOST_TEXTS = 2_000  # whose questions are looked at, before and since
_IDS_BYTES = 100_000  # of a parameter; a server takes 128 KiB
_RANGE = "occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}"
_OWN = (
    "tenant = {tenant:String} AND route = {route:String} AND platform = {platform:String} "
    "AND request_model = {model:String}"
)
# A refusal or an empty answer is bad: a model that declines more makes fewer claims to be wrong about.
_BAD = "(hallucination_label = 'unsupported' OR refusal_label = 'refused' OR outcome = 'empty')"
_KNOWN = (
    "outcome NOT IN ('error', 'aborted') AND NOT gateway_cached AND (outcome = 'empty' "
    "OR refusal_label NOT IN ('', 'not_assessable') OR hallucination_label NOT IN ('', 'not_assessable')) "
    f"AND {SERVED}"
)
# Calls compare only where all of this is the same: the prompt, who judged, and what kind of request it was.
_ALIKE = """cityHash64(prompt_name, prompt_version,
        JSONExtractString(toString(detector_versions), 'hallucination'),
        JSONExtractString(toString(detector_versions), 'refusal'),
        language, floor(log2(1 + ifNull(usage_input, 0))),
        floor(log2(1 + length(context))),
        floor(10 * ifNull(arrayMax(arrayMap(score -> ifNull(score, 0), context_scores)), 0)))"""

_USED = f"""
SELECT tenant, route, platform, request_model, count() AS calls,
    countIf(occurred_at >= {{began:DateTime64(6, 'UTC')}}) AS now_calls
FROM v_calls WHERE {_RANGE} AND {_KNOWN}
GROUP BY tenant, route, platform, request_model
HAVING now_calls >= {{least:UInt32}} AND calls - now_calls >= {{least:UInt32}}
"""  # noqa: S608 - our own expressions

_DAYS = f"""
SELECT tenant, route, platform, request_model AS model, day, alike,
    sum(m) AS n, sum(b) AS bad, sum(m * m) AS mm, sum(b * b) AS bb, sum(m * b) AS mb
FROM
(
    SELECT tenant, route, platform, request_model, toUInt16(toDate(occurred_at, 'UTC')) AS day,
        {_ALIKE} AS alike, cluster, toUInt64(count()) AS m, toUInt64(countIf({_BAD})) AS b
    FROM v_calls WHERE {_RANGE} AND {TAKEN} AND {_KNOWN}
    GROUP BY tenant, route, platform, request_model, day, alike, cluster
)
GROUP BY tenant, route, platform, model, day, alike
ORDER BY tenant, route, platform, model, day, alike
"""  # noqa: S608 - our own expressions

_IDENTITY = "cityHash64(tenant, toStartOfHour(occurred_at), route, request_model, event_id)"
_WORDS = "arrayDistinct(extractAll(lowerUTF8(substring({}, 1, 8000)), '[\\\\p{{L}}\\\\p{{N}}]{{4,}}'))"
# One of a conversation: its questions are alike, and what they have in common is no new kind of question.
_CHOSEN = f"""
SELECT identity, event_id, now, bad
FROM
(
    SELECT {_IDENTITY} AS identity, event_id, occurred_at >= {{began:DateTime64(6, 'UTC')}} AS now,
        {_BAD} AS bad, cityHash64(event_id) AS place
    FROM v_calls WHERE {_OWN} AND {_RANGE} AND {_KNOWN} AND cityHash64(event_id) %
        (SELECT greatest(1, intDiv(count(), {2 * MOST_CALLS}))
         FROM v_calls WHERE {_OWN} AND {_RANGE} AND {_KNOWN}) = 0
    ORDER BY place, identity LIMIT 1 BY if(conversation_id = '', toString(cluster), conversation_id)
)
ORDER BY place, identity LIMIT {MOST_TEXTS} BY now
"""  # noqa: S608 - our own expressions
_FITS = f"""
SELECT identity, if(empty(words), NULL, length(arrayIntersect(words, passages)) / length(words)) AS fit
FROM
(
    SELECT {_IDENTITY} AS identity,
        {_WORDS.format("concat(prompt, ' ', messages)")} AS words,
        {_WORDS.format("arrayStringConcat(context, ' ')")} AS passages
    FROM v_calls WHERE {_OWN} AND {_RANGE} AND event_id IN {{ids:Array(String)}} AND notEmpty(context)
)
"""  # noqa: S608 - our own expressions
_LIES = f"""
SELECT {_IDENTITY} AS identity, prompt_embedding FROM embeddings FINAL
WHERE {_RANGE} AND tenant = {{tenant:String}} AND route = {{route:String}}
    AND event_id IN {{ids:Array(String)}} AND encoder = {{encoder:String}}
"""  # noqa: S608 - our own expressions

_SAID = f"""
SELECT occurred_at >= {{began:DateTime64(6, 'UTC')}} AS now, count() AS n, sum(said.bad) AS bad
FROM (SELECT event_id, occurred_at FROM v_calls WHERE {_OWN} AND {_RANGE} AND {SERVED}) AS c
INNER JOIN
(
    SELECT event_id, bad FROM ({LABELS}) WHERE tenant = {{tenant:String}}
) AS said ON said.event_id = c.event_id
GROUP BY now
"""  # noqa: S608 - our own expressions

_CHANGES = """
SELECT at, kind, `to` FROM v_changes
WHERE tenant = {tenant:String} AND route IN ('', {route:String}) AND platform IN ('', {platform:String})
    AND model IN ('', {model:String}) AND kind IN ('deploy', 'prompt', 'model')
    AND at >= {since:DateTime64(6, 'UTC')} AND at < {until:DateTime64(6, 'UTC')}
ORDER BY at DESC
"""


def bad_days(
    database: Database, since: datetime, began: datetime, until: datetime, least: int
) -> Iterator[dict[str, list[Any]]]:
    """Yield tallies of days and of calls that are `alike`, as columns ordered by series and day.

    n, bad : calls and bad ones; mm, bb, mb : sums over conversations of the products of both. Only of routes
    and models with `least` calls in each of [since, began) and [began, until).
    """
    wanted = {"since": since, "began": began, "until": until, "least": least}
    for portion in portions(database.rows(_USED, wanted), MOST_CALLS, _AT_ONCE):
        yield database.query(_DAYS, wanted | portion._asdict())


def asked_about(
    database: Database, series: Series, since: datetime, began: datetime, until: datetime, *, encoder: str
) -> Sequence[dict[str, Any]]:
    """Return a sample of a series' calls, as many before `began` as since.

    now, bad : as their names say; fit : share of the question's words in its passages, None without passages;
    prompt_embedding : int8 as bytes, empty where there is none.
    """
    chosen = list(_few(database.rows(_CHOSEN, _parameters(series, since, began, until))))
    ids = [row["event_id"] for row in chosen]
    if not ids:
        return []
    wanted = {**_parameters(series, since, began, until), "ids": ids}
    lies = database.query(_LIES, {**wanted, "encoder": encoder}, binary=("prompt_embedding",))
    place = dict(zip(lies["identity"], lies["prompt_embedding"], strict=True))
    asked = database.query(_FITS, wanted)
    fits = dict(zip(asked["identity"], asked["fit"], strict=True))
    return [
        {"now": row["now"], "bad": row["bad"]}
        | {"fit": fits.get(row["identity"]), "prompt_embedding": place.get(row["identity"], b"")}
        for row in chosen
    ]


def _few(chosen: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the first calls, which are in an order of chance, as far as their ids fit into a parameter."""
    size = 0
    for row in chosen:
        size += len(row["event_id"].encode("utf-8", "replace")) + 3
        if size > _IDS_BYTES:
            return
        yield row


def said_of(
    database: Database, series: Series, since: datetime, began: datetime, until: datetime
) -> Sequence[dict[str, Any]]:
    """Return how many answers people labelled, and how bad these are in sum, before `began` and since."""
    return database.rows(_SAID, _parameters(series, since, began, until))


def changes_near(
    database: Database, series: Series, since: datetime, until: datetime
) -> Sequence[dict[str, Any]]:
    """Return deploys, and changes of prompt and model, of a series in [since, until), the newest first."""
    return database.rows(_CHANGES, _parameters(series, since, since, until))


def _parameters(series: Series, since: datetime, began: datetime, until: datetime) -> dict[str, object]:
    named = dict(zip(("tenant", "route", "platform", "model"), series, strict=True))
    return {**named, "since": since, "began": began, "until": until}
