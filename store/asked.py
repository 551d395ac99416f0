"""What routes asked their models out of their own knowledge: without passages, tools or searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from store.database import Database
from store.labels import SERVED
from store.portions import TAKEN, portions

MOST_QUESTIONS = 3_000  # of a route and model, in either part of the range, are enough
_AT_ONCE = 60_000  # questions whose texts one statement holds
LONGEST = 8_000  # bytes of a prompt or of a whole conversation: what is longer brings its material along
# A text without any of these is about no year and nothing recent; it stays in the store.
_HINTS = ("20", "latest", "newest", "recent", "current", "today", "now", "this week", "this month", "news")
_RANGE = "occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}"
_KNOWN = f"""outcome NOT IN ('error', 'aborted') AND NOT gateway_cached AND empty(context)
    AND tool_calls IN ('', '[]') AND ifNull(usage_searches, 0) = 0 AND {SERVED}"""
_TEXT = "if(prompt != '', prompt, messages)"
_HINTED = f"multiSearchAnyCaseInsensitiveUTF8({_TEXT}, {list(_HINTS)})"

_USED = f"""
SELECT tenant, route, platform, request_model, count() AS calls FROM v_calls
WHERE {_RANGE} AND request_model IN {{models:Array(String)}} AND {_KNOWN}
GROUP BY tenant, route, platform, request_model
ORDER BY tenant, route, platform, request_model
"""  # noqa: S608 - our own expressions

_QUESTIONS = f"""
SELECT tenant, route, platform, request_model AS model, {{now:Bool}} AS now, bad, text,
    uniqExact(cluster) AS n
FROM
(
    SELECT tenant, route, platform, request_model, cluster,
        refusal_label = 'refused' OR hallucination_label = 'unsupported' OR outcome = 'empty' AS bad,
        if(length({_TEXT}) <= {LONGEST} AND {_HINTED}, {_TEXT}, '') AS text
    FROM v_calls WHERE {_RANGE} AND {TAKEN} AND {_KNOWN} AND (prompt != '' OR messages != '')
)
GROUP BY tenant, route, platform, model, bad, text
"""  # noqa: S608 - our own expressions


def questions(
    database: Database, since: datetime, began: datetime, until: datetime, models: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield questions of [since, until) put to these models without retrieval, with how often.

    now : whether since `began`; bad : refused, empty or unsupported; text : the prompt, or the messages as
    JSON, "" of those that cannot be about anything recent. The questions of a series do not stand together.
    """
    if not models:
        return
    for now, start, end in ((False, since, began), (True, began, until)):
        wanted: dict[str, object] = {"since": start, "until": end, "now": now, "models": list(models)}
        for portion in portions(database.rows(_USED, wanted), MOST_QUESTIONS, _AT_ONCE):
            yield from database.rows(_QUESTIONS, wanted | portion._asdict())
