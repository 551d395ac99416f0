"""Quality: whether the answers are good, how sure that is, and what could not be judged."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.model import CALLS, NAMES, compared
from dashboards.panel import Panel
from dashboards.shared import GAPS, ROUTE_LINK, lines, share, shares, stat, table, variables
from dashboards.sql import bucket, chosen, low, mean, sign, summed, sums, within

_DAYS = "$__dateFilter(day)"


def _judged() -> Panel:
    return stat(
        "Share judged",
        "Of how many calls is anything known? A part of all calls, not of a sample. Without context an answer "
        "cannot be held against anything.",
        f"""SELECT if(known = 0, NULL, h / known) AS groundedness_share, if(known = 0, NULL, t / known) AS toxicity_share,
    if(known = 0, NULL, r / known) AS refusal_share, known AS n
FROM (
    SELECT sum(v.hallucination_n) AS h, sum(v.toxicity_response_n) AS t, sum(v.refusal_n) AS r, sum(v.n) AS known
    FROM {summed(NAMES)} AS v
)""",
        "groundedness_share toxicity_share refusal_share n",
    )


def _routes() -> Panel:
    kinds = ("hallucination", "refusal", "toxicity_response", "privacy")
    shown = ",\n    ".join(f"{sign(kind)}" for kind in kinds)
    columns = " ".join(f"{kind}_ratio {kind}_interval" for kind in kinds)
    return table(
        "Routes and models",
        "Where are the bad answers? Each share with its 95 % interval and of how many it is.",
        f"""SELECT route, platform, model, {shown}
FROM (
    SELECT route, platform, request_model AS model, {sums()}
    FROM {summed(NAMES)} AS v GROUP BY route, platform, model
)
ORDER BY {low("v_unsupported", "greatest(1, v_hallucination_n)")} DESC, v_n DESC LIMIT 500""",
        f"route platform model {columns}",
        route=ROUTE_LINK,
    )


def _coverage() -> Panel:
    names = ("hallucination", "toxicity_prompt", "toxicity_response", "refusal", "privacy")
    shown = ", ".join(f"if(calls = 0, NULL, {name} / calls) AS {name}_share" for name in names)
    added = ", ".join(f"sum(v.{name}_n) AS {name}" for name in names)
    return lines(
        "Share judged over time",
        "What do the detectors not see? Part of the calls that each detector could judge.",
        f"""SELECT time, {shown}, calls AS calls_n
FROM (
    SELECT {bucket()} AS time, {added}, sum(v.n) AS calls
    FROM {summed(NAMES)} AS v GROUP BY time
)
{GAPS}""",
        f"time {' '.join(f'{name}_share' for name in names)} calls_n",
    )


def _detectors() -> Panel:
    return table(
        "Detectors (all routes)",
        "Which detector judged how much, and how far has it come? `sampled` is the part of all calls it was shown, "
        "`scored` the part of those it could judge.",
        f"""SELECT detector, version, sum(d.n) AS n, sum(d.asked_n) AS asked_n, sum(d.scored_n) AS scored_n,
    asked_n / n AS sampled_share, if(asked_n = 0, NULL, scored_n / asked_n) AS scored_share,
    max(d.newest_at) AS newest_at, argMax(d.lag_s, day) AS lag_s
FROM v_detectors AS d WHERE {_DAYS} AND {chosen("tenant")}
GROUP BY detector, version ORDER BY detector, version""",
        "detector version n asked_n scored_n sampled_share scored_share newest_at lag_s",
    )


def _feedback() -> Panel:
    return table(
        "What people and judges say (all routes)",
        "What was thought of single answers? Means with their 95 % interval; of few, none.",
        f"""SELECT kind, name, by AS said_by, count(value_number) AS said_n, {mean("value", "value_number")}
FROM v_feedback WHERE $__timeFilter(at) AND {chosen("tenant")}
GROUP BY kind, name, said_by ORDER BY said_n DESC LIMIT 100""",
        "kind name said_by said_n value_mean value_interval",
    )


def _agreement() -> Panel:
    return table(
        "Detectors against people",
        "How good are the detectors themselves? Where a person said thumb up or down: how often the detector found "
        "a fault in an answer, by what the person said.",
        f"""SELECT detector, person, {within("found", "bad", "known")}
FROM (
    SELECT judged.1 AS detector, if(said.value_number > 0, 'liked', 'disliked') AS person,
        countIf(judged.2 = judged.3) AS bad, count() AS known
    -- Of the two the engine holds the second in memory, which is the smaller.
    FROM (
        SELECT tenant, event_id, hallucination_label, toxicity_response_label, refusal_label
        FROM v_calls WHERE {CALLS}
    ) AS calls
    INNER JOIN (
        SELECT tenant, event_id, value_number FROM v_feedback
        WHERE $__timeFilter(at) AND kind = 'thumb' AND by = 'human' AND {chosen("tenant")}
    ) AS said USING (tenant, event_id)
    ARRAY JOIN [
        ('groundedness', toString(hallucination_label), 'unsupported'),
        ('toxicity', toString(toxicity_response_label), 'toxic'), ('refusal', toString(refusal_label), 'refused')
    ] AS judged
    WHERE judged.2 NOT IN ('', 'not_assessable') GROUP BY detector, person
)
ORDER BY detector, person""",
        "detector person found_ratio found_interval",
    )


def _later() -> Panel:
    return table(
        "Scores that came later (all routes)",
        "What do samples, judges and re-scoring say? Unweighted means of what was sampled, with interval; "
        "`inclusion` is with which probability a call was.",
        f"""SELECT detector, version, {mean("score", "score")}, count(score) AS scores_n, count() - count(score) AS not_judged_n,
    min(inclusion) AS least_inclusion
FROM v_scores WHERE $__timeFilter(occurred_at) AND {chosen("tenant")}
GROUP BY detector, version ORDER BY detector, version""",
        "detector version score_mean score_interval scores_n not_judged_n least_inclusion",
    )


BOARD = Board(
    "fmwatch-quality",
    "Quality",
    "Are the answers good, how sure are we, and what could not be judged?",
    variables(*NAMES),
    [
        Section(
            "In five seconds",
            [
                [
                    share("hallucination", NAMES),
                    share("refusal", NAMES),
                    share("toxicity_response", NAMES),
                    _judged(),
                ],
                [share("toxicity_prompt", NAMES), share("privacy", NAMES), share("truncated", NAMES)],
            ],
        ),
        Section(
            "Since when",
            [
                [shares("hallucination", NAMES), shares("refusal", NAMES)],
                [shares("toxicity_response", NAMES), shares("privacy", NAMES)],
                [shares("truncated", NAMES), _coverage()],
            ],
        ),
        Section("Where", [[_routes()]]),
        Section("How good are the detectors", [[_detectors()], [_feedback(), _agreement()], [_later()]]),
        Section(
            "In which language",
            [
                [
                    compared(
                        "Languages",
                        "Is it one language? By the language of the prompt, as far as it was recognised.",
                        "language",
                        "language",
                    )
                ]
            ],
            folded=True,
        ),
    ],
)
