"""Variables, links and panels that several dashboards have."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.board import Variable
from dashboards.panel import Panel
from dashboards.sql import SIGNS, STEP_S, bucket, chosen, quantile, rate, scope, summed, touched

KEYS = ("tenant", "team", "route", "platform", "model")
_LABELS = {"tenant": "Tenant", "team": "Team", "route": "Route", "platform": "Platform", "model": "Model"}
_COLUMNS = {"model": "request_model"}

WINDOW = "&${tenant:queryparam}&${__url_time_range}"
MODEL_LINK = (
    "/d/fmwatch-model?var-route=${__data.fields.route:percentencode}"
    "&var-platform=${__data.fields.platform:percentencode}&var-model=${__data.fields.model:percentencode}"
    + WINDOW
)
ROUTE_LINK = "/d/fmwatch-model?var-route=${__data.fields.route:percentencode}" + WINDOW
ALERT_LINK = "${console}/alerts/${__data.fields.alert:percentencode}"
RUNBOOK_LINK = "${console}/runbooks/${__data.fields.signal:percentencode}"

CHANGES_LINK = "/d/fmwatch-incidents?" + WINDOW.removeprefix("&")
GOOD = (
    "Spend per 1,000 good answers lies between two bounds: answers that were not judged are taken to be like those "
    "that were, with the 95 % of what that leaves open, and it is not known which faults met in one answer. "
    "?: every answer may be bad, as where hardly any could be judged. `judged` is of the detector that saw fewest."
)

TITLES = {
    "error": "Failed calls",
    "hallucination": "Unsupported answers",
    "refusal": "Refused answers",
    "toxicity_prompt": "Toxic prompts",
    "toxicity_response": "Toxic answers",
    "privacy": "Private data",
    "truncated": "Answers cut at the token limit",
}
# A time without a row would be drawn over: Grafana joins what is there.
GAPS = f"ORDER BY time WITH FILL STEP {STEP_S}"
_OF = {
    "error": "of all calls",
    "truncated": "of the calls that did not fail",
}
# The ends of an alert that somebody was to hear of: not one that joined another, none that was held back.
LOUD = (
    "isNotNull(fired_at) AND severity IN ('page', 'ticket') AND JSONExtractString(body, 'parent') = '' "
    "AND JSONExtractString(body, 'muted') = ''"
)


def variables(*names: str) -> list[Variable]:
    """Return variables with what there was in the time shown; each is narrowed by those before it."""
    found = []
    for place, name in enumerate(names):
        column = _COLUMNS.get(name, name)
        where = " AND ".join([touched("hour", 3600), *(chosen(before) for before in names[:place])])
        sql = f"SELECT DISTINCT {column} FROM v_fleet_hour WHERE {where} AND {column} != '' ORDER BY {column}"
        found.append(Variable(name, _LABELS[name], sql))
    return found


def hours(names: Sequence[str]) -> str:
    """Return the condition for rows of the hours shown, whole ones, that are of what was chosen."""
    return f"{touched('hour', 3600)} AND {scope(*names)}"


def _n(name: str) -> str:
    return "n" if name == "error" else f"{name}_n"


def _counted(name: str) -> tuple[str, str]:
    bad, n = SIGNS[name]
    return f"sum(v.{bad})", "sum(v.n - v.errors)" if n == "answered" else f"sum(v.{n})"


def spend(names: Sequence[str]) -> Panel:
    """Return what the time shown has cost."""
    return stat(
        "Spend",
        "What did it cost? The sum of calls whose price is known; calls without a price are counted, not guessed.",
        f"""SELECT if(priced_n = 0, NULL, sum(v.spend_usd)) AS spend_usd, sum(v.priced_n) AS priced_n,
    sum(v.unpriced_n) AS unpriced_n
FROM {summed(names)} AS v""",
        "spend_usd priced_n unpriced_n",
    )


def share(name: str, names: Sequence[str]) -> Panel:
    """Return one figure: a share of bad answers in the time shown, its interval, and of how many."""
    bad, n = _counted(name)
    sql = f"""SELECT {rate(name, "bad", "known")},
    known AS {_n(name)}
