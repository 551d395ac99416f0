"""Whether answers keep to a form that can be seen in them: JSON, and calls of tools that can be read.

What form was asked for is in no event, so nothing is known of required keys or of a schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from store.database import Database
from store.portions import TAKEN, portions

ENOUGH = 1_000  # answers of a route and model; of more a sample by hash
_AT_ONCE = 60_000
_RANGE = "occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}"
# What was cut is another trouble, and what redaction wrote into an answer is none of the model's.
_KNOWN = """outcome NOT IN ('error', 'aborted', 'empty', 'cut') AND NOT gateway_cached AND NOT truncated
    AND empty(mapKeys(redactions))"""

_USED = f"""
SELECT tenant, route, platform, request_model, count() AS calls FROM v_calls WHERE {_RANGE} AND {_KNOWN}
GROUP BY tenant, route, platform, request_model
ORDER BY tenant, route, platform, request_model
"""  # noqa: S608 - our own expressions

# OpenAI's own shape, as importers and clients send it, has name and arguments in an object of their own.
_CALLS = """arrayMap(one -> if(JSONType(one, 'function') = 'Object', JSONExtractRaw(one, 'function'), one),
    JSONExtractArrayRaw(tool_calls))"""
_ARGUMENTS = "JSONExtractString(one, 'arguments')"
# A call without arguments has none, "" or null; a text is what must parse into an object.
_READABLE = f"""JSONExtractString(one, 'name') != '' AND (JSONType(one, 'arguments') IN ('Object', 'Null')
    OR {_ARGUMENTS} = '' OR JSONType({_ARGUMENTS}) = 'Object')"""
_FORMS = f"""
SELECT tenant, route, platform, request_model AS model,
    countIf(said) AS answers, countIf(said AND match(response, '^\\\\s*[{{\\\\[]')) AS like_json,
    countIf(said AND JSONType(response) IN ('Object', 'Array')) AS json,
    countIf(asked) AS called, countIf(asked AND arrayAll(one -> {_READABLE}, calls)) AS readable
FROM
(
    SELECT tenant, route, platform, request_model, response, tool_calls NOT IN ('', '[]') AS asked,
        NOT asked AND response != '' AS said, {_CALLS} AS calls
    FROM v_calls WHERE {_RANGE} AND {TAKEN} AND {_KNOWN}
)
GROUP BY tenant, route, platform, model
"""  # noqa: S608 - our own expressions


def forms(database: Database, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Yield for each route and model how many answers of a sample are what.

    answers : with a text and no call of a tool; like_json : that begin as JSON does; json : that are JSON
    called : answers that call tools; readable : of these, every call has a name and arguments that parse
    """
    wanted = {"since": since, "until": until}
    for portion in portions(database.rows(_USED, wanted), ENOUGH, _AT_ONCE):
        yield from database.rows(_FORMS, wanted | portion._asdict())
