"""Alerts and incidents: what is broken, who works on it, and whether alerts deserve to be believed."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.fleet import changes
from dashboards.panel import Panel
from dashboards.shared import ALERT_LINK, LOUD, RUNBOOK_LINK, alerts, bars, events, stat, table, variables
from dashboards.sql import bucket, chosen, measured, ranked, rate, told, told_of, within

NAMES = ("tenant", "team")
_MINE = f"{chosen('tenant')} AND {told()}"
_OUTCOMES = f"{chosen('tenant')} AND {told_of('id')}"
_OPEN = "fired_at <= $__toTime AND ifNull(resolved_at, $__toTime + 1) > $__toTime"
_SEEN = "began_at <= $__toTime AND ifNull(resolved_at, $__toTime) >= $__fromTime"
_DELIVERED = f"$__timeFilter(updated_at) AND {chosen('tenant')} AND {told_of('alert_id')}"


_TIMED = f"$__timeFilter(fired_at) AND {LOUD} AND signal != 'lifecycle' AND {_MINE}"
_MEDIAN = (
    "Median of the alerts that fired in the time shown, with its 95 % interval by order statistics; of fewer than "
    "eight there is none. Without models that end: that begins when a maker announces it."
)


def _open() -> Panel:
    return stat(
        "Open at the end of the time shown",
        "Is anything on fire, and does somebody work on it?",
        f"""SELECT countIf(severity = 'page') AS pages, countIf(severity = 'ticket') AS tickets,
    countIf(acknowledged) AS acknowledged_n
FROM (
    SELECT severity, JSONExtractString(body, 'acknowledged_by') != '' AS acknowledged FROM v_alerts
    WHERE {LOUD} AND {_OPEN} AND {_MINE}
)""",
        "pages tickets acknowledged_n",
    )


def _fired() -> Panel:
    return stat(
        "Fired in the time shown",
        "How often were people called?",
        f"""SELECT countIf(severity = 'page') AS pages, countIf(severity = 'ticket') AS tickets
FROM v_alerts WHERE $__timeFilter(fired_at) AND {LOUD} AND {_MINE}""",
        "pages tickets",
    )


def _false() -> Panel:
    return stat(
        "False alarms",
        "Do our alerts deserve to be believed? Of alerts that somebody said something of, the part that was called "
        "false, with its 95 % interval; and those of which nobody said anything.",
        f"""SELECT {rate("false", "bad", "known")}, known AS false_n, silent AS unjudged_n
FROM (
    SELECT countIf(outcome = 'false') AS bad, countIf(outcome != '') AS known, countIf(outcome = '') AS silent
    FROM v_alert_outcomes WHERE $__timeFilter(fired_at) AND {_OUTCOMES}
)""",
        "false_ratio false_low false_high false_n unjudged_n",
    )


def _noticed() -> Panel:
    return stat(
        "Until noticed",
        f"How long from the beginning to the alert? {_MEDIAN}",
        f"""SELECT {ranked("noticed", "taken", "_s")}, length(taken) AS alerts_n
FROM (
    SELECT arraySort(groupArray(dateDiff('second', began_at, assumeNotNull(fired_at)))) AS taken
    FROM v_alerts WHERE {_TIMED}
)""",
        "noticed_s noticed_low noticed_high alerts_n",
    )


def _lasted() -> Panel:
    # The end of the time shown may be yet to come.
    now = "least(now(), $__toTime)"
    return stat(
        "Until over",
        "How long from the alert to its end? What is open at the end of the time shown counts with how long it has "
        f"lasted until then, so where there is any the median is at least this; the upper end is of what is over. {_MEDIAN}",
        f"""SELECT {ranked("lasted", "taken", "_s", ended="ended")}, length(taken) AS alerts_n, alerts_n - length(ended) AS open_n
FROM (
    SELECT arraySort(groupArray(seconds)) AS taken, arraySort(groupArrayIf(seconds, is_over)) AS ended
    FROM (
        SELECT ifNull(resolved_at <= $__toTime, false) AS is_over,
            dateDiff('second', assumeNotNull(fired_at), if(is_over, assumeNotNull(resolved_at), {now})) AS seconds
        FROM v_alerts WHERE {_TIMED}
    )
)""",
        "lasted_s lasted_low lasted_high alerts_n open_n",
    )


def _deliveries() -> Panel:
    return stat(
        "Notifications",
        "Do they arrive? By their newest state, as of those that changed it in the time shown. Undelivered are those "
        "that a receiver refused or did not take in time, dropped those that were muted or that a receiver has no word for.",
        f"""SELECT countIf(state = 'sent') AS sent_n, countIf(state = 'waiting') AS waiting_n,
    countIf(state = 'failed') AS undelivered_n, countIf(state = 'dropped') AS dropped_n
FROM v_deliveries WHERE {_DELIVERED}""",
        "sent_n waiting_n undelivered_n dropped_n",
    )


def _per(title: str, answers: str, key: str) -> Panel:
    return bars(
        title,
        answers,
        f"""SELECT {bucket("fired_at")} AS time, {key}, count() AS n
