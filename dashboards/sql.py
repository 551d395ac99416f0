"""Pieces of SQL that panels share: what is selected, shares and quantiles with their intervals.

Everything reads the store's views. Words of the plugin stay as they are: `$__timeFilter(column)` and the like
become times in its back end, `$__conditionalAll` and `${variable}` are replaced in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from store.digest import WITHOUT_ANSWER
from store.labels import SERVED
from store.sums import HISTOGRAM_BASE

Z = 1.96  # of a 95 % interval
COLUMNS = {
    "tenant": "tenant",
    "team": "team",
    "route": "route",
    "platform": "platform",
    "model": "request_model",
}
# Since when a notification is on its way: its row is written anew by each try.
QUEUED = "ifNull(parseDateTime64BestEffortOrNull(JSONExtractString(body, 'queued_at'), 3, 'UTC'), updated_at)"
# What a rollup's row says of answers: the bad ones, and of how many that could be known.
SIGNS = {
    "error": ("errors", "n"),
    "hallucination": ("unsupported", "hallucination_n"),
    "refusal": ("refused", "refusal_n"),
    "toxicity_prompt": ("toxic_prompts", "toxicity_prompt_n"),
    "toxicity_response": ("toxic_responses", "toxicity_response_n"),
    "privacy": ("privacy_found", "privacy_n"),
    "truncated": ("cut", "answered"),
}

# A time up to so long is read minute by minute: six hours have as many minutes as a fortnight has hours. A minute
# more, as Grafana reckons "six hours ago" and "now" one after the other.
SHORT_S = 6 * 3600 + 60
_SHORT = f"toUnixTimestamp($__toTime) - toUnixTimestamp($__fromTime) <= {SHORT_S}"
GRAIN_S = f"if({_SHORT}, 60, 3600)"
# How far apart points are: never nearer than the sums that they are made of.
STEP_S = f"greatest($__interval_s, {GRAIN_S})"
# When a time as long as the one shown begins that ends with it.
AS_LONG_BEFORE = "$__fromTime - (toUnixTimestamp($__toTime) - toUnixTimestamp($__fromTime))"


def decoded(variable: str) -> str:
    """Return what a reader chose, as an array of strings.

    Grafana's quoting formats leave backslashes alone, which ClickHouse reads as escapes, and the plugin expands
    its macros within values. In this format every character but letters, digits and `-_.~` is a percent code:
    no value can end the literal, or be taken for a macro.
    """
    return (
        "arrayMap(x -> decodeURLComponent(substring(x, 3)), "
        f"splitByChar('&', '${{{variable}:customqueryparam:v}}'))"
    )


def chosen(variable: str, column: str = "", *, or_none: bool = False) -> str:
    """Return the condition that a row is of what a reader chose; true where that is all.

    Parameters
    ----------
    column : what has the value; that of the rollups where not given
    or_none : also rows that name none, as alerts of a whole platform do
    """
    name = column or COLUMNS[variable]
    none = f"{name} = '' OR " if or_none else ""
    return f"$__conditionalAll(({none}{name} IN (SELECT arrayJoin({decoded(variable)}))), ${variable})"


def among(variable: str, column: str) -> str:
    """Return the condition that an array shares an element with what a reader chose, or is empty."""
    return f"$__conditionalAll((empty({column}) OR hasAny({column}, {decoded(variable)})), ${variable})"


def told() -> str:
    """Return the condition that an alert is of a team that a reader chose: any of those that were told of it."""
    return f"$__conditionalAll(({_told()}), $team)"


def told_of(alert: str) -> str:
    """Return the same for what has the alert's id only."""
    return f"$__conditionalAll(({alert} IN (SELECT id FROM v_alerts WHERE {_told()})), $team)"


def _told() -> str:
    # The column `team` is the one that is hit worst.
    return f"hasAny(arrayPushFront(JSONExtract(body, 'teams', 'Array(String)'), team), {decoded('team')})"


def about(*variables: str, several: bool = False) -> str:
    """Return the conditions for findings and alerts: what names no route, platform or model is about all of them.

    Parameters
    ----------
    several : their routes are an array
    """
    routes = among("route", "routes") if several else chosen("route", or_none=True)
    of = {"tenant": chosen("tenant"), "route": routes}
    return " AND ".join(of.get(name, chosen(name, name, or_none=True)) for name in variables)


def changed(*variables: str) -> str:
    """Return the same for declared changes; a move is about the model that was and the one that is.

    Both may be named with their platform. Where the one that was is not, it is whichever the other takes calls of.
    """
    named = "arrayFilter(x -> x != '', if(kind = 'model', [`from`, `to`], [toString(model)]))"
    bare = f"arrayMap(x -> substring(x, position(x, '/') + 1), {named})"
    models = f"if(kind = 'model' AND `from` = '', [], arrayConcat({named}, {bare}))"
    return " AND ".join(among("model", models) if name == "model" else about(name) for name in variables)


