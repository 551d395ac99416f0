"""A store with a large fleet in trouble: hundreds of models, dozens of open alerts, names that hurt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.query_rows import _counted, _draw
from detectors.monitors.base import Series, Signal
from services.alerter.alerter import Alerter
from services.alerter.rules import Rules
from services.alerter.store_ledger import StoreLedger
from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG
from store.meta import MonitorState, save_monitors
from store.sums import KEYS, SUMS

DAYS = 60
TEAMS = 40
HOSTILE = (
    '</script><script>window.harmed = 1</script><img src=x onerror="window.harmed = 1">'
    "{{ 7 * 7 }}${7*7} {x} \"quoted\" 'too' \N{FIRE} \u202etxet" + "w" * 300
)[:300]
HURT = 10  # of the models have such names
PLATFORMS = ("openai", "azure", "anthropic")
NEW_MODEL = "vendor-model-2"

_HOURS = f"""
    INSERT INTO hours (hour, {KEYS}, {", ".join(SUMS)}, computed_at)
    SELECT toDateTime(at, 'UTC') AS hour, tenant, team, route, platform, request_model, n,
        {_draw("error", 3)}, 0, {_draw("cut", 3)}, n, {_draw("refused", 3)}, intDiv(n, 2),
        least(intDiv(n, 2), {_draw("unsupported", 4)}), n, {_draw("toxic", 40)} = 0, n,
        {_draw("toxic answer", 50)} = 0, n, {_draw("privacy", 90)} = 0, n, 900 * n, 180 * n, 0, 0, 0,
        if(series % 25 = 0, 0, n), if(series % 25 = 0, n, 0),
        if(series % 25 = 0, 0, 1000000000 * n + {_draw("cost", 1000000000)}),
        {_counted("buckets", "kinds")}, if(series % 2 = 0, {_counted("first", "kinds_first")}, map()),
        now64(6)
    FROM
    (
        SELECT number % {{series:UInt32}} AS series,
            {{start:UInt32}} + 3600 * intDiv(number, {{series:UInt32}}) AS at, 5 + {_draw("n", 40)} AS n,
            arrayMap(call -> toInt16(150 + cityHash64(series, at, call) % 30), range(n)) AS buckets,
            arrayMap(x -> toInt16(x - 40), buckets) AS first,
            concat('tenant-', toString(series % 4)) AS tenant,
            concat('team-', toString(series % {TEAMS})) AS team,
            {{routes:Array(String)}}[1 + series] AS route,
            {list(PLATFORMS)}[1 + series % 3] AS platform,
            {{models:Array(String)}}[1 + series] AS request_model
        FROM numbers({{series:UInt32}} * {{hours:UInt32}})
    )
    SETTINGS max_block_size = 4096
"""  # noqa: S608 - our own expressions
_AROUND = (
    (
        "receipts",
        "tenant, minute, team, place, source, counts, at",
        """concat('tenant-', toString(number % 4)),
            toDateTime({end:UInt32} - 60 * (1 + intDiv(number, 80)), 'UTC'),
            concat('team-', toString(number % 40)), if(number % 80 < 40, 'gateway', 'worker'), '1',
            map(if(number % 80 < 40, 'accepted', 'stored'), toUInt64(40 - (number % 997 = 0))), now64(6)
        FROM numbers(115200)""",
    ),
    (
        "dead_letters",
        "tenant, topic, partition, `offset`, line, at, reason, original, sha256",
        """'tenant-0', 'llm.generations', 0, number, 0, toDateTime64({end:UInt32} - number, 6, 'UTC'),
            ['wrong_type', 'missing_field', 'not_json'][1 + number % 3], 'x', hex(MD5(toString(number)))
        FROM numbers(1000)""",
    ),
    (
        "changes",
        "tenant, at, kind, route, platform, model, `from`, `to`, note, by",
        """concat('tenant-', toString(number % 4)), toDateTime64({end:UInt32} - 7200 * number, 6, 'UTC'),
            'deploy',
            if(number % 2 = 0, '', {routes:Array(String)}[1 + number % {series:UInt32}]), '', '',
            toString(number), toString(number + 1), {models:Array(String)}[1], 'ci' FROM numbers(600)""",
    ),
    (
        "series_state",
        "tenant, signal, level, platform, route, model, team, state, watched, since, updated_at",
        """concat('tenant-', toString(series % 4)), signal, 'route_model',
            ['openai', 'azure', 'anthropic'][1 + series % 3], {routes:Array(String)}[1 + series],
            {models:Array(String)}[1 + series], '', 'watched', 'fully', now(), now64(6)
        FROM (SELECT number AS series, arrayJoin(['error', 'latency', 'spend', 'tokens', 'refusal',
            'toxicity', 'hallucination', 'privacy']) AS signal FROM numbers({series:UInt32}))""",
    ),
    (
        "advice",
        """tenant, id, route, platform, incumbent, candidate, causes, state, made_at, expires_at, body,
            updated_at""",
        """concat('tenant-', toString(number % 4)), concat('advice-', toString(number)),
            {routes:Array(String)}[1 + number], ['openai', 'azure', 'anthropic'][1 + number % 3],
            {models:Array(String)}[1 + number], 'openai/model-1', ['dominated'], 'recommend', now64(3),
            now64(3) + INTERVAL 9 DAY, '{"reason": "cheaper", "text": "what it rests on"}', now64(6)
        FROM numbers(100)""",
    ),
    (
        "deadlines",
        "tenant, platform, model, state, day, sequence, made_at, changed_at, body, updated_at",
        """concat('tenant-', toString(number % 4)), ['openai', 'azure', 'anthropic'][1 + number % 3],
            {models:Array(String)}[1 + number], 'announced', toDate({end:UInt32}) + number, 0, now64(3),
            now64(3), '{}', now64(6) FROM numbers({series:UInt32})""",
    ),
)
# Single calls of one tenant, some of which a candidate has answered again; a person has judged half of these.
CALLS, PAIRS, PIECE = 500_000, 2_000, 25_000
CANDIDATE = ("openai", "candidate")
_TEXT = "repeat('What does the contract say of notice, and of whom is it asked? ', 6)"
_CALLS = f"""
    INSERT INTO generations
        (event_id, tenant, team, route, platform, request_model, response_model, occurred_at, prompt,
        response)
    SELECT concat('call-', toString(number)), 'tenant-0', 'team-0',
        {{routes:Array(String)}}[{HURT + 1} + number % 20], {list(PLATFORMS)}[1 + ({HURT} + number % 20) % 3],
        {{models:Array(String)}}[{HURT + 1} + number % 20],
        if(number < 100000, '{NEW_MODEL}', 'vendor-model-1'),
        toDateTime64({{end:UInt32}} - 5 * number, 6, 'UTC'), {_TEXT}, {_TEXT}
    FROM numbers({{first:UInt32}}, {{piece:UInt32}})
