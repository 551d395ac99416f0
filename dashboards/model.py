"""Model: how a model does on a route, and what is different about it now."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.panel import Panel
from dashboards.shared import (
    ALERT_LINK,
    GAPS,
    RUNBOOK_LINK,
    bars,
    events,
    lines,
    share,
    shares,
    slowest,
    slowness,
    stat,
    table,
    variables,
)
from dashboards.sql import among, bucket, chosen, frequent, measured, scope, summed, within
from store.labels import SERVED

NAMES = ("tenant", "route", "platform", "model")
CALLS = f"$__timeFilter(occurred_at) AND {SERVED} AND {scope(*NAMES)}"
# What labels say of a candidate, as advice has it.
DIFFERENCE = (
    "if(isNull(quality_low), NULL, printf('%+.3g to %+.3g %%', 100 * quality_low, 100 * quality_high)) "
    "AS quality_difference_interval"
)
# Of single calls: what is known to be wrong with an answer.
_WRONG = "['unsupported', 'toxic', 'found', 'refused']"
_LABELS = "[hallucination_label, toxicity_response_label, privacy_label, refusal_label]"


def _calls() -> Panel:
    return stat(
        "Calls",
        "How many, and how did they end?",
        f"""SELECT sum(v.n) AS n, sum(v.errors) AS failed_n, sum(v.empty) AS empty_n, sum(v.cut) AS cut_n
FROM {summed(NAMES)} AS v""",
        "n failed_n empty_n cut_n",
    )


def _cost() -> Panel:
    return stat(
        "Spend per 1,000 calls",
        "What does it cost? Over calls whose price is known; how many those are stands beside it.",
        f"""SELECT if(priced_n = 0, NULL, 1000 * usd / priced_n) AS usd_per_1000_calls, usd AS spend_usd, priced_n,
    unpriced_n
FROM (
    SELECT sum(v.spend_usd) AS usd, sum(v.priced_n) AS priced_n, sum(v.unpriced_n) AS unpriced_n
    FROM {summed(NAMES)} AS v
)""",
        "usd_per_1000_calls spend_usd priced_n unpriced_n",
    )


def _ends() -> Panel:
    return bars(
        "How calls end",
        "Do more fail, stay empty or stop at the token limit?",
        f"""SELECT time, way.1 AS ended, way.2 AS n
FROM (
    SELECT {bucket()} AS time, sum(v.n) AS calls, sum(v.errors) AS failed, sum(v.empty) AS nothing,
        sum(v.cut) AS halved
    FROM {summed(NAMES)} AS v GROUP BY time
)
ARRAY JOIN [('answered', toInt64(calls) - failed - nothing - halved), ('failed', toInt64(failed)),
    ('empty', toInt64(nothing)), ('cut', toInt64(halved))] AS way
ORDER BY time, ended""",
        "time ended n",
    )


def _errors() -> Panel:
    failed = f"{CALLS} AND outcome = 'error'"
    named = "if(error_type = '', 'not said', error_type)"
    return bars(
        "Failed calls by error",
        "Is it us, or the provider? The ten most frequent; the others together.",
        f"""SELECT {bucket("occurred_at")} AS time,
    if({frequent("error_type", failed)}, {named}, 'others') AS error, count() AS n
FROM v_calls WHERE {failed} GROUP BY time, error ORDER BY time, error""",
        "time error n",
        rare=True,
    )


def tokens(names: tuple[str, ...]) -> Panel:
    """Return tokens per call over time."""
    return lines(
        "Tokens per call",
        "Do prompts or answers grow? Means over the calls whose usage is known, which are counted beside them.",
        f"""SELECT time, if(usage_n = 0, NULL, input / usage_n) AS input_tokens, if(usage_n = 0, NULL, output / usage_n)
        AS output_tokens, usage_n
FROM (
    SELECT {bucket()} AS time, sum(v.input_tokens) AS input, sum(v.output_tokens) AS output,
        sum(v.usage_n) AS usage_n
    FROM {summed(names)} AS v GROUP BY time
)
{GAPS}""",
        "time input_tokens output_tokens usage_n",
    )


def price(names: tuple[str, ...]) -> Panel:
    """Return what a thousand calls cost over time."""
    return lines(
        "Spend per 1,000 calls over time",
        "Since when dearer? Over the calls whose price is known, which are counted beside it.",
        f"""SELECT time, if(priced_n = 0, NULL, 1000 * usd / priced_n) AS usd_per_1000_calls, priced_n
FROM (
    SELECT {bucket()} AS time, sum(v.spend_usd) AS usd, sum(v.priced_n) AS priced_n
    FROM {summed(names)} AS v GROUP BY time
)
{GAPS}""",
        "time usd_per_1000_calls priced_n",
    )


def compared(title: str, answers: str, by: str, columns: str) -> Panel:
    """Return single calls in groups: how many, how many of them failed or are not supported."""
    return table(
        title,
        answers,
        f"""SELECT {columns.replace(" ", ", ")}, first_at, last_at, calls AS n,
    {within("error", "failed", "calls")}, {within("hallucination", "unsupported", "judged")}
