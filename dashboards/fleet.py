"""Fleet: whether everything is all right, and if not, where."""

from __future__ import annotations

from dashboards.board import Board, Section, Variable
from dashboards.panel import Panel
from dashboards.shared import (
    CHANGES_LINK,
    GOOD,
    LOUD,
    MODEL_LINK,
    ROUTE_LINK,
    bars,
    events,
    share,
    shares,
    slowest,
    slowness,
    spend,
    stat,
    table,
    variables,
)
from dashboards.sql import (
    AS_LONG_BEFORE,
    GRAIN_S,
    bucket,
    change,
    chosen,
    decoded,
    high,
    low,
    newest_minute,
    per_good_answer,
    scope,
    sign,
    slow,
    summed,
    sums,
    told,
    top,
    touched,
)

NAMES = ("tenant", "team")
_ALLOWED = Variable(
    "allowed",
    "Failed calls allowed",
    options=(("1 %", "0.01"), ("0.1 %", "0.001"), ("0.5 %", "0.005"), ("2 %", "0.02"), ("5 %", "0.05")),
)
_MODEL = "concat(platform, '/', request_model)"


def _calls() -> Panel:
    return stat(
        "Calls",
        "How much is watched? Calls in the time shown, those that failed, and on how many routes and models.",
        f"""SELECT sum(v.n) AS n, sum(v.errors) AS failed_n, uniqExact(route) AS routes,
    uniqExact((platform, request_model)) AS models
FROM {summed(NAMES)} AS v""",
        "n failed_n routes models",
    )


def _open() -> Panel:
    return stat(
        "Open alerts",
        "Is anything on fire? What had fired and was not over at the end of the time shown, without what is muted "
        "or part of another alert.",
        f"""SELECT countIf(severity = 'page') AS pages, countIf(severity = 'ticket') AS tickets,
    countIf(acknowledged) AS acknowledged_n
FROM (
    SELECT severity, JSONExtractString(body, 'acknowledged_by') != '' AS acknowledged FROM v_alerts
    WHERE {LOUD} AND fired_at <= $__toTime AND ifNull(resolved_at, $__toTime + 1) > $__toTime
        AND {chosen("tenant")} AND {told()}
)""",
        "pages tickets acknowledged_n",
    )


def _against() -> Panel:
    now = touched("at", GRAIN_S)
    length = "(toUnixTimestamp($__toTime) - toUnixTimestamp($__fromTime))"
    return stat(
        "Against as long before",
        "Did anything change? Declared changes in the time shown, of all teams; they lead to their list. Whether a "
        "larger share of calls fails than in as long a time before (Newcombe's 95 % interval of the difference), and "
        "what is spent against then, of calls with a price. -: nothing is known of before. Where calls begin "
        "later than in its first tenth, spend is not compared and the day is named.",
        f"""SELECT (SELECT count() FROM v_changes WHERE $__timeFilter(at) AND {chosen("tenant")}) AS changes_n,
    {change("error", "v_errors", "v_n", "w_errors", "w_n")},
    multiIf(v_priced_n = 0 OR w_priced_n = 0, NULL,
        first_at > $__fromTime - {length} + greatest(3600, {length} / 10),
            concat('before only since ', formatDateTime(first_at, '%F')),
        w_usd = 0, 'before $0',
        printf('%+.3g %%, before $%.4g', 100 * (v_usd / w_usd - 1), w_usd)) AS spend_change
FROM (
    SELECT {sums(condition=now)}, {sums("w_", f"NOT ({now})")}, min(at) AS first_at
    FROM {summed(NAMES, AS_LONG_BEFORE)} AS v
)""",
        "changes_n error_change_interval spend_change",
        width=11,
        changes_n=CHANGES_LINK,
    )


def _newest() -> Panel:
    return stat(
        "Newest call",
        "Can the rest be believed? How old the newest call that is summed up was at the end of the time shown. Looks back 35 days.",
        f"""SELECT dateDiff('second', newest, $__toTime) AS call_age_s
FROM (SELECT ({newest_minute(scope(*NAMES))}) AS newest) WHERE newest > toDateTime(86400)""",
        "call_age_s",
        width=3,
    )


def _by_model() -> Panel:
    question = "Which models carry the load? The ten with most calls; the others together."
    return _ten("Calls by model", question, "n", "n")


def _failing() -> Panel:
    question = "Which model fails? Counts, so that a model with few calls does not look worse than it is."
    return _ten("Failed calls by model", question, "errors", "failed_n")


def _ten(title: str, question: str, what: str, name: str) -> Panel:
    """Return a sum over time by the ten models with most calls."""
    source = summed(NAMES)
    return bars(
        title,
        question,
        f"""SELECT {bucket()} AS time, if({top(source, _MODEL)}, {_MODEL}, 'others') AS model,
    sum(v.{what}) AS {name}
FROM {source} AS v GROUP BY time, model ORDER BY time, model""",
        f"time model {name}",
    )


