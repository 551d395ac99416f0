"""An alert's calls by language, prompt version, region, served model and more, since its start and before.

Read once when an alert comes up or grows, never by the minute: what is counted here explains a signal and is
no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.database import Database
from store.labels import SERVED

Row = dict[str, Any]

MOST_VALUES = 40  # of one dimension, those with most calls
MOST_TEXTS = 1_500  # whose place is looked at, before and since the start
LINE = 0.75  # of the reference's values; what lies above it is counted where a size is watched
_DIMENSIONS = {
    "language": "if(language = 'not_assessable', '', language)",
    "prompt version": "prompt_version",
    "region": "region",
    "served model": "response_model",
    "model": "request_model",
    "platform": "platform",
    "route": "route",
    "team": "team",
    "error": "if(outcome = 'error', error_type, '')",
}
_PAIRS = ", ".join(f"('{by}', toString({column}))" for by, column in _DIMENSIONS.items())


def _label(name: str, bad: str) -> tuple[str, str]:
    return f"{name}_label NOT IN ('', 'not_assessable') AND outcome != 'error'", f"{name}_label = '{bad}'"


# What is known of a call, and what makes it bad.
_LABELS: Mapping[str, tuple[str, str]] = {
    "error": ("1", "outcome = 'error'"),
    "hallucination": _label("hallucination", "unsupported"),
    "toxicity": _label("toxicity_response", "toxic"),
    "toxic prompts": _label("toxicity_prompt", "toxic"),
    "refusal": _label("refusal", "refused"),
    "truncated": ("outcome != 'error'", "outcome = 'cut'"),
    "privacy": ("privacy_label NOT IN ('', 'not_assessable')", "privacy_label = 'found'"),
    "unpriced": ("1", "cost_status = 'unpriced'"),
    "residency": ("residency_label NOT IN ('', 'not_assessable')", "residency_label = 'violation'"),
    "model_changed": ("outcome != 'error'", "0"),
    "prompt_drift": ("1", "0"),
    "response_drift": ("outcome != 'error'", "0"),
}
# What is measured of a successful call.
_SIZES: Mapping[str, str] = {
    "latency": "latency_ms",
    "ttft": "ttft_ms",
    "spend": "spend_usd",
    "tokens": "usage_output",
    "input tokens": "usage_input",
}
_DETECTORS = {"toxicity": "toxicity_response", "toxic prompts": "toxicity_prompt"}
_SCORED = frozenset({"hallucination", "toxicity", "toxic prompts", "refusal", "privacy"})
_RANGE = (
    "tenant = {tenant:String} AND occurred_at >= {since:DateTime64(6, 'UTC')} "
    "AND occurred_at < {until:DateTime64(6, 'UTC')}"
)
_TRAFFIC = f"{_RANGE} AND {SERVED}"
_OWN = (
    "{platform:String} IN ('', platform) AND {model:String} IN ('', request_model) "
    "AND (empty({routes:Array(String)}) OR has({routes:Array(String)}, route))"
)
_IDENTITY = "cityHash64(tenant, toStartOfHour(occurred_at), route, request_model, event_id)"
_NOW = "occurred_at >= {began:DateTime64(6, 'UTC')}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which calls are wanted, and what is counted in them.

    Attributes
    ----------
    what : a signal's name, or "toxic prompts", "input tokens"
    platform, model : empty for every one
    routes : only these; empty for every one
    since, began, until : the reference is [since, began), the trouble [began, until)
    """

    what: str
    tenant: str
    platform: str
    model: str
    routes: tuple[str, ...]
    since: datetime
    began: datetime
    until: datetime


def countable(what: str) -> bool:
    """Tell whether there is anything to count for a signal."""
    return what in _LABELS or what in _SIZES


def slices(database: Database, asked: Asked) -> list[Row]:
    """Return n, bad, before_n and before_bad of each value of each dimension; empty values are left out."""
    known, bad = _measure(asked.what)
    pairs = _PAIRS
    if asked.what == "truncated":
        pairs += ", ('token limit', ifNull(toString(request_max_tokens), ''))"
    if asked.what in _SCORED:
        verdict = _DETECTORS.get(asked.what, asked.what)
        pairs += f", ('detector', JSONExtractString(detector_versions, '{verdict}'))"
    return database.rows(
        f"SELECT pair.1 AS by, pair.2 AS value, {_COUNTS} FROM ("  # noqa: S608 - our own expressions
        f"SELECT {_NOW} AS recent, {bad} AS wrong, arrayJoin([{pairs}]) AS pair FROM v_calls "
        f"WHERE {_TRAFFIC} AND {_OWN} AND {known}) WHERE value != '' "
        f"GROUP BY by, value ORDER BY by, n + before_n DESC, value LIMIT {MOST_VALUES} BY by",
        _parameters(asked),
    )


