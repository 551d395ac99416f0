"""Requests that two models answered, with what people said of both answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.database import Database

PAIR_TAG = "pair_of"  # on the candidate's call: the event_id of the incumbent's call on the same request
SERVED = f"tags['{PAIR_TAG}'] = ''"  # asked by an application, not by us to compare models: what traffic is
SHARE_TAG = "pair_share"  # beside it: which share of the requests its candidate got, where several were asked
BAD_LABEL = "bad"  # of feedback of kind `label` by a human, on requests drawn at random
JUDGED = "pair:"  # begins the name of feedback of kind `score` by a judge, on the candidate's call

_ANY = f"""
SELECT count() AS n FROM v_feedback WHERE kind = 'label' AND name = '{BAD_LABEL}' AND by = 'human'
"""  # noqa: S608 - our own constant

# What people say of each answer, 0 good to 1 bad: of each person the last word, of those unsigned every one.
WORDS = f"""
SELECT tenant, event_id, person, argMax(value_number, f.at) AS last, max(f.at) AS said_at
FROM v_feedback AS f
WHERE kind = 'label' AND name = '{BAD_LABEL}' AND by = 'human' AND value_number BETWEEN 0 AND 1
GROUP BY tenant, event_id, JSONExtractString(extra, 'person') AS person, if(person = '', f.at, NULL)
"""  # noqa: S608 - our own constant
LABELS = f"""
SELECT tenant, event_id, avg(last) AS bad, max(said_at) AS at FROM ({WORDS}) GROUP BY tenant, event_id
"""  # noqa: S608 - same

# A label that came later comes later, whenever the call was: comparisons are watched in that order.
_PAIRS = f"""
WITH
    said AS (
        SELECT tenant, event_id, toNullable(bad) AS bad, at FROM ({LABELS})
    ),
    verdicts AS (
        SELECT tenant, event_id, name, argMax(value_number, at) AS worse FROM v_feedback
        WHERE kind = 'score' AND startsWith(name, '{JUDGED}') AND by = 'judge'
            AND value_number BETWEEN -1 AND 1
        GROUP BY tenant, event_id, name
    ),
    judgements AS (
        SELECT tenant, event_id, mapFromArrays(groupArray(name), groupArray(worse)) AS judged
        FROM verdicts GROUP BY tenant, event_id
    ),
    repeated AS (
        SELECT tenant, route, platform, request_model, event_id, hallucination, tags['{PAIR_TAG}'] AS pair_of
        FROM v_calls
        WHERE occurred_at >= {{since:DateTime64(6, 'UTC')}} AND occurred_at < {{until:DateTime64(6, 'UTC')}}
            AND tags['{PAIR_TAG}'] != ''
    ),
    original AS (
        SELECT tenant, route, platform, request_model, event_id, occurred_at, hallucination, cluster
        FROM v_calls
        WHERE occurred_at >= {{since:DateTime64(6, 'UTC')}} AND occurred_at < {{until:DateTime64(6, 'UTC')}}
            AND event_id IN (SELECT pair_of FROM repeated)
    )
SELECT original.tenant AS tenant, original.route AS route,
    original.platform AS incumbent_platform, original.request_model AS incumbent_model,
    repeated.platform AS candidate_platform, repeated.request_model AS candidate_model,
    original.cluster AS conversation, original.occurred_at AS occurred_at,
    first.bad AS incumbent_bad, second.bad AS candidate_bad,
    original.hallucination AS incumbent_score, repeated.hallucination AS candidate_score,
    judgements.judged AS judged
FROM repeated
INNER JOIN original ON original.tenant = repeated.tenant AND original.route = repeated.route
    AND original.event_id = repeated.pair_of
LEFT JOIN said AS first ON first.tenant = original.tenant AND first.event_id = original.event_id
LEFT JOIN said AS second ON second.tenant = repeated.tenant AND second.event_id = repeated.event_id
LEFT JOIN judgements ON judgements.tenant = repeated.tenant AND judgements.event_id = repeated.event_id
ORDER BY tenant, route, incumbent_platform, incumbent_model, candidate_platform, candidate_model,
    greatest(first.at, second.at), repeated.event_id
"""  # noqa: S608 - our own constants


def judged_by(judge: str, rubric: str) -> str:
    """Return under which name a judge's verdicts on pairs are kept.

    >>> judged_by("openai/gpt-5.4", "1")
    'pair:openai/gpt-5.4:1'
    """
    return f"{JUDGED}{judge}:{rubric}"


def paired_calls(database: Database, since: datetime, until: datetime) -> Sequence[dict[str, Any]]:
    """Return one row per request of [since, until) that a candidate answered again, in order of labelling.

    `incumbent_bad`, `candidate_bad` : 0 good to 1 bad, None without a label; `..._score` : the detector's;
    `judged` : by each judge, how much worse the candidate's answer is, -1 to 1.
    """
    # Whoever labels nothing does not pay for looking through weeks of calls every day.
    if not database.rows(_ANY)[0]["n"]:
        return []
    return database.rows(_PAIRS, {"since": since, "until": until})
