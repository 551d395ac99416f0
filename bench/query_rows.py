"""A month of a large fleet, made by the engine itself: millions of sums and facts within some minutes.

Sums of minutes are drawn; those of hours are added up from them, as the rollup does. Facts are fewer than the
sums say: what only they can answer (single calls, conflicts) costs by the row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5

from store.database import Database
from store.sums import KEYS, SUMS, SUMS_OF_SUMS

DAYS = 30
ALERTS = 1_000
OPEN = 20  # of them
_AGAIN_H = 6  # summed up once more, as a worker does with an hour that is not over
_WORDS = "['the', 'order', 'was', 'sent', 'on', 'Monday', 'and', 'will', 'arrive', 'within', 'five', 'days']"

# Parts as small as those of a worker: the engine's memory is small where it is embedded.
_SMALL = """
    SETTINGS max_block_size = 4096, min_insert_block_size_rows = 65536, min_insert_block_size_bytes = 8000000
"""
_NAMES = ", ".join(SUMS)
# A series from its number: one tenant has four fifths, teams share routes out, two models answer each route.
_SERIES = """
    if(series % 5 < 4, 'large', 'small') AS tenant,
    concat('team-', toString(series % 20)) AS team,
    concat('team-', toString(series % 20), '/route-', toString(intDiv(series, 2))) AS route,
    ['openai', 'azure', 'anthropic'][1 + intDiv(series, 20) % 3] AS platform,
    concat('model-', toString((intDiv(series, 20) % 6) * 2 + series % 2)) AS request_model
"""


def _draw(name: str, n: int) -> str:
    """Return an expression that is 0..n-1, the same again for the same series and time."""
    return f"cityHash64(series, at, '{name}') % {n}"


def _counted(buckets: str, kinds: str) -> str:
    """Return an expression that counts how often each bucket occurs."""
    return (
        f"CAST((arrayDistinct({buckets}) AS {kinds}, arrayMap(x -> countEqual({buckets}, x), {kinds})), "
        "'Map(Int16, UInt64)')"
    )


_MINUTES = f"""
    INSERT INTO minutes (minute, {KEYS}, {_NAMES}, computed_at)
    SELECT toDateTime(at, 'UTC') AS minute, {KEYS}, n, {_draw("error", 40)} = 0, {_draw("empty", 200)} = 0,
        {_draw("cut", 90)} = 0, n, {_draw("refused", 30)} = 0, intDiv(n, 2),
        least(intDiv(n, 2), {_draw("unsupported", 12)} = 0), n, {_draw("toxic", 400)} = 0, n,
        {_draw("toxic answer", 500)} = 0, n, {_draw("privacy", 150)} = 0, n, 900 * n + {_draw("in", 3000)},
        180 * n + {_draw("out", 900)}, {_draw("cached", 500)}, 0, 0, n, 0,
        1000000000 * n + {_draw("cost", 1000000000)}, {_counted("buckets", "kinds")},
        if(series % 2 = 0, {_counted("first", "first_kinds")}, map()), now64(6)
    FROM
    (
        SELECT number % {{series:UInt32}} AS series,
            {{start:UInt32}} + 60 * intDiv(number, {{series:UInt32}}) AS at,
            1 + {_draw("n", 9)} AS n,
            arrayMap(call -> toInt16(150 + cityHash64(series, at, call) % 30 + {_draw("slow", 25)}), range(n))
                AS buckets,
            arrayMap(x -> toInt16(x - 40), buckets) AS first, {_SERIES}
        FROM numbers({{series:UInt32}} * intDiv({{end:UInt32}} - {{start:UInt32}}, 60))
    )
    {_SMALL}
"""  # noqa: S608 - our own expressions
_HOURS = f"""
    INSERT INTO hours (hour, {KEYS}, {_NAMES}, computed_at)
    SELECT toStartOfHour(minute) AS hour, {KEYS},
        {", ".join(f"{expression} AS s_{name}" for name, expression in SUMS_OF_SUMS.items())}, now64(6)
    FROM minutes FINAL
    WHERE minute >= toDateTime({{start:UInt32}}, 'UTC') AND minute < toDateTime({{end:UInt32}}, 'UTC')
    GROUP BY hour, {KEYS}
