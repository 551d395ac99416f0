"""Advisor: which models are outdated, what could take their place, and what that rests on."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.model import DIFFERENCE
from dashboards.panel import Panel
from dashboards.shared import MODEL_LINK, bars, events, stat, table, variables
from dashboards.sql import about, bucket, changed, chosen, sign, slow, summed, sums, within

NAMES = ("tenant", "route", "platform", "model")
_CAUSES = ("retired", "retiring", "superseded", "degraded", "dominated", "stale", "changed")
_HOLDS = (
    f"(isNull(expires_at) OR expires_at > $__toTime) AND made_at <= $__toTime AND {chosen('tenant')} "
    f"AND {chosen('route')} AND {chosen('platform')} AND {chosen('model', 'incumbent')}"
)


def _states() -> Panel:
    return stat(
        "Advice that holds",
        "Is there anything to do? Move, try, or not enough evidence for either, which is an answer too.",
        f"""SELECT countIf(state = 'recommend') AS recommend_n, countIf(state = 'experiment') AS experiment_n,
    countIf(state = 'abstain') AS abstain_n
FROM v_advice WHERE {_HOLDS}""",
        "recommend_n experiment_n abstain_n",
    )


def _stake() -> Panel:
    return stat(
        "What hangs on it",
        "How much of the traffic runs on models there is advice about? In the time shown, of what was chosen.",
        f"""SELECT sumIf(v.n, advised) AS advised_n, if(sum(v.n) = 0, NULL, advised_n / sum(v.n)) AS advised_share,
    sumIf(v.spend_usd, advised) AS advised_usd, sum(v.n) AS n
FROM (
    SELECT n, spend_usd, (tenant, route, platform, request_model) IN (
        SELECT tenant, route, platform, incumbent FROM v_advice WHERE {_HOLDS}
    ) AS advised
    FROM {summed(NAMES)}
) AS v""",
        "advised_n advised_share advised_usd n",
    )


def _causes() -> Panel:
    return stat(
        "Why outdated",
        "Why? A model may have several causes: its end is announced or past, a newer one is there, it got worse, "
        "another is as good and better in cost or latency, or it moved under the same name.",
        f"""SELECT {", ".join(f"countIf(has(causes, '{cause}')) AS {cause}_n" for cause in _CAUSES)}
FROM v_advice WHERE {_HOLDS}""",
        " ".join(f"{cause}_n" for cause in _CAUSES),
    )


def _ranked() -> Panel:
    return table(
        "What to do",
        "What should move to what, what does that save, and what does it rest on? `spend difference` is the "
        "candidate's spend against today's on this route's own tokens, -0.3 is 30 % less; its basis is measured "
        "traffic or a price list. `quality difference` is of bad answers, below 0 is better, from labelled pairs, "
        "with its interval; without labels there is none. It rests on so many of them, or calls.",
        f"""SELECT route, platform, incumbent AS model, state, candidate, JSONExtractString(body, 'reason') AS reason,
    arrayStringConcat(causes, ', ') AS causes, spend_difference_ratio AS spend_difference_share,
    quality_difference AS quality_difference_ratio, {DIFFERENCE}, n AS rests_on_n, evidence, spend_basis, expires_at
FROM v_advice WHERE {_HOLDS}
ORDER BY indexOf(['recommend', 'experiment', 'abstain'], state), route, model LIMIT 200""",
        "route platform model state candidate reason causes spend_difference_share quality_difference_ratio "
        "quality_difference_interval rests_on_n evidence spend_basis expires_at",
        model=MODEL_LINK,
    )


def _texts() -> Panel:
    return table(
        "In words",
        "What would on-call read? With the experiment that would settle it, and where each fact comes from.",
        f"""SELECT route, platform, incumbent AS model, JSONExtractString(body, 'text') AS says
FROM v_advice WHERE {_HOLDS} ORDER BY route, model LIMIT 200""",
        "route platform model says",
    )


def _side_by_side() -> Panel:
    return table(
        "Models of a route side by side",
        "What do the models that answer the same route really do? Measured here in the time shown; they need not "
        "have had the same questions, so a difference alone is no reason to move.",
        f"""SELECT route, platform, model, v_n AS n, {sign("error")}, {sign("hallucination")},
    {slow("latency_p95", "h", "latency_n")},
    if(v_priced_n = 0, NULL, 1000 * v_usd / v_priced_n) AS usd_per_1000_calls, v_priced_n AS priced_n