"""  # noqa: S608 - our own expressions
_PAIRS = (
    f"""
    INSERT INTO generations
        (event_id, tenant, team, route, platform, request_model, occurred_at, tags, response)
    SELECT concat('again-', toString(number)), 'tenant-0', 'team-0', {{routes:Array(String)}}[{HURT + 1}],
        '{CANDIDATE[0]}', '{CANDIDATE[1]}', toDateTime64({{end:UInt32}} - number, 6, 'UTC'),
        map('{PAIR_TAG}', concat('call-', toString(20 * number))), {_TEXT}
    FROM numbers({PAIRS})
    """,  # noqa: S608 - our own expressions
    f"""
    INSERT INTO feedback (tenant, event_id, kind, name, by, at, value, value_number, extra)
    SELECT 'tenant-0',
        arrayJoin([concat('call-', toString(20 * number)), concat('again-', toString(number))]), 'label',
        '{BAD_LABEL}', 'human', toDateTime64({{end:UInt32}}, 6, 'UTC'), 'false', 0, '{{"person":"ben"}}'
    FROM numbers({PAIRS // 2})
    """,  # noqa: S608 - our own expressions
)
_MINUTES = f"""
    INSERT INTO minutes (minute, {KEYS}, {", ".join(SUMS)}, computed_at)
    SELECT hour - INTERVAL 1 MINUTE, {KEYS}, {", ".join(SUMS)}, computed_at FROM hours
    WHERE hour > toDateTime({{end:UInt32}} - 86400, 'UTC')
"""  # noqa: S608 - our own expressions


@dataclass(frozen=True, slots=True)
class LargeFleet:
    """What was stored: when it ends, its models, which alerts are open, and whose pairs wait to be judged."""

    now: datetime
    models: tuple[str, ...]
    alerts: tuple[str, ...]
    judged: dict[str, str]


def fill(database: Database, models: int, alerts: int) -> LargeFleet:
    """Store two months of a fleet, each model with a route of its own, and what was found on some of them."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    names = [f"{n} {HOSTILE}"[:300] if n < HURT else f"vendor-model-{n}-2026-08-06" for n in range(models)]
    routes = [f"{n} {HOSTILE}"[:300] if n < HURT else f"team-{n % TEAMS}/route-{n}" for n in range(models)]
    asked = {"series": models, "models": names, "routes": routes, "end": int(end.timestamp())}
    database.command(
        _HOURS, {**asked, "start": int((end - timedelta(days=DAYS)).timestamp()), "hours": DAYS * 24}
    )
    database.command(_MINUTES, asked)
    for table, columns, values in _AROUND:
        database.command(f"INSERT INTO {table} ({columns}) SELECT {values}", asked)
    for first in range(0, CALLS, PIECE):
        database.command(_CALLS, {**asked, "first": first, "piece": PIECE})
    for sql in _PAIRS:
        database.command(sql, asked)
    save_monitors(database, {"rate": MonitorState(int(end.timestamp()) // 60, b"x")})
    alerter = Alerter(StoreLedger(database, lambda: end), Rules(), {})
    found = alerter.take([_signal(n, routes[n], names[n], end) for n in range(alerts)], end, notify=False)
    platform, model = CANDIDATE
    judged = {"tenant": "tenant-0", "route": routes[HURT], "platform": platform, "model": model}
    return LargeFleet(end + timedelta(minutes=1), tuple(names), tuple(alert.id for alert in found), judged)


def _signal(number: int, route: str, model: str, end: datetime) -> Signal:
    """Return what a monitor found on a model; each began at another time, so that none joins another."""
    minute = int(end.timestamp()) // 60 - 30
    began = minute - 60 * (3 + 7 * (number % 40))
    platform = PLATFORMS[number % 3]
    return Signal(
        signal=("hallucination", "latency", "spend", "refusal", "model_changed")[number % 5],
        state="raised",
        series=Series("route_model", f"tenant-{number % 4}", platform, route, model),
        team=f"team-{number % TEAMS}",
        minute=minute,
        began=began,
        began_low=began - 30,
        began_high=began + 20,
        observed=0.12,
        reference=0.05,
        low=0.1,
        high=0.14,
        unit="ratio",
        n=900,
        routes=(route,),
        share_of_traffic=0.002,
        monitor="rate 1",
        facts={"from": "vendor-model-1", "to": NEW_MODEL},
        note=HOSTILE if number < HURT else "Most of the rise is in German.",
    )
