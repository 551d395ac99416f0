"""Requests drawn at random to be answered again, and the pairs of answers that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG, SERVED

_T = TypeVar("_T")

_SPAN = "occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}"
_ROUTE = f"tenant = {{tenant:String}} AND route = {{route:String}} AND {_SPAN}"
_MODEL = "platform = {platform:String} AND request_model = {model:String}"
_MINE = f"{_ROUTE} AND {SERVED} AND {_MODEL}"
_ANSWERED = f"""
SELECT tags['{PAIR_TAG}'] AS id FROM v_calls
WHERE tenant = {{tenant:String}} AND route = {{route:String}}
    AND occurred_at >= {{since:DateTime64(6, 'UTC')}}
    AND platform = {{to_platform:String}} AND request_model = {{to_model:String}} AND id != ''
"""  # noqa: S608 - our own constants

# Why a call cannot be asked again as it was; the first that holds counts.
_WHY = """multiIf(
    error_type != '', 'failed',
    empty(prompt) AND messages IN ('', '[]'), 'no_prompt_stored',
    empty(response), 'no_answer_stored',
    truncated, 'prompt_cut',
    tool_calls NOT IN ('', '[]') OR position(messages, '"role":"tool"') > 0, 'tools',
    ifNull(usage_images, 0) > 0 OR ifNull(usage_audio_input, 0) > 0, 'images_or_audio',
    operation NOT IN ('chat', 'text_completion', 'generate_content'), 'other_operation',
    '')"""


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened on a route in [since, until); of every tenant where none is named."""

    route: str
    since: datetime
    until: datetime
    tenant: str = ""


class Draw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draw of an incumbent's calls on a route, of one tenant.

    Attributes
    ----------
    platform, model : the incumbent
    to_platform, to_model : the candidate; what it has answered already is not drawn
    seed : the same seed draws the same calls
    """

    tenant: str
    route: str
    since: datetime
    until: datetime
    platform: str
    model: str
    to_platform: str
    to_model: str
    seed: str
    limit: int


class Compared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pairs of a route whose second answer is in [since, until), in the order that a seed shuffles.

    Attributes
    ----------
    platform, model : the candidate; all of them where none is named
    """

    tenant: str
    route: str
    since: datetime
    until: datetime
    seed: str
    platform: str = ""
    model: str = ""


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labelled pairs of a tenant's route and incumbent, called in [since, until).

    Attributes
    ----------
    margin : share of answers by which a candidate may be worse; candidates : that are compared at once
    """

    tenant: str
    route: str
    since: datetime
    until: datetime
    platform: str
    model: str
    margin: float
    candidates: int


class Ids(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Single calls of a tenant."""

    tenant: str
    ids: list[str]


class Use(msgspec.Struct, frozen=True):
    """A model in use on a route; `newest` is its last call."""

    tenant: str
    platform: str
    model: str
    n: int
    newest: datetime


class Drawn(msgspec.Struct, frozen=True):
    """What was drawn.

    Attributes
    ----------
    ids : of the calls, in the order of the draw
    answered : of the incumbent's calls that the candidate has answered before
    left_out : how many calls cannot be asked again, by reason; "" counts those that can
    """

    ids: list[str]
    answered: list[str]
    left_out: dict[str, int]


class Call(msgspec.Struct, frozen=True):
    """One stored call, with what it takes to ask it again or to judge its answer.

    `messages` is JSON as it is stored, [{role, content}] or "".
    """

    event_id: str
    tenant: str
    team: str
    app: str
    route: str
    environment: str
    prompt_name: str
    prompt_version: str
    user_hash: str
    platform: str
    request_model: str
    prompt: str
    messages: str
    context: list[str]
    context_ids: list[str]
    context_scores: list[float | None]
    response: str
    finish_reason: str
    error_type: str
    request_temperature: float | None
    request_max_tokens: int | None


class Pair(msgspec.Struct, frozen=True):
    """The ids of two answers to one request: an application's, and the candidate's."""

    first: str
    second: str


class Said(msgspec.Struct, frozen=True):
    """What a person or a judge said of one answer; `person` is empty where nobody signed."""

    event_id: str
    kind: str
    name: str
    by: str
    at: datetime
    value: float | None
    person: str