def _routes() -> Panel:
    now = touched("at", GRAIN_S)
    return table(
        "Routes and models",
        "Where is it, and is that new? Each route on each model, with the change against as long again before "
        "(Newcombe's 95 % interval: where it holds 0, nothing is shown to have changed). Names lead to more. "
        + GOOD,
        f"""SELECT route, model, v_n AS n, {sign("error")},
    {change("error", "v_errors", "v_n", "w_errors", "w_n")},
    {sign("hallucination")}, {slow("latency_p95", "h", "latency_n")},
    {per_good_answer()}, platform, team
FROM (
    SELECT team, route, platform, request_model AS model, {sums(condition=now)}, {sums("w_", f"NOT ({now})")},
        sumMapIf(v.latency_histogram, {now}) AS h, arraySum(mapValues(h)) AS latency_n
    FROM {summed(NAMES, AS_LONG_BEFORE)} AS v GROUP BY team, route, platform, model
)
WHERE v_n > 0 ORDER BY n DESC LIMIT 500""",
        "route model n error_ratio error_interval error_change_interval hallucination_ratio "
        "hallucination_interval latency_p95_ms latency_p95_interval usd_per_1000_good_interval platform team",
        model=MODEL_LINK,
        route=ROUTE_LINK,
    )


def _budget() -> Panel:
    allowed = f"toFloat64({decoded('allowed')}[1])"
    return table(
        "Error budget",
        "How much failing is left? 1 is untouched, 0 is spent, below 0 is overspent: 1 - failed / (allowed x calls) "
        "over the time shown, with the interval that the share of failed calls gives.",
        f"""SELECT team, route, if(known = 0, NULL, 1 - bad / known / {allowed}) AS budget_left_ratio,
    if(known = 0, NULL, printf('%.3g to %.3g %%', 100 - 100 * {high("bad", "known")} / {allowed},
        100 - 100 * {low("bad", "known")} / {allowed})) AS budget_left_interval, bad AS failed_n, known AS n
FROM (
    SELECT team, route, sum(v.errors) AS bad, sum(v.n) AS known FROM {summed(NAMES)} AS v
    GROUP BY team, route
)
ORDER BY budget_left_ratio LIMIT 200""",
        "team route budget_left_ratio budget_left_interval failed_n n",
        route=ROUTE_LINK,
    )


def _ending() -> Panel:
    return table(
        "Models that end",
        "What must move, by when, and how much hangs on it? Lifecycle findings by the end of the time shown, with "
        "the calls of that time. -1: no day is known.",
        f"""SELECT left_days, model, route, v_n AS n, v_n / whole AS calls_share, shutdown_on, platform
FROM (
    SELECT tenant, platform, route, request_model AS model, sum(v.n) AS v_n, sum(sum(v.n)) OVER () AS whole
    FROM {summed(NAMES)} AS v GROUP BY tenant, platform, route, model
) AS used
INNER JOIN (
    SELECT tenant, platform, model, argMax(facts['shutdown_at'], at) AS shutdown_on,
        toInt32OrDefault(argMax(facts['days_left'], at), toInt32(-1)) AS left_days, argMax(state, at) AS last
    FROM v_signals WHERE signal = 'lifecycle' AND at <= $__toTime AND {chosen("tenant")}
    GROUP BY tenant, platform, model HAVING last = 'raised'
) AS ending USING (tenant, platform, model)
ORDER BY left_days, n DESC LIMIT 200""",
        "left_days model route n calls_share shutdown_on platform",
        route=ROUTE_LINK,
    )


def changes() -> Panel:
    """Return what was changed on purpose in the time shown."""
    return events(
        "What changed (all teams)",
        "What was changed on purpose, when and by whom? The blue marks on the charts. A change names a route, no team.",
        f"""SELECT at AS changed_at, kind, route, platform, model, `from` AS was, `to` AS is_now, note, by
FROM v_changes WHERE $__timeFilter(at) AND {chosen("tenant")} ORDER BY changed_at DESC LIMIT 200""",
        "changed_at kind route platform model was is_now note by",
    )


BOARD = Board(
    "fmwatch-fleet",
    "Fleet",
    "Is everything all right, and if not, where?",
    [*variables(*NAMES), _ALLOWED],
    [
        Section(
            "In five seconds",
            [
                [_open(), _newest(), _against(), spend(NAMES)],
                [
                    _calls(),
                    share("error", NAMES),
                    share("hallucination", NAMES),
                    slowest("latency", NAMES),
                ],
                [changes()],
            ],
        ),
        Section(
            "Since when",
            [
                [shares("error", NAMES), shares("hallucination", NAMES)],
                [_by_model(), _failing()],
                [slowness("latency", NAMES)],
            ],
        ),
        Section("Where", [[_routes()], [_budget(), _ending()]]),
    ],
)