FROM (
    SELECT route, platform, request_model AS model, {sums()}, sumMap(v.latency_histogram) AS h,
        arraySum(mapValues(h)) AS latency_n
    FROM {summed(NAMES)} AS v GROUP BY route, platform, model
)
ORDER BY route, n DESC LIMIT 500""",
        "route platform model n error_ratio error_interval hallucination_ratio hallucination_interval latency_p95_ms "
        "latency_p95_interval usd_per_1000_calls priced_n",
        model=MODEL_LINK,
    )


def _labels() -> Panel:
    return table(
        "Labels",
        "What does a claim about quality rest on? What people, feedback and judges said of each model's answers: the "
        "part they found bad, with its interval: a label of a half or more, of feedback a value of 0 or less. Of judges, who "
        "compare two answers, the part that is the worse one.",
        f"""SELECT route, platform, model, kind, said_by, {within("bad", "bad", "known")}
FROM (
    SELECT route, platform, request_model AS model, kind, by AS said_by, countIf(found_bad) AS bad,
        count() AS known
    -- Of the two the engine holds the second in memory, which is the smaller.
    FROM (
        SELECT tenant, event_id, route, platform, request_model FROM v_calls
        WHERE $__timeFilter(occurred_at) AND {chosen("tenant")} AND {chosen("route")} AND {chosen("platform")}
            AND {chosen("model")}
    ) AS calls
    INNER JOIN (
        SELECT tenant, event_id, kind, by, multiIf(kind = 'label' AND name = 'bad', value_number >= 0.5,
            startsWith(name, 'pair:'), value_number > 0, value_number <= 0) AS found_bad
        FROM v_feedback
        WHERE $__timeFilter(at) AND isNotNull(value_number) AND {chosen("tenant")}
    ) AS said USING (tenant, event_id)
    GROUP BY route, platform, model, kind, said_by
)
ORDER BY route, platform, model, kind LIMIT 200""",
        "route platform model kind said_by bad_ratio bad_interval",
    )


def _moves() -> Panel:
    return events(
        "Moves",
        "What was moved, and by whom? Declared changes of models, and models that moved by themselves.",
        f"""SELECT moved_at, how, route, platform, was, is_now, note
FROM (
    SELECT at AS moved_at, concat('declared by ', by) AS how, toString(route) AS route,
        toString(platform) AS platform, `from` AS was, `to` AS is_now, note
    FROM v_changes WHERE $__timeFilter(at) AND kind = 'model' AND {changed(*NAMES)}
    UNION ALL
    SELECT at AS moved_at, 'noticed' AS how, toString(route) AS route, toString(platform) AS platform,
        facts['from'] AS was, facts['to'] AS is_now, note
    FROM v_signals WHERE $__timeFilter(at) AND signal = 'model_changed' AND state = 'raised'
        AND {about(*NAMES, several=True)}
)
ORDER BY moved_at DESC LIMIT 200""",
        "moved_at how route platform was is_now note",
    )


def _traffic() -> Panel:
    return bars(
        "Calls with and without advice",
        "Does the traffic move away from what is outdated?",
        f"""SELECT {bucket()} AS time, if((tenant, route, platform, request_model) IN (
        SELECT tenant, route, platform, incumbent FROM v_advice WHERE {_HOLDS}
    ), 'on models with advice', 'on others') AS model, sum(v.n) AS n
FROM {summed(NAMES)} AS v GROUP BY time, model ORDER BY time, model""",
        "time model n",
    )


BOARD = Board(
    "fmwatch-advisor",
    "Advisor",
    "Which models are outdated, what could take their place, and what does that rest on?",
    variables(*NAMES),
    [
        Section("In five seconds", [[_states(), _stake()], [_causes()]]),
        Section("What to do", [[_ranked()], [_traffic()]]),
        Section("What it rests on", [[_side_by_side()], [_labels()], [_moves()]]),
        Section("In words", [[_texts()]], folded=True),
    ],
    "now-30d",
)
