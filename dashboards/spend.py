"""Spend and budget: what is spent, on what, where it leads, and what of it is wasted."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.model import CALLS, price
from dashboards.panel import Panel
from dashboards.shared import (
    GOOD,
    ROUTE_LINK,
    RUNBOOK_LINK,
    bars,
    events,
    hours,
    spend,
    stat,
    table,
    variables,
)
from dashboards.sql import (
    AS_LONG_BEFORE,
    GRAIN_S,
    about,
    bucket,
    chosen,
    measured,
    per_good_answer,
    scope,
    summed,
    sums,
    top,
    touched,
)

NAMES = ("tenant", "team", "route", "platform", "model")
_MINE = scope(*NAMES)
_MODEL = "concat(platform, '/', request_model)"
_MONTH = "toStartOfMonth(toDate($__toTime, 'UTC'))"
CALLS_OF_TEAM = f"{CALLS} AND {chosen('team')}"
_OUTCOMES = "('error', 'aborted', 'empty', 'cut')"
_UNSPOKEN = (
    "Of a budget that is in no danger monitors say nothing, so nothing here may also mean that none is set: the "
    "console's page of spend has all that are."
)


def _month() -> Panel:
    days = f"day >= {_MONTH} - 28 AND day <= toDate($__toTime, 'UTC') AND {_MINE}"
    rest = (
        "(toDayOfMonth(toLastDayOfMonth(toDate($__toTime, 'UTC'))) - toDayOfMonth(toDate($__toTime, 'UTC')))"
    )
    spread = f"1.96 * deviation * sqrt({rest} + {rest} * {rest} / days_n)"
    return stat(
        "This month, and where it leads",
        "Will the month be dear? Spend of the calendar month (UTC) up to the end of the time shown, and of the "
        "whole month if the days to come are like the last whole ones, 28 at most. The 95 % interval takes days "
        "for independent; below 7 days there is no forecast.",
        f"""SELECT month_usd, if(days_n < 7, NULL, month_usd + {rest} * usual) AS forecast_usd,
    if(days_n < 7, NULL, greatest(month_usd, month_usd + {rest} * usual - {spread})) AS forecast_low,
    if(days_n < 7, NULL, month_usd + {rest} * usual + {spread}) AS forecast_high, days_n
FROM (
    SELECT month_usd, days_n, total / days_n AS usual,
        sqrt(greatest(0, squares - total * total / days_n) / (days_n - 1)) AS deviation
    FROM (
        -- A day without calls has no row, and is a day all the same.
        SELECT sumIf(usd, day >= {_MONTH}) AS month_usd, sumIf(usd, whole) AS total, sumIf(usd * usd, whole) AS squares,
            if(countIf(whole) = 0, 0, dateDiff('day', minIf(day, whole), toDate($__toTime, 'UTC'))) AS days_n
        FROM (
            SELECT day, sum(s.spend_usd) AS usd, day < toDate($__toTime, 'UTC') AND day >= toDate($__toTime, 'UTC') - 28 AS whole
            FROM v_spend AS s WHERE {days} GROUP BY day
        )
    )
)""",
        "month_usd forecast_usd forecast_low forecast_high days_n",
    )


def _left() -> Panel:
    return stat(
        "Budgets in danger (whole teams)",
        "Does anybody run out? Budgets that monitors call passed or about to be at the end of the time shown, and what "
        f"is left of the one with least: its limit without what its team has spent in that month (UTC). {_UNSPOKEN}",
        f"""SELECT count() AS budgets_n, if(budgets_n = 0, NULL, min(rest)) AS least_left_usd,
    if(budgets_n = 0, NULL, argMin(team, rest)) AS left_of
FROM (
    SELECT team, assumeNotNull(budget) - ifNull(used.usd, 0) AS rest
    FROM (
        SELECT tenant, team, argMax(state, at) AS last, argMax(reference, at) AS budget FROM v_signals
        WHERE at >= $__toTime - INTERVAL 32 DAY AND at <= $__toTime AND signal = 'budget'
            AND {chosen("tenant")} AND {chosen("team")}
        GROUP BY tenant, team HAVING last = 'raised'
    ) AS spoken
    LEFT JOIN (
        SELECT tenant, team, sum(s.spend_usd) AS usd FROM v_spend AS s
        WHERE day >= {_MONTH} AND day <= toDate($__toTime, 'UTC') AND {chosen("tenant")} AND {chosen("team")}
        GROUP BY tenant, team
    ) AS used USING (tenant, team)
)""",
        "budgets_n least_left_usd left_of",
    )


def _cached() -> Panel:
    return stat(
        "Tokens",
        "What are they made of? All tokens whose number is known; the part of input read from a cache.",
        f"""SELECT toFloat64(input) AS input_tokens, toFloat64(output) AS output_tokens, if(input = 0, NULL, cached / input) AS cached_share, usage_n
