"""Pipeline: whether everything arrives, is scored, summed up, watched and told."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.panel import Panel
from dashboards.shared import GAPS, bars, events, lines, stat, table, variables
from dashboards.sql import (
    QUEUED,
    bucket,
    chosen,
    newest,
    newest_call,
    newest_minute,
    ranked,
    scope,
    top,
    touched,
)

NAMES = ("tenant",)
_MINE = chosen("tenant")
_RECEIVED = f"{touched('minute', 60)} AND {_MINE}"
_CALLS = f"$__timeFilter(occurred_at) AND {scope(*NAMES)}"
_LETTERS = f"$__timeFilter(at) AND {_MINE}"


def _fresh() -> Panel:
    return stat(
        "Newest call",
        "Does anything come in? The newest call that is stored, and its age at the end of the time shown. Of one "
        "older than a day the minute that sums have, of 35 days. Calls that fmwatch shadow makes are left out.",
        f"""SELECT newest_at, dateDiff('second', newest_at, $__toTime) AS call_age_s
FROM (SELECT ({newest_call(scope(*NAMES))}) AS newest_at) WHERE newest_at > toDateTime(86400)""",
        "newest_at call_age_s",
    )


def _arrived() -> Panel:
    return stat(
        "What arrived",
        "Is everything stored and scored? What gateways took in, what workers stored and could judge, and what is "
        "missing between; of the last minutes some is still on its way.",
        f"""SELECT sum(c.accepted) AS accepted_n, sum(c.stored) AS stored_n, sum(c.scored) AS scored_n,
    sum(c.missing) AS missing_n, sum(c.lost) AS lost_by_clients_n
FROM v_completeness AS c WHERE {_RECEIVED} HAVING count() > 0""",
        "accepted_n stored_n scored_n missing_n lost_by_clients_n",
    )


def _refused() -> Panel:
    return stat(
        "Dead letters",
        "What could not be read? Those that wait, and those that were handed in again.",
        f"""SELECT countIf(outcome = '') AS waiting_n, countIf(outcome = 'stored') AS stored_n,
    countIf(outcome NOT IN ('', 'stored')) AS refused_again_n
FROM v_dead_letters WHERE {_LETTERS}""",
        "waiting_n stored_n refused_again_n",
    )


def _conflicts() -> Panel:
    return stat(
        "Ids that name two calls",
        "Does a sender reuse ids? Each counts as a call of its own. Of the last day of the time shown.",
        f"""SELECT count() AS ids_n, sum(identities) AS calls_n
FROM (
    SELECT tenant, event_id, uniqExact(toStartOfHour(occurred_at), route, request_model) AS identities
    FROM v_calls
    WHERE occurred_at >= greatest($__fromTime, $__toTime - INTERVAL 1 DAY) AND occurred_at <= $__toTime
        AND {scope(*NAMES)}
    GROUP BY tenant, event_id HAVING identities > 1
)""",
        "ids_n calls_n",
    )


def _undelivered() -> Panel:
    return stat(
        "Notifications that wait",
        "Are people told? What is not sent yet, also because a mute holds it, and what was given up, as it stands now.",
        f"""SELECT countIf(state = 'waiting') AS waiting_n, countIf(state = 'failed') AS undelivered_n,
    maxOrNullIf(dateDiff('second', {QUEUED}, $__toTime), state = 'waiting') AS longest_s
FROM v_deliveries WHERE updated_at <= $__toTime AND {_MINE}""",
        "waiting_n undelivered_n longest_s",
    )


def _on_the_way() -> Panel:
    return bars(
        "On the way",
        "Where on the way do calls stop? By the minute in which a gateway received them.",
        f"""SELECT time, stage.1 AS place, stage.2 AS n
FROM (
    SELECT $__timeInterval(minute) AS time, sum(c.stored) AS stored, sum(c.missing) AS missing, sum(c.lost) AS lost,
        sum(c.rejected) AS rejected
    FROM v_completeness AS c WHERE {_RECEIVED} GROUP BY time
)
ARRAY JOIN [('stored', toInt64(stored)), ('missing', toInt64(missing)), ('lost by clients', toInt64(lost)),
    ('rejected', toInt64(rejected))] AS stage
