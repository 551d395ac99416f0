"""What routes asked their models out of their own knowledge: without passages, tools or searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from store.database import Database
from store.labels import SERVED
from store.portions import portions

MOST_QUESTIONS = 3_000  # of a route and model, in either part of the range: of more a sample by hash
_AT_ONCE = 30_000  # questions whose texts one statement holds
LONGEST = 8_000  # bytes of a prompt or of a whole conversation: what is longer brings its material along
# A text without any of these is about no year and nothing recent; it stays in the store.
_HINTS = ("20", "latest", "newest", "recent", "current", "today", "now", "this week", "this month", "news")
_RANGE = "occurred_at >= {since:DateTime64(6, 'UTC')} AND occurred_at < {until:DateTime64(6, 'UTC')}"
_NOW = "occurred_at >= {began:DateTime64(6, 'UTC')}"
_KNOWN = f"""outcome NOT IN ('error', 'aborted') AND NOT gateway_cached AND empty(context)
    AND tool_calls IN ('', '[]') AND ifNull(usage_searches, 0) = 0 AND {SERVED}
    AND (prompt != '' OR messages != '') AND request_model IN {{models:Array(String)}}"""
_TEXT = "if(prompt != '', prompt, messages)"
_HINTED = f"multiSearchAnyCaseInsensitiveUTF8({_TEXT}, {list(_HINTS)})"

_USED = f"""
SELECT tenant, route, platform, request_model, {_NOW} AS now, count() AS calls
FROM v_calls WHERE {_RANGE} AND {_KNOWN}
    AND (empty({{routes:Array(String)}}) OR route IN {{routes:Array(String)}})
GROUP BY tenant, route, platform, request_model, now
"""  # noqa: S608 - our own expressions

_QUESTIONS = f"""
WITH used AS ({_USED})
SELECT c.tenant AS tenant, c.route AS route, c.platform AS platform, c.request_model AS model,
    c.now AS now, c.bad AS bad, c.text AS text, uniqExact(c.cluster) AS n
FROM
(
    SELECT tenant, route, platform, request_model, event_id, cluster, {_NOW} AS now,
        refusal_label = 'refused' OR hallucination_label = 'unsupported' OR outcome = 'empty' AS bad,
        if(length({_TEXT}) <= {LONGEST} AND {_HINTED}, {_TEXT}, '') AS text
    FROM v_calls WHERE {_RANGE} AND {_KNOWN} AND route IN {{routes:Array(String)}}
) AS c
INNER JOIN used ON used.tenant = c.tenant AND used.route = c.route AND used.platform = c.platform
    AND used.request_model = c.request_model AND used.now = c.now
WHERE cityHash64(c.event_id) % greatest(1, intDiv(used.calls, {MOST_QUESTIONS})) = 0
GROUP BY tenant, route, platform, model, now, bad, text
ORDER BY tenant, route, platform, model, now, bad, text
"""  # noqa: S608 - our own expressions


def questions(
    database: Database, since: datetime, began: datetime, until: datetime, models: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield questions of [since, until) put to these models without retrieval, with how often.

    now : whether since `began`; bad : refused, empty or unsupported; text : the prompt, or the messages as
    JSON, "" of those that cannot be about anything recent
    """
    if not models:
        return
    wanted = {"since": since, "began": began, "until": until, "models": list(models)}
    used = database.rows(_USED, {**wanted, "routes": []})
    sampled = [{**row, "calls": min(row["calls"], 2 * MOST_QUESTIONS)} for row in used]
    for routes in portions(sampled, _AT_ONCE):
        yield from database.rows(_QUESTIONS, {**wanted, "routes": routes})