FROM (
    SELECT {by}, min(occurred_at) AS first_at, max(occurred_at) AS last_at, count() AS calls,
        countIf(outcome = 'error') AS failed, countIf(hallucination_label = 'unsupported') AS unsupported,
        countIf(hallucination_label NOT IN ('', 'not_assessable')) AS judged
    FROM v_calls WHERE {CALLS} GROUP BY {columns.replace(" ", ", ")}
)
ORDER BY n DESC LIMIT 100""",
        f"{columns} first_at last_at n error_ratio error_interval hallucination_ratio hallucination_interval",
    )


def _worst() -> Panel:
    return table(
        "Newest calls with a fault",
        "Are there examples? Ids, no texts: those need a right of their own, and are in the console.",
        f"""SELECT occurred_at,
    arrayStringConcat(arrayMap(x -> if(x = 'found', 'private data', x), arrayFilter(x -> has({_WRONG}, x), {_LABELS})),
        ', ') AS fault, error_type, outcome, route, platform, request_model AS model, latency_ms AS took_ms, event_id
FROM v_calls WHERE {CALLS} AND (outcome NOT IN ('', 'ok') OR hasAny({_LABELS}, {_WRONG}))
ORDER BY occurred_at DESC LIMIT 50""",
        "occurred_at fault error_type outcome route platform model took_ms event_id",
    )


def _alerts() -> Panel:
    return events(
        "Alerts about it",
        "What was found, since when, how sure? Alerts of the time shown that are about what was chosen.",
        f"""SELECT began_at, severity, state, JSONExtractString(body, 'title') AS says,
    {measured()}, signal, route, model, id AS alert
FROM v_alerts
WHERE began_at <= $__toTime AND ifNull(resolved_at, $__toTime) >= $__fromTime AND isNotNull(fired_at)
    AND {chosen("tenant")} AND {among("route", "routes")} AND {chosen("platform", "platform", or_none=True)}
    AND {chosen("model", "model", or_none=True)}
ORDER BY began_at DESC LIMIT 100""",
        "began_at severity state says observed usual signal route model alert",
        says=ALERT_LINK,
        signal=RUNBOOK_LINK,
    )


def _advice() -> Panel:
    return events(
        "Advice about it",
        "Is it outdated, and what could take its place? The quality difference is of labelled pairs only.",
        f"""SELECT incumbent, route, state, candidate, arrayStringConcat(causes, ', ') AS causes,
    spend_difference_ratio AS spend_difference_share, quality_difference AS quality_difference_ratio,
    {DIFFERENCE}, n AS rests_on_n, evidence, spend_basis, expires_at
FROM v_advice
WHERE (isNull(expires_at) OR expires_at > $__toTime) AND made_at <= $__toTime AND {chosen("tenant")}
    AND {chosen("route", "route")} AND {chosen("platform", "platform")} AND {chosen("model", "incumbent")}
ORDER BY route, incumbent LIMIT 100""",
        "incumbent route state candidate causes spend_difference_share quality_difference_ratio "
        "quality_difference_interval rests_on_n evidence spend_basis expires_at",
    )


BOARD = Board(
    "fmwatch-model",
    "Model",
    "How does this model do on this route, and what is different about it now?",
    variables(*NAMES),
    [
        Section(
            "In five seconds",
            [
                [_calls(), share("error", NAMES), share("hallucination", NAMES), share("refusal", NAMES)],
                [
                    slowest("latency", NAMES),
                    slowest("ttft", NAMES),
                    _cost(),
                    share("toxicity_response", NAMES),
                ],
            ],
        ),
        Section(
            "Since when",
            [
                [shares("error", NAMES), shares("hallucination", NAMES)],
                [shares("refusal", NAMES), slowness("latency", NAMES)],
                [slowness("ttft", NAMES), tokens(NAMES)],
                [price(NAMES), _ends()],
            ],
        ),
        Section("What was found", [[_alerts()], [_advice()]]),
        Section(
            "What is different",
            [
                [_errors()],
                [
                    compared(
                        "Served versions",
                        "Did the model move under the same name? By what the provider says has answered.",
                        "response_model AS served_model, system_fingerprint AS fingerprint",
                        "served_model fingerprint",
                    )
                ],
                [
                    compared(
                        "Prompt versions",
                        "Was it our own prompt? By the version that calls name.",
                        "prompt_name, prompt_version",
                        "prompt_name prompt_version",
                    )
                ],
                [_worst()],
            ],
            folded=True,
        ),
    ],
    "now-24h",
)