FROM (SELECT {bad} AS bad, {n} AS known FROM {summed(names)} AS v)"""
    return Panel(
        "stat",
        TITLES[name],
        f"How many? Share {_OF.get(name, 'of those that could be judged')}, with its 95 % interval (Wilson). "
        "What could not be judged is in neither number.",
        sql,
        (f"{name}_ratio", f"{name}_low", f"{name}_high", _n(name)),
    )


def shares(name: str, names: Sequence[str]) -> Panel:
    """Return the same over time, within its interval."""
    bad, n = _counted(name)
    sql = f"""SELECT time, {rate(name, "bad", "known")},
    known AS {_n(name)}
FROM (
    SELECT {bucket()} AS time, {bad} AS bad, {n} AS known
    FROM {summed(names)} AS v GROUP BY time
)
{GAPS}"""
    return Panel(
        "timeseries",
        f"{TITLES[name]} over time",
        f"Since when, and how sure? Share {_OF.get(name, 'of those that could be judged')}; the band is its "
        "95 % interval. A gap is a time in which nothing could be judged.",
        sql,
        ("time", f"{name}_ratio", f"{name}_low", f"{name}_high", _n(name)),
        "band",
    )


def slowest(what: str, names: Sequence[str]) -> Panel:
    """Return the 95th percentile of `latency` or `ttft` in the time shown."""
    name, n = f"{what}_p95", f"{what}_n"
    sql = f"""SELECT {quantile(name, "h", n)},
    {n}
FROM (
    SELECT sumMap(v.{what}_histogram) AS h, arraySum(mapValues(h)) AS {n}
    FROM {summed(names)} AS v
)"""
    title = {"latency": "Latency, 95 of 100 within", "ttft": "First token, 95 of 100 within"}[what]
    return Panel(
        "stat",
        title,
        "How slow? Of successful calls, within 2 %; the interval is by order statistics. Below 73 calls there is "
        "no upper end.",
        sql,
        (f"{name}_ms", f"{name}_low", f"{name}_high", n),
    )


def slowness(what: str, names: Sequence[str]) -> Panel:
    """Return median and 95th percentile over time."""
    n = f"{what}_n"
    sql = f"""SELECT time, {quantile(f"{what}_p50", "h", n, 0.5)},
    {quantile(f"{what}_p95", "h", n)},
    {n}
FROM (
    SELECT {bucket()} AS time, sumMap(v.{what}_histogram) AS h, arraySum(mapValues(h)) AS {n}
    FROM {summed(names)} AS v GROUP BY time
)
{GAPS}"""
    title = {"latency": "Latency", "ttft": "Time to the first token"}[what]
    ends = [f"{what}_{p}_{end}" for p in ("p50", "p95") for end in ("ms", "low", "high")]
    return Panel(
        "timeseries",
        title,
        "Since when slower? Median and 95th percentile of successful calls, each within its 95 % interval.",
        sql,
        ("time", *ends, n),
        "band",
    )


def table(title: str, answers: str, sql: str, columns: str, **links: str) -> Panel:
    """Return a table; columns as words, links by column."""
    return Panel("table", title, answers, sql, tuple(columns.split()), links=links)


def events(title: str, answers: str, sql: str, columns: str, **links: str) -> Panel:
    """Return a table of what need not happen."""
    return Panel("table", title, answers, sql, tuple(columns.split()), height=6, rare=True, links=links)


def alerts(title: str, answers: str, sql: str, columns: str, **links: str) -> Panel:
    """Return a table of alerts, which may be many."""
    return Panel("table", title, answers, sql, tuple(columns.split()), rare=True, links=links)


def stat(title: str, answers: str, sql: str, columns: str, width: int = 0, **links: str) -> Panel:
    """Return some figures in one line."""
    return Panel("stat", title, answers, sql, tuple(columns.split()), width=width, links=links)


def bars(title: str, answers: str, sql: str, columns: str, *, rare: bool = False) -> Panel:
    """Return counts over time, stacked: time, what they are of, how many."""
    return Panel("timeseries", title, answers, sql, tuple(columns.split()), "bars", rare=rare)


def lines(title: str, answers: str, sql: str, columns: str, *, band: bool = False) -> Panel:
    """Return quantities over time, with the ends of their intervals as a band."""
    return Panel("timeseries", title, answers, sql, tuple(columns.split()), "band" if band else "lines")