FROM v_alerts WHERE $__timeFilter(fired_at) AND {LOUD} AND {_MINE}
GROUP BY time, {key} ORDER BY time, {key}""",
        f"time {key} n",
        rare=True,
    )


def _table(title: str, answers: str, where: str, order: str) -> Panel:
    return alerts(
        title,
        answers,
        f"""SELECT began_at, severity, state, JSONExtractString(body, 'title') AS says,
    {measured()}, signal, share_of_traffic AS calls_share, JSONExtractString(body, 'owner') AS owner,
    JSONExtractString(body, 'acknowledged_by') AS acknowledged_by, JSONExtractString(body, 'outcome') AS outcome,
    resolved_at, team, route, platform, model, id AS alert
FROM v_alerts WHERE {where} AND {LOUD} AND {_MINE} ORDER BY {order} LIMIT 200""",
        "began_at severity state says observed usual signal calls_share owner acknowledged_by outcome resolved_at team "
        "route platform model alert",
        says=ALERT_LINK,
        signal=RUNBOOK_LINK,
    )


def _by_rule() -> Panel:
    return table(
        "Alerts by signal",
        "Which kinds of alert call people, and which of them deserve it? The share of false ones is of those that "
        "somebody said something of.",
        f"""SELECT signal, severity, fired_n, {within("false", "bad", "known")}, expected_n, unjudged_n
FROM (
    SELECT signal, severity, count() AS fired_n, countIf(outcome = 'false') AS bad, countIf(outcome != '') AS known,
        countIf(outcome = 'expected') AS expected_n, countIf(outcome = '') AS unjudged_n
    FROM v_alert_outcomes WHERE $__timeFilter(fired_at) AND {_OUTCOMES} GROUP BY signal, severity
)
ORDER BY fired_n DESC, signal""",
        "signal severity fired_n false_ratio false_interval expected_n unjudged_n",
        signal=RUNBOOK_LINK,
    )


def _by_month() -> Panel:
    return table(
        "False alarms by month (all teams)",
        "Is the promise kept? Pages and tickets that fired each month, and what people said of them.",
        f"""SELECT formatDateTime(f.month, '%Y-%m') AS month, severity, sum(f.fired) AS fired_n, sum(f.false_alarms) AS false_n, sum(f.expected) AS expected_n,
    sum(f.unjudged) AS unjudged_n
FROM v_false_alarms AS f WHERE f.month <= toDate($__toTime, 'UTC') AND {chosen("tenant")}
GROUP BY month, severity ORDER BY month DESC, severity LIMIT 48""",
        "month severity fired_n false_n expected_n unjudged_n",
    )


def _receivers() -> Panel:
    return table(
        "Notifications by receiver",
        "Which receiver does not take them, and what does it answer?",
        f"""SELECT receiver, kind, state, count() AS messages_n, sum(attempts) AS tries_n, max(updated_at) AS newest_at,
    argMax(message, updated_at) AS answered
FROM v_deliveries WHERE {_DELIVERED} GROUP BY receiver, kind, state ORDER BY receiver, kind, state""",
        "receiver kind state messages_n tries_n newest_at answered",
    )


def _said() -> Panel:
    return events(
        "What people said",
        "Who works on what, and what did they call it?",
        f"""SELECT said_at, by AS said_by, verb, alert_id AS alert, signal, note, heard_at
FROM v_alert_words WHERE $__timeFilter(said_at) AND {chosen("tenant")} AND {told_of("alert_id")} ORDER BY said_at DESC LIMIT 200""",
        "said_at said_by verb alert signal note heard_at",
        alert=ALERT_LINK,
    )


BOARD = Board(
    "fmwatch-incidents",
    "Alerts and incidents",
    "What is broken, who works on it, and do our alerts deserve to be believed?",
    variables(*NAMES),
    [
        Section(
            "In five seconds",
            [
                [_open(), _fired(), _deliveries()],
                [_false(), _noticed(), _lasted()],
            ],
        ),
        Section(
            "What is open",
            [
                [
                    _table(
                        "Open alerts",
                        "What is broken, for whom, since when, how sure? Pages first.",
                        _OPEN,
                        "severity, began_at DESC",
                    )
                ]
            ],
        ),
        Section(
            "Since when",
            [
                [
                    _per("Fired by severity", "How often are people called?", "severity"),
                    _per("Fired by signal", "Of what are they told?", "signal"),
                ],
                [
                    _table(
                        "Alerts of the time shown",
                        "What happened, and how did it end?",
                        _SEEN,
                        "began_at DESC",
                    )
                ],
                [changes()],
            ],
        ),
        Section("Do they deserve it", [[_by_rule(), _by_month()], [_said()]]),
        Section("Do they arrive", [[_receivers()]]),
    ],
    "now-30d",
)