"""  # noqa: S608 - our own expressions
# The month before, of which only the hours are still asked for.
_BEFORE = f"""
    INSERT INTO hours (hour, {KEYS}, {_NAMES}, computed_at)
    SELECT hour - INTERVAL {DAYS} DAY, {KEYS}, {_NAMES}, computed_at FROM hours
    WHERE hour >= toDateTime({{start:UInt32}}, 'UTC') AND hour < toDateTime({{end:UInt32}}, 'UTC')
"""  # noqa: S608 - our own expressions


def _text(words: int, seed: str) -> str:
    return (
        f"arrayStringConcat(arrayMap(i -> {_WORDS}[1 + cityHash64(number, i, '{seed}') % 12], "
        f"range({words})), ' ')"
    )


_GENERATIONS = f"""
    INSERT INTO generations (occurred_at, event_id, tenant, team, route, platform, request_model, provider,
        response_model, prompt, response, context, latency_ms, usage_input, usage_output, cost_pusd,
        cost_status, outcome, hallucination_label, toxicity_prompt_label, toxicity_response_label,
        refusal_label, privacy_label, language, cluster)
    SELECT fromUnixTimestamp64Micro(1000000 * at + number % 1000000, 'UTC'),
        lower(hex(MD5(toString(number)))), tenant, team, route, platform, request_model, platform,
        concat(request_model, '-2026-08-06'),
        {_text(52, "prompt")}, {_text(118, "response")}, [{_text(60, "context")}],
        exp(6 + {_draw("ms", 1000)} / 700), 900 + {_draw("in", 3000)}, 180 + {_draw("out", 900)},
        1000000000 + {_draw("cost", 1000000000)}, 'priced', if({_draw("error", 200)} = 0, 'error', 'ok'),
        if({_draw("unsupported", 25)} = 0, 'unsupported', 'grounded'), 'clean', 'clean', 'answered', 'clean',
        'en', cityHash64(number)
    FROM
    (
        SELECT number, cityHash64(number, 'series') % {{series:UInt32}} AS series,
            {{start:UInt32}} + intDiv((number - {{first:UInt32}}) * ({{end:UInt32}} - {{start:UInt32}}),
                {{facts:UInt32}}) AS at, {_SERIES}
        FROM numbers({{first:UInt32}}, {{facts:UInt32}})
    )
    {_SMALL}
"""  # noqa: S608 - our own expressions

_NUMBERED = f"""
    SELECT number, number % {{series:UInt32}} AS series,
        {{start:UInt32}} + cityHash64(number) % ({{end:UInt32}} - {{start:UInt32}}) AS at, {_SERIES}
    FROM numbers({{rows:UInt32}})