FROM (
    SELECT sum(v.input_tokens) AS input, sum(v.output_tokens) AS output, sum(v.cache_read_tokens) AS cached,
        sum(v.usage_n) AS usage_n
    FROM {summed(NAMES)} AS v
)""",
        "input_tokens output_tokens cached_share usage_n",
    )


def _waste() -> Panel:
    return stat(
        "Spent for nothing",
        "What went into calls that failed, stayed empty or stopped at the token limit, and into repeats? A repeat is "
        "a further call of the same conversation or question within ten minutes; those that are faulty themselves "
        "count as faulty only, so both can be added.",
        f"""SELECT {_lost("faulty", f"outcome IN {_OUTCOMES}")},
    {_lost("repeated", f"attempt > 1 AND outcome NOT IN {_OUTCOMES}")}
FROM v_calls WHERE {CALLS_OF_TEAM} HAVING count() > 0""",
        "faulty_usd faulty_n faulty_without_price_n repeated_usd repeated_n repeated_without_price_n",
    )


def _lost(name: str, such: str) -> str:
    """Return what such calls cost: nothing where there are none, not known where none of them has a price."""
    return (
        f"if(countIf({such}) = 0, 0, sumIf(spend_usd, {such})) AS {name}_usd,\n"
        f"    countIf({such} AND isNotNull(spend_usd)) AS {name}_n,\n"
        f"    countIf({such} AND isNull(spend_usd)) AS {name}_without_price_n"
    )


def _by(title: str, answers: str, key: str, name: str) -> Panel:
    source = summed(NAMES)
    return bars(
        title,
        answers,
        f"""SELECT {bucket()} AS time, if({top(source, key)}, {key}, 'others') AS {name},
    sum(v.spend_usd) AS spend_usd
FROM {source} AS v GROUP BY time, {name} ORDER BY time, {name}""",
        f"time {name} spend_usd",
    )


def _tokens() -> Panel:
    return bars(
        "Tokens by kind",
        "What grows: prompts, answers, or thinking? Input without what a cache gave.",
        f"""SELECT time, used.1 AS kind, used.2 AS tokens_n
FROM (
    SELECT {bucket()} AS time, sum(v.input_tokens) AS input, sum(v.output_tokens) AS output,
        sum(v.cache_read_tokens) AS cached, sum(v.reasoning_tokens) AS reasoning
    FROM {summed(NAMES)} AS v GROUP BY time
)
ARRAY JOIN [('input', greatest(0, input - cached)), ('input from a cache', cached),
    ('output', greatest(0, output - reasoning)), ('reasoning', reasoning)] AS used
ORDER BY time, kind""",
        "time kind tokens_n",
    )


def _unpriced_over_time() -> Panel:
    source = summed(NAMES)
    return bars(
        "Calls without a price",
        "How much is not in the sums? Calls whose model or usage has no known price.",
        f"""SELECT {bucket()} AS time, if({top(source, _MODEL)}, {_MODEL}, 'others') AS model,
    sum(v.unpriced_n) AS unpriced_n
FROM {source} AS v GROUP BY time, model HAVING unpriced_n > 0 ORDER BY time, model""",
        "time model unpriced_n",
    )


def _spenders() -> Panel:
    now = touched("at", GRAIN_S)
    return table(
        "Who spends",
        "Who spends on what, what changed against as long again before, and what do 1,000 good answers cost? "
        + GOOD,
        f"""SELECT team, route, platform, model, if(v_priced_n = 0, NULL, v_usd) AS spend_usd,
    v_usd / nullIf(sum(v_usd) OVER (), 0) AS spend_share, if(w_priced_n = 0, NULL, w_usd) AS before_usd,
    if(v_priced_n = 0, NULL, 1000 * v_usd / v_priced_n) AS usd_per_1000_calls,
    if(w_priced_n = 0, NULL, 1000 * w_usd / w_priced_n) AS usd_per_1000_calls_before,
    {per_good_answer()}, v_priced_n AS priced_n, v_unpriced_n AS unpriced_n, w_priced_n AS before_n