def scope(*variables: str) -> str:
    """Return the conditions for rows of a rollup or of single calls."""
    return " AND ".join(chosen(variable) for variable in variables)


def touched(column: str, seconds: int | str, since: str = "$__fromTime") -> str:
    """Return the condition that what begins then and takes so many seconds has a part in the time shown."""
    return f"{column} > {since} - {seconds} AND {column} < $__toTime"


def summed(names: Sequence[str], since: str = "$__fromTime") -> str:
    """Return the sums of what was chosen, to read from: of minutes or of hours, which begin `at`.

    The time shown decides. Its ends become literals, so the engine sees which half is empty, and reads the other.
    """
    return f"""(
        SELECT *, minute AS at FROM v_fleet_minute
        WHERE {_SHORT} AND {touched("minute", 60, since)} AND {scope(*names)}
        UNION ALL
        SELECT *, hour AS at FROM v_fleet_hour
        WHERE NOT ({_SHORT}) AND {touched("hour", 3600, since)} AND {scope(*names)}
    )"""


def bucket(column: str = "at") -> str:
    """Return the beginning of the step of a chart that a time is in."""
    return f"toStartOfInterval(toDateTime({column}), toIntervalSecond({STEP_S}))"


def newest(view: str, column: str, where: str) -> str:
    """Return a query for the newest of 35 days until the end of the time shown; 1970 where there is none."""
    lately = f"{column} >= $__toTime - INTERVAL 35 DAY AND {column} <= $__toTime"
    return f"SELECT max({column}) FROM {view} WHERE {lately} AND {where}"


def newest_minute(where: str) -> str:
    """Return the same of the minutes that are summed up; only those since the newest hour are read."""
    hour = newest("v_fleet_hour", "hour", where)
    return newest("v_fleet_minute", "minute", f"minute >= ({hour}) AND {where}")


def newest_call(where: str) -> str:
    """Return the same of calls: of a day by themselves, as sums may stand still, of 35 days by what sums have."""
    called = (
        "SELECT max(toDateTime(occurred_at)) FROM v_calls WHERE occurred_at >= $__toTime - INTERVAL 1 DAY "
        f"AND occurred_at <= $__toTime AND {SERVED} AND {where}"
    )
    return f"SELECT greatest(({called}), ({newest_minute(where)}))"


def low(bad: str, n: str) -> str:
    """Return the lower end of Wilson's 95 % interval of a share; `n` above 0."""
    return f"greatest(0, ({_centre(bad, n)} - {_half(bad, n)}) / (1 + 3.8415 / {n}))"


def high(bad: str, n: str) -> str:
    """Return the upper end."""
    return f"least(1, ({_centre(bad, n)} + {_half(bad, n)}) / (1 + 3.8415 / {n}))"


def _centre(bad: str, n: str) -> str:
    return f"{bad} / {n} + 1.9207 / {n}"


def _half(bad: str, n: str) -> str:
    return f"1.96 * sqrt({bad} / {n} * (1 - {bad} / {n}) / {n} + 0.9604 / ({n} * {n}))"


def rate(name: str, bad: str, n: str) -> str:
    """Return a share with its 95 % Wilson interval, as views do: NULL where nothing could be assessed."""
    return (
        f"if({n} = 0, NULL, {bad} / {n}) AS {name}_ratio,\n"
        f"    if({n} = 0, NULL, {low(bad, n)}) AS {name}_low,\n"
        f"    if({n} = 0, NULL, {high(bad, n)}) AS {name}_high"
    )


def within(name: str, bad: str, n: str, *, said: bool = False) -> str:
    """Return a share, and its 95 % Wilson interval with of how many it is as one text: for tables, to be read.

    Parameters
    ----------
    said : another column has of how many
    """
    ends = f"100 * {low(bad, n)}, 100 * {high(bad, n)}"
    text = f"printf('%.3g to %.3g %%', {ends})" if said else f"printf('%.3g to %.3g %% of %d', {ends}, {n})"
    return (
        f"if({n} = 0, NULL, {bad} / {n}) AS {name}_ratio,\n    if({n} = 0, NULL, {text}) AS {name}_interval"
    )