"""  # noqa: S608 - our own expressions
# What is rarer than calls: of each table how many rows, or their share of the calls, its columns, and values.
_RARE: tuple[tuple[str, float, str, str], ...] = (
    (
        "feedback",
        0.05,
        "tenant, event_id, kind, name, by, at, value, value_number",
        "tenant, lower(hex(MD5(toString(number)))), 'thumb', '', 'human', at, 'true', 1",
    ),
    (
        "dead_letters",
        0.01,
        "tenant, topic, partition, `offset`, line, at, reason, original, sha256",
        """tenant, 'llm.generations', number % 12, number, 0, at, 'wrong_type', repeat('x', 400),
            hex(MD5(toString(number)))""",
    ),
    (
        "receipts",
        1_000_000,
        "tenant, minute, team, place, source, counts, at",
        """tenant, toStartOfMinute(toDateTime(at, 'UTC')), team, if(number % 3 = 0, 'gateway', 'worker'),
            toString(number % 97), map(if(number % 3 = 0, 'accepted', 'stored'), toUInt64(40)), at""",
    ),
    (
        "alert_words",
        1_000,
        "tenant, alert_id, id, verb, by, said_at, signal, updated_at",
        "tenant, concat('alert-', toString(number)), toString(number), 'ack', 'ana', at, 'latency', at",
    ),
    (
        "content_reads",
        1_000,
        "tenant, at, alert_id, calls, name, token",
        "tenant, at, concat('alert-', toString(number)), 3, 'ana', '2c26b46b68ff'",
    ),
    (
        "series_state",
        20_000,
        "tenant, signal, level, platform, route, model, team, state, watched, since, updated_at",
        """tenant, ['error', 'latency', 'spend', 'tokens'][1 + number % 4], 'route_model', platform, route,
            request_model, team, 'watched', 'fully', at, at""",
    ),
    (
        "signals",
        5_000,
        "tenant, at, id, signal, state, level, platform, route, model, team, began_at, n",
        """tenant, at, hex(MD5(toString(number))), 'latency', 'firing', 'route_model', platform, route,
            request_model, team, at - 3600, 500""",
    ),
    (
        "alerts",
        ALERTS,
        """tenant, id, signal, severity, state, level, team, route, platform, model, began_at, detected_at,
            fired_at, resolved_at, n, body, updated_at""",
        f"""tenant, concat('alert-', toString(number)), 'latency', 'page',
            if(number < {OPEN}, 'firing', 'resolved'), 'route_model', team, route, platform, request_model,
            at - 3600, at, at, if(number < {OPEN}, NULL, toDateTime64(at + 7200, 3, 'UTC')), 500,
            repeat('evidence ', 300), toDateTime64(at + 7200, 6, 'UTC')""",
    ),
    (
        "deliveries",
        3_000,
        "tenant, id, alert_id, receiver, kind, state, body, updated_at",
        f"""tenant, concat('delivery-', toString(number)), concat('alert-', toString(number % {ALERTS})),
            'pager', 'fire', 'sent', repeat('evidence ', 100), at""",
    ),
    (
        "changes",
        2_000,
        "tenant, at, kind, route, platform, model, `from`, `to`, note, by",
        "tenant, at, 'deploy', route, platform, request_model, '1', '2', 'a deploy', 'ci'",
    ),
    (
        "advice",
        500,
        """tenant, id, route, platform, incumbent, candidate, state, made_at, expires_at, body,
            updated_at""",
        """tenant, concat('advice-', toString(number)), route, platform, request_model, 'openai/model-1',
            'recommend', at, toDateTime64({end:UInt32} + 86400, 3, 'UTC'), repeat('because ', 100), at""",
    ),
    (
        "advice_days",
        15_000,
        """tenant, id, route, platform, incumbent, candidate, state, spend_difference_ratio, n, made_at,
            updated_at""",
        """tenant, concat('advice-', toString(number)), route, platform, request_model, 'openai/model-1',
            'recommend', -0.4, 500, at, at""",
    ),
    (
        "deadlines",
        500,
        "tenant, platform, model, state, day, sequence, made_at, changed_at, body, updated_at",
        """tenant, platform, request_model, 'announced', toDate({end:UInt32}) + number % 300, 1, at, at,
            repeat('calls ', 50), at""",
    ),
)


@dataclass(frozen=True, slots=True)
class Month:
    """What was stored.

    Attributes
    ----------
    series : routes x models
    facts : single calls
    start, end : of the sums and facts, whole hours
    """

    series: int
    facts: int
    start: datetime
    end: datetime

    def route(self, turn: int) -> tuple[str, str]:
        """Return one route after the other, with its tenant."""
        series = turn * 37 % self.series
        return "large" if series % 5 < 4 else "small", f"team-{series % 20}/route-{series // 2}"

    def event(self, number: int) -> str:
        """Return the event id of the call of that number."""
        return md5(str(number % self.facts).encode(), usedforsecurity=False).hexdigest()


def fill(database: Database, series: int, facts: int, days: int = DAYS) -> Month:
    """Store a month that ends with the last full hour.

    Parameters
    ----------
    series : each has a row for every minute of `days`
    facts : single calls
    """
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    month = Month(series, facts, end - timedelta(days=days), end)
    each = facts // days
    for day, span in enumerate(_days(month)):
        sys.stderr.write(f"\rday {day + 1} of {days} ")
        database.command(_MINUTES, span)
        database.command(_HOURS, span)
        database.command(_BEFORE, span)
        database.command(_GENERATIONS, {**span, "first": day * each, "facts": each})
    whole = {"series": series, "start": _seconds(month.start), "end": _seconds(end)}
    database.command(_MINUTES, {**whole, "start": _seconds(end - timedelta(hours=_AGAIN_H))})
    for table, rows, names, values in _RARE:
        n = int(rows if rows >= 1 else rows * facts)
        sql = f"INSERT INTO {table} ({names}) SELECT {values} FROM ({_NUMBERED})"  # noqa: S608 - our own words
        database.command(sql, {**whole, "rows": n})
    sys.stderr.write("\n")
    return month


def _days(month: Month) -> Iterator[dict[str, int]]:
    at = month.start
    while at < month.end:
        until = at + timedelta(days=1)
        yield {"series": month.series, "start": _seconds(at), "end": _seconds(until)}
        at = until


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