def uses(database: Database, of: Route) -> list[Use]:
    """Return the models that applications called on a route, the most used first."""
    return _rows(
        database,
        f"SELECT tenant, platform, request_model AS model, count() AS n, max(occurred_at) AS newest "  # noqa: S608 - our own constants
        "FROM v_calls WHERE route = {route:String} AND ({tenant:String} = '' OR tenant = {tenant:String}) "
        f"AND {_SPAN} AND {SERVED} GROUP BY tenant, platform, model ORDER BY n DESC, tenant, platform, model",
        of,
        Use,
    )


def draw(database: Database, wanted: Draw) -> Drawn:
    """Draw calls that can be asked again, each with the same chance, in an order that the seed decides."""
    bound = msgspec.structs.asdict(wanted)
    counted = database.rows(
        f"SELECT {_WHY} AS why, count() AS n FROM v_calls WHERE {_MINE} GROUP BY why ORDER BY why",  # noqa: S608 - our own constants
        bound,
    )
    answered = database.query(
        f"SELECT DISTINCT id FROM ({_ANSWERED}) WHERE id IN (SELECT event_id FROM v_calls WHERE {_MINE}) "  # noqa: S608 - our own constants
        "ORDER BY id",
        bound,
    )["id"]
    ids = database.query(
        f"SELECT event_id FROM v_calls WHERE {_MINE} AND event_id NOT IN ({_ANSWERED}) AND {_WHY} = '' "  # noqa: S608 - our own constants
        "ORDER BY sipHash64(concat({seed:String}, event_id)), event_id LIMIT {limit:UInt32}",
        bound,
    )["event_id"]
    return Drawn(ids, answered, {row["why"]: row["n"] for row in counted})


def calls(database: Database, wanted: Ids) -> list[Call]:
    """Return single calls, in the order of their ids."""
    names = ", ".join(Call.__struct_fields__)
    return _rows(
        database,
        f"SELECT {names} FROM v_calls WHERE tenant = {{tenant:String}} AND event_id IN {{ids:Array(String)}} "  # noqa: S608 - our own names
        "ORDER BY event_id, occurred_at LIMIT 1 BY event_id",
        wanted,
        Call,
    )


def pairs(database: Database, wanted: Compared) -> list[Pair]:
    """Return the pairs, shuffled by the seed: whoever takes the first ones takes them at random.

    Calls that share an id, which happens, are one.
    """
    return _rows(
        database,
        f"""
SELECT original.event_id AS first, repeated.event_id AS second
FROM (SELECT event_id FROM v_calls WHERE tenant = {{tenant:String}} AND route = {{route:String}}) AS original
INNER JOIN ({_REPEATED}) AS repeated ON repeated.pair_of = original.event_id
ORDER BY sipHash64(concat({{seed:String}}, repeated.event_id)), second
LIMIT 1 BY first, second
""",  # noqa: S608 - our own constants
        wanted,
        Pair,
    )


_REPEATED = f"""
SELECT event_id, tags['{PAIR_TAG}'] AS pair_of FROM v_calls
WHERE {_ROUTE} AND tags['{PAIR_TAG}'] != ''
    AND ({{model:String}} = '' OR (platform = {{platform:String}} AND request_model = {{model:String}}))
"""  # noqa: S608 - our own constants


def said(database: Database, wanted: Compared) -> list[Said]:
    """Return the labels of people on either answer of these pairs, and the judges' scores on the second."""
    return _rows(
        database,
        f"""
SELECT event_id, kind, name, by, at, value_number AS value, JSONExtractString(extra, 'person') AS person
FROM v_feedback
WHERE tenant = {{tenant:String}}
    AND ((kind = 'label' AND name = '{BAD_LABEL}' AND by = 'human') OR (kind = 'score' AND by = 'judge'))
    AND event_id IN (SELECT arrayJoin([event_id, pair_of]) FROM ({_REPEATED}))
ORDER BY at, event_id, name
""",  # noqa: S608 - our own constants
        wanted,
        Said,
    )


def _rows(database: Database, sql: str, bound: msgspec.Struct, kind: type[_T]) -> list[_T]:
    found: Sequence[dict[str, Any]] = database.rows(sql, msgspec.structs.asdict(bound))
    return [msgspec.convert(row, kind) for row in found]