def change(name: str, bad: str, n: str, bad_before: str, n_before: str) -> str:
    """Return whether a share is worse than the one before, and Newcombe's 95 % interval of the difference."""
    now, was = f"{bad} / {n}", f"{bad_before} / {n_before}"
    down = f"sqrt(pow({now} - {low(bad, n)}, 2) + pow({high(bad_before, n_before)} - {was}, 2))"
    up = f"sqrt(pow({high(bad, n)} - {now}, 2) + pow({was} - {low(bad_before, n_before)}, 2))"
    least, most = f"({now} - {was} - {down})", f"({now} - {was} + {up})"
    said = f"multiIf({least} > 0, 'worse', {most} < 0, 'better', 'not shown')"
    text = f"concat({said}, printf(' (%+.2g to %+.2g %%)', 100 * {least}, 100 * {most}))"
    return f"if({n} = 0 OR {n_before} = 0, NULL, {text}) AS {name}_change_interval"


def quantile(name: str, histogram: str, n: str, share: float = 0.95) -> str:
    """Return a quantile of a histogram, within 2 %, with a 95 % interval by order statistics.

    With few calls there is no upper end: the slowest of them is no bound for those to come.
    """
    middle, first, last = _quantile(histogram, n, share)
    return f"{middle} AS {name}_ms,\n    {first} AS {name}_low,\n    {last} AS {name}_high"


def slow(name: str, histogram: str, n: str, share: float = 0.95) -> str:
    """Return such a quantile, and its interval as one text: for tables, to be read."""
    middle, first, last = _quantile(histogram, n, share)
    text = f"concat(ifNull(printf('%.0f', {first}), '?'), ' to ', ifNull(printf('%.0f', {last}), '?'), ' ms')"
    return f"{middle} AS {name}_ms,\n    if({n} = 0, NULL, {text}) AS {name}_interval"


def _quantile(histogram: str, n: str, share: float) -> tuple[str, str, str]:
    """Return the quantile and both ends of its interval: ranks rounded outwards, and the edges of their buckets."""
    reach = f"{Z} * sqrt({n} * {share} * {1 - share:.2f})"
    lower, upper = f"floor({n} * {share} - {reach})", f"(ceil({n} * {share} + {reach}) + 1)"
    return (
        f"if({n} = 0, NULL, {_at(histogram, f'{n} * {share}', 0.5)})",
        f"if({lower} < 1, NULL, {_at(histogram, lower, 0)})",
        f"if({upper} > {n}, NULL, {_at(histogram, upper, 1)})",
    )


def _at(histogram: str, rank: str, place: float) -> str:
    """Return a place in the bucket, from 0 to 1, that holds the value of a rank."""
    return (
        f"pow({HISTOGRAM_BASE}, {place} + mapKeys(mapSort({histogram}))[arrayFirstIndex("
        f"x -> x >= {rank}, arrayCumSum(mapValues(mapSort({histogram}))))])"
    )


def ranked(name: str, values: str, unit: str, share: float = 0.5, ended: str = "") -> str:
    """Return a quantile of a sorted array with its 95 % interval by order statistics.

    An end of it that would lie outside what was seen is NULL: below 8 values a median has none.

    Parameters
    ----------
    ended : those of the values that will not grow any more, where some may: only they can be an upper end
    """
    above = ended or values
    n, spread = f"length({values})", Z * sqrt(share * (1 - share))
    first = f"toInt64(floor({share} * {n} - {spread:.4f} * sqrt({n})))"
    last = f"toInt64(ceil(1 + {share} * {n} + {spread:.4f} * sqrt({n})))"
    return (
        f"if({n} = 0, NULL, {values}[toInt64(ceil({share} * {n}))]) AS {name}{unit},\n"
        f"    if({first} < 1, NULL, {values}[{first}]) AS {name}_low,\n"
        f"    if({last} > length({above}), NULL, {above}[{last}]) AS {name}_high"
    )


def mean(name: str, value: str) -> str:
    """Return an average, and its 95 % interval with of how many it is as one text; no interval of one value."""
    n, spread = f"count({value})", f"{Z} * stddevSamp({value}) / sqrt(count({value}))"
    text = f"printf('%.3g to %.3g of %d', avg({value}) - {spread}, avg({value}) + {spread}, {n})"
    return (
        f"if({n} = 0, NULL, avg({value})) AS {name}_mean,\n    if({n} < 2, NULL, {text}) AS {name}_interval"
    )


def measured(said: str = "observed", usual: str = "usual") -> str:
    """Return what a finding or an alert measured with its interval, and what is usual, as texts in their unit."""

    def text(value: str) -> str:
        return (
            f"multiIf(unit = 'ratio', printf('%.3g %%', 100 * {value}), unit = 'usd', printf('$%.4g', {value}), "
            f"unit = 'ms', printf('%.0f ms', {value}), concat(printf('%.4g', {value}), ' ', unit))"
        )

    return (
        f"concat({text('observed')}, ifNull(concat(' (', {text('low')} , ' to ', {text('high')}, ')'), ''), "
        f"printf(', n %d', n)) AS {said},\n    {text('reference')} AS {usual}"
    )