FROM (
    SELECT team, route, platform, request_model AS model, {sums(condition=now)}, {sums("w_", f"NOT ({now})")}
    FROM {summed(NAMES, AS_LONG_BEFORE)} AS v GROUP BY team, route, platform, model
)
ORDER BY spend_usd DESC LIMIT 500""",
        "team route platform model spend_usd spend_share before_usd usd_per_1000_calls usd_per_1000_calls_before "
        "usd_per_1000_good_interval priced_n unpriced_n before_n",
        route=ROUTE_LINK,
    )


def _budgets() -> Panel:
    return events(
        "Budgets passed, or about to be (whole teams)",
        "Which budget is passed, or will be? What monitors said in the time shown: where the month leads (observed), "
        f"with its interval, against the limit (reference), in USD. {_UNSPOKEN}",
        f"""SELECT at AS found_at, team, state, observed AS forecast_usd, low AS forecast_low, high AS forecast_high,
    reference AS budget_usd, n, facts['spent_usd'] AS spent, facts['reached'] AS reached_on, note
FROM v_signals WHERE $__timeFilter(at) AND signal = 'budget' AND {chosen("tenant")} AND {chosen("team")}
ORDER BY found_at DESC LIMIT 100""",
        "found_at team state forecast_usd forecast_low forecast_high budget_usd n spent reached_on note",
    )


def _findings() -> Panel:
    return events(
        "Calls that cost more",
        "Which calls cost or use more than they did, since when, how sure? Findings of the monitors, per call; each "
        "with the team that it hits worst, and under that one only.",
        f"""SELECT at AS found_at, signal, state, route, platform, model,
    {measured()}, note
FROM v_signals
WHERE $__timeFilter(at) AND signal IN ('spend', 'tokens', 'unpriced') AND {about(*NAMES, several=True)}
ORDER BY found_at DESC LIMIT 100""",
        "found_at signal state route platform model observed usual note",
        signal=RUNBOOK_LINK,
    )


def _comparisons() -> Panel:
    return table(
        "Comparing models",
        "What did it cost to ask candidates what a route was asked? By fmwatch shadow, in whole hours; in no other sum of this page.",
        f"""SELECT route, platform, request_model AS model, sum(v.n) AS calls_n, sum(v.errors) AS failed_n,
    sum(v.spend_usd) AS compared_usd, sum(v.unpriced_n) AS without_price_n, max(hour) AS last_at
FROM v_comparisons AS v WHERE {hours(NAMES)}
GROUP BY route, platform, model ORDER BY compared_usd DESC LIMIT 100""",
        "route platform model calls_n failed_n compared_usd without_price_n last_at",
    )


def _prices() -> Panel:
    return table(
        "Prices",
        "Whose prices are these, of when, and why has a call none?",
        f"""SELECT platform, request_model AS model, cost_status, price_source, price_as_of, unpriced_reason,
    sum(spend_usd) AS spend_usd, count() AS n
FROM v_calls WHERE {CALLS_OF_TEAM}
GROUP BY platform, model, cost_status, price_source, price_as_of, unpriced_reason ORDER BY n DESC LIMIT 200""",
        "platform model cost_status price_source price_as_of unpriced_reason spend_usd n",
    )


BOARD = Board(
    "fmwatch-spend",
    "Spend and budget",
    "What do we spend, on what, where does it lead, and what of it is wasted?",
    variables(*NAMES),
    [
        Section("In five seconds", [[spend(NAMES), _month(), _left()], [_cached(), _waste()]]),
        Section(
            "Since when",
            [
                [
                    _by("Spend by team", "Which team spends?", "team", "team"),
                    _by("Spend by model", "On which models? The ten with most calls.", _MODEL, "model"),
                ],
                [price(NAMES), _tokens()],
                [_unpriced_over_time()],
            ],
        ),
        Section("Who, and what was found", [[_spenders()], [_budgets()], [_findings()], [_comparisons()]]),
        Section("Where prices come from", [[_prices()]], folded=True),
    ],
    "now-30d",
)