ORDER BY time, place""",
        "time place n",
    )


def _lost() -> Panel:
    return bars(
        "Lost by clients",
        "Why do applications lose calls before they are sent?",
        f"""SELECT time, reason, n
FROM (
    SELECT $__timeInterval(minute) AS time, sumMap(c.lost_by_reason) AS lost
    FROM v_completeness AS c WHERE {_RECEIVED} GROUP BY time
)
ARRAY JOIN mapKeys(lost) AS reason, mapValues(lost) AS n
ORDER BY time, reason""",
        "time reason n",
        rare=True,
    )


def _letters() -> Panel:
    return bars(
        "Dead letters by reason",
        "Since when, and why?",
        f"""SELECT {bucket("at")} AS time, reason, count() AS n
FROM v_dead_letters WHERE {_LETTERS} GROUP BY time, reason ORDER BY time, reason""",
        "time reason n",
        rare=True,
    )


def _calls() -> Panel:
    where = f"{touched('minute', 60)} AND {scope(*NAMES)}"
    return bars(
        "Calls by the minute",
        "Does it flow evenly? By the minute in which they happened. The ten tenants with most; the others together.",
        f"""SELECT $__timeInterval(minute) AS time, if({top("v_fleet_minute", "tenant", where)}, tenant, 'others') AS whose,
    sum(v.n) AS n
FROM v_fleet_minute AS v WHERE {where} GROUP BY time, whose ORDER BY time, whose""",
        "time whose n",
    )


def _delay() -> Panel:
    """Return the delay until the gateway; `v_calls` does not say when a row was inserted."""
    taken = "dateDiff('millisecond', occurred_at, received_at)"
    return lines(
        "From the call to the gateway",
        "Do calls come late? Median and 95th percentile of the time from a call to its reception, of calls whose "
        "reception is known, each within its 95 % interval by order statistics. Clocks may differ.",
        f"""SELECT time, {ranked("delay_p50", "d", "_ms")},
    {ranked("delay_p95", "d", "_ms", 0.95)},
    seen AS n
FROM (
    SELECT {bucket("occurred_at")} AS time, arraySort(groupArraySample(10000, 1)({taken})) AS d,
        count() AS seen
    FROM v_calls WHERE {_CALLS} AND isNotNull(received_at) GROUP BY time
)
{GAPS}""",
        "time delay_p50_ms delay_p50_low delay_p50_high delay_p95_ms delay_p95_low delay_p95_high n",
        band=True,
    )


def _receipts() -> str:
    """Return the query for the newest receipt: of a day where it has one, as those of 35 days are many."""
    day = "minute >= $__toTime - INTERVAL 1 DAY"
    lately = newest("v_completeness", "minute", f"{day} AND {_MINE}")
    return newest("v_completeness", "minute", f"({day} OR ({lately}) < toDateTime(86400)) AND {_MINE}")


def _newest() -> Panel:
    def row(what: str, asked: str, how: str, *, due: bool = False) -> str:
        return (
            f"SELECT '{what}' AS what, toDateTime(({asked})) AS newest, {int(due)} AS due, '{how}' AS made_by"
        )

    def of(view: str, at: str) -> str:
        return newest(view, at, _MINE)

    parts = [
        # Only calls that sums have, too: else a watcher of which nothing is due would look as if it stood still.
        row("calls", newest_call(_MINE), "score workers", due=True),
        row("sums of minutes", newest_minute(_MINE), "watcher", due=True),
        row("sums of hours", of("v_fleet_hour", "hour"), "watcher", due=True),
        row("states of series", of("v_series_state", "updated_at"), "watcher, once a day at least", due=True),
        row("findings", of("v_signals", "at"), "watcher, where there is something to find"),
        row("alerts", of("v_alerts", "updated_at"), "alerter, where there is something to tell"),
        row("notifications", of("v_deliveries", "updated_at"), "alerter, where there is something to tell"),
        row("advice", of("v_advice", "updated_at"), "advisor, once a day where a model is outdated"),
        row("receipts", _receipts(), "gateways and score workers", due=True),
        row("feedback", of("v_feedback", "at"), "score workers, where people say something"),
    ]
    joined = "\nUNION ALL\n".join(parts)
    return table(
        "How fresh it is",
        "Which part stands still? The newest of each kind in the 35 days before the end of the time shown, and its "
        "age then, the oldest first. What comes only where there is something to say has no row where there is none.",
        f"""SELECT what, nullIf(newest, toDateTime(0)) AS newest_at, dateDiff('second', newest_at, $__toTime) AS age_s,
    if(isNull(newest_at), 'none in 35 days', '') AS missing, made_by