def elsewhere(database: Database, asked: Asked) -> list[Row]:
    """Return the same counts of the tenant's other calls, by platform and model."""
    known, bad = _measure(asked.what)
    return database.rows(
        f"SELECT platform, request_model AS model, {_COUNTS} FROM ("  # noqa: S608 - our own expressions
        f"SELECT {_NOW} AS recent, {bad} AS wrong, platform, request_model FROM v_calls "
        f"WHERE {_TRAFFIC} AND NOT ({_OWN}) AND {known}) GROUP BY platform, model ORDER BY platform, model",
        _parameters(asked),
    )


def sizes(database: Database, asked: Asked) -> Row:
    """Return how long the alert's successful calls are, on average, since the start and before."""
    columns = [("input_tokens", "usage_input"), ("output_tokens", "usage_output")]
    wanted = ", ".join(
        f"avgIf({column}, {when}) AS {prefix}{name}"
        for name, column in columns
        for prefix, when in (("", _NOW), ("before_", f"NOT ({_NOW})"))
    )
    return database.rows(
        f"SELECT {wanted} FROM v_calls WHERE {_TRAFFIC} AND {_OWN} AND outcome != 'error'",  # noqa: S608 - our own
        _parameters(asked),
    )[0]


def sample(database: Database, asked: Asked, encoder: str) -> list[Row]:
    """Return some of the alert's calls, as many before as since the start, with where their questions lie.

    Each has event_id, now, bad and prompt_embedding, int8 as bytes; calls without one are left out.
    """
    known, bad = _measure(asked.what)
    chosen = database.rows(
        f"SELECT event_id, {_IDENTITY} AS identity, {_NOW} AS now, {bad} AS bad FROM v_calls "  # noqa: S608 - our own
        f"WHERE {_TRAFFIC} AND {_OWN} AND {known} "
        f"ORDER BY cityHash64(event_id), identity LIMIT {MOST_TEXTS} BY now",
        _parameters(asked),
    )
    if not chosen:
        return []
    found = database.query(  # by identity: a server takes 128 KiB of a parameter, and an id may be long
        f"SELECT {_IDENTITY} AS identity, prompt_embedding FROM embeddings FINAL "  # noqa: S608 - our own
        f"WHERE {_RANGE} AND identity IN {{wanted:Array(UInt64)}} AND encoder = {{encoder:String}}",
        {**_parameters(asked), "wanted": [row["identity"] for row in chosen], "encoder": encoder},
        binary=("prompt_embedding",),
    )
    lies = dict(zip(found["identity"], found["prompt_embedding"], strict=True))
    return [{**row, "prompt_embedding": lies[row["identity"]]} for row in chosen if lies.get(row["identity"])]


def usual(database: Database, asked: Asked, most: int) -> list[str]:
    """Return the event ids of some of the alert's calls before its start, the same each time."""
    known, _ = _measure(asked.what)
    found = database.query(
        f"SELECT event_id FROM v_calls WHERE {_TRAFFIC} AND {_OWN} AND {known} AND NOT ({_NOW}) "  # noqa: S608 - our own
        "ORDER BY cityHash64(event_id), event_id LIMIT {most:UInt32}",
        {**_parameters(asked), "most": most},
    )
    return [str(event_id) for event_id in found["event_id"]]


_COUNTS = (
    "countIf(recent) AS n, countIf(recent AND wrong) AS bad, "
    "countIf(NOT recent) AS before_n, countIf(NOT recent AND wrong) AS before_bad"
)


def _measure(what: str) -> tuple[str, str]:
    """Return what must be known of a call, and what makes it bad."""
    if what in _LABELS:
        return _LABELS[what]
    column = _SIZES[what]
    line = (
        f"(SELECT quantileIf({LINE})({column}, outcome != 'error') FROM v_calls "  # noqa: S608 - our own
        f"WHERE {_TRAFFIC} AND {_OWN} AND NOT ({_NOW}))"
    )
    return f"outcome != 'error' AND isNotNull({column})", f"ifNull({column} > {line}, 0)"


def _parameters(asked: Asked) -> dict[str, object]:
    return {
        "tenant": asked.tenant,
        "platform": asked.platform,
        "model": asked.model,
        "routes": list(asked.routes),
        "since": asked.since,
        "began": asked.began,
        "until": asked.until,
    }