def per_good_answer() -> str:
    """Return what 1,000 answers cost with which nothing is wrong, from sums of a rollup, as a text.

    Answers that a detector did not judge are taken to be like those that it did, within Wilson's 95 % interval of
    what that leaves open: none where all were judged, everything where none was. It is not known which faults
    fell upon the same answer: the bad ones are as many as the most frequent fault has at least, and as all faults
    together at most. Where that may be every answer there is no upper bound. Nor is it known how many of those
    judged have no answer, as a question that a filter stopped: the bounds are those of none and of all of them.
    """
    answers, without = "toFloat64(v_n - v_errors - v_empty)", "toFloat64(v_errors + v_empty)"
    ended = "toFloat64(v_errors + v_empty + v_cut)"
    signs = ("refusal", "hallucination", "toxicity_response", "privacy")
    columns, sides = [SIGNS[name] for name in signs], [WITHOUT_ANSWER.get(name, (0, 0)) for name in signs]
    faults = f"[{', '.join(f'toFloat64(v_{bad})' for bad, _ in columns)}]"
    judged = f"[{', '.join(f'toFloat64(v_{n})' for _, n in columns)}]"
    bad_too, good_too = (str([float(pair[side]) for pair in sides]) for side in (0, 1))

    def each(found: str) -> str:
        return f"arrayMap((b, j, x, y) -> {found}, {faults}, {judged}, {bad_too}, {good_too})"

    def bound(end: Callable[[str, str], str], b: str, j: str) -> str:
        # As if so many had been drawn of endlessly many: the correction for that there are no more than these.
        drawn = f"(greatest({j}, 1e-9) / greatest(1 - {j} / greatest({answers}, {j}, 1), 1e-9))"
        return f"greatest({answers}, {j}) * {end(f'({b} / greatest({j}, 1) * {drawn})', drawn)}"

    def cost(bad: str) -> str:
        return f"if(v_n - {bad} < 0.5, '?', printf('%.3g', 1000 * v_usd / v_priced_n * v_n / (v_n - {bad})))"

    # What was found bad is bad, and what was found good is good.
    b, j, k = (
        f"(b - x * least(b, {without}))",
        f"(j - x * least(b, {without}))",
        f"(j - y * least(j - b, {without}))",
    )
    fewest = each(f"greatest({b}, {bound(low, b, j)})")
    greatest = each(f"least(b + greatest({answers}, {k}) - {k}, {bound(high, 'b', k)})")
    least, most = f"greatest({ended}, arrayMax({fewest}))", f"({ended} + arraySum({greatest}))"
    seen = each(
        f"least(1, (j - greatest(x * least(b, {without}), y * least(j, {without}))) / greatest({answers}, 1))"
    )
    text = f"concat('$', {cost(least)}, ' to ', {cost(most)}, printf(', %.0f %% judged', floor(100 * arrayMin({seen}))))"
    return f"if(v_priced_n = 0, NULL, {text}) AS usd_per_1000_good_interval"


def sums(prefix: str = "v_", condition: str = "") -> str:
    """Return the sums of a rollup's rows under names of their own, to be reckoned with."""

    def added(column: str) -> str:
        return f"sumIf({column}, {condition})" if condition else f"sum({column})"

    names = (
        "n", "errors", "empty", "cut", "refusal_n", "refused", "hallucination_n", "unsupported",
        "toxicity_prompt_n", "toxic_prompts", "toxicity_response_n", "toxic_responses", "privacy_n",
        "privacy_found", "usage_n", "input_tokens", "output_tokens", "cache_read_tokens", "priced_n", "unpriced_n",
    )  # fmt: skip
    found = [f"{added(f'v.{name}')} AS {prefix}{name}" for name in names]
    found.append(f"{added('v.n - v.errors')} AS {prefix}answered")
    found.append(f"{added('v.spend_usd')} AS {prefix}usd")
    return ", ".join(found)


def sign(name: str, prefix: str = "v_") -> str:
    """Return the share of one kind of fault, from such sums, for tables."""
    bad, n = SIGNS[name]
    return within(name, prefix + bad, prefix + n, said=n == "n")


def top(source: str, key: str, where: str = "1", most: int = 10) -> str:
    """Return the condition that a row's key is among those with most calls: legends stay readable."""
    return f"{key} IN (SELECT {key} FROM {source} AS t WHERE {where} GROUP BY {key} ORDER BY sum(t.n) DESC LIMIT {most})"


def frequent(column: str, where: str, most: int = 10) -> str:
    """Return the condition that a single call's value is among the most frequent ones."""
    return f"{column} IN (SELECT {column} FROM v_calls WHERE {where} GROUP BY {column} ORDER BY count() DESC LIMIT {most})"