FROM (
{joined}
)
WHERE due OR isNotNull(newest_at) ORDER BY isNull(newest_at) DESC, age_s DESC""",
        "what newest_at age_s missing made_by",
    )


def _teams() -> Panel:
    return table(
        "What got lost, by team",
        "Whose calls get lost?",
        f"""SELECT tenant, team, sum(c.captured) AS captured_n, sum(c.accepted) AS accepted_n, sum(c.rejected) AS rejected_n,
    sum(c.stored) AS stored_n, sum(c.scored) AS scored_n, sum(c.missing) AS missing_n, sum(c.lost) AS lost_n,
    if(accepted_n = 0, NULL, missing_n / accepted_n) AS missing_share
FROM v_completeness AS c WHERE {_RECEIVED} GROUP BY tenant, team ORDER BY missing_n DESC, lost_n DESC LIMIT 200""",
        "tenant team captured_n accepted_n rejected_n stored_n scored_n missing_n lost_n missing_share",
    )


def _latest_letters() -> Panel:
    return events(
        "Newest dead letters",
        "What exactly could not be read, and where does it lie? Without what it said; `fmwatch dead-letters show` has "
        "that.",
        f"""SELECT at AS refused_at, tenant, reason, field, message, topic, partition, `offset` AS position, line,
    original_bytes AS bytes_n, outcome
FROM v_dead_letters WHERE {_LETTERS} ORDER BY refused_at DESC LIMIT 100""",
        "refused_at tenant reason field message topic partition position line bytes_n outcome",
    )


def _detectors() -> Panel:
    names = ("hallucination", "toxicity_prompt", "toxicity_response", "refusal", "privacy")
    added = ", ".join(f"sum(v.{name}_n) AS {name}_judged_n" for name in names)
    return lines(
        "Judged by detector",
        "Does a detector stand still? Calls that each detector could judge, beside all there were.",
        f"""SELECT $__timeInterval(minute) AS time, sum(v.n) AS all_n, {added}
FROM v_fleet_minute AS v WHERE {touched("minute", 60)} AND {scope(*NAMES)} GROUP BY time
ORDER BY time WITH FILL STEP $__interval_s""",
        f"time all_n {' '.join(f'{name}_judged_n' for name in names)}",
    )


def _residency() -> Panel:
    return table(
        "Where calls run",
        "Do calls run where they may?",
        f"""SELECT team, route, platform, region, residency_label, count() AS n, min(occurred_at) AS first_at,
    max(occurred_at) AS last_at
FROM v_calls WHERE {_CALLS} GROUP BY team, route, platform, region, residency_label
ORDER BY residency_label = 'violation' DESC, n DESC LIMIT 200""",
        "team route platform region residency_label n first_at last_at",
    )


BOARD = Board(
    "fmwatch-pipeline",
    "Pipeline",
    "Does fmwatch itself work: does everything arrive, is it scored, summed up, watched and told?",
    variables(*NAMES),
    [
        Section("In five seconds", [[_fresh(), _arrived()], [_refused(), _undelivered(), _conflicts()]]),
        Section("What stands still", [[_newest()]]),
        Section("Since when", [[_calls(), _on_the_way()], [_letters(), _lost()], [_delay(), _detectors()]]),
        Section("Whose", [[_teams()], [_latest_letters()], [_residency()]]),
    ],
    "now-6h",
)
