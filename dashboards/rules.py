"""Alert rules of Grafana's own: the net for the case that fmwatch itself is dead, silent, or told nothing.

They ask the store and nothing of fmwatch's. What monitors find is not repeated here: that needs statistics.
Only macros of the plugin's back end work in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboards.boards import BOARDS
from dashboards.panel import TABLE, Json, target
from dashboards.sql import QUEUED
from store.labels import SERVED

GROUP = "fmwatch itself"
# Not that of the dashboards: Grafana provisions rules first, and would make another folder of the same title for them.
FOLDER = "fmwatch alerts"
EVERY = "1m"
EXPRESSION = "__expr__"
RUNBOOK = "safety_net"
_HOUR = 3600
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must not stay so.

    Attributes
    ----------
    uid : stays for ever
    sql : rows of labels and one number; no row where there is nothing to say, as in an empty store
    above : the number that is too much
    reach_s : how far back the time goes that macros stand for
    lasts : for how long it must be so, as Grafana spells it
    says : the alert's summary. A dollar sign in it would be taken for a variable of the environment, so the
        number is {{ .Values.A.Value }}
    do : what to do first
    shown : uid of the dashboard and title of the panel that show it
    """

    uid: str
    title: str
    sql: str
    above: float
    reach_s: int
    lasts: str
    severity: Literal["page", "ticket"]
    says: str
    do: str
    shown: tuple[str, str]

    def json(self, source: str, console: str) -> Json:
        """Return it as Grafana's file of rules has it."""
        query = target(self.sql, source, TABLE) | {"intervalMs": 60_000, "maxDataPoints": 1000}
        return {
            "uid": self.uid,
            "title": self.title,
            "condition": "B",
            "data": [
                self._asked("A", source, query),
                self._asked("B", EXPRESSION, self._threshold()),
            ],
            "dashboardUid": self.shown[0],
            "panelId": self._panel(),
            # No row is the answer of a store that has nothing yet; one that does not answer is an error.
            "noDataState": "OK",
            "execErrState": "Error",
            "for": self.lasts,
            "keepFiringFor": "5m",
            "labels": {"severity": self.severity, "source": "fmwatch-net"},
            "annotations": {
                "summary": self.says,
                "description": self.do,
                "runbook_url": f"{console}/runbooks/{RUNBOOK}",
            },
            "isPaused": False,
        }

    def _asked(self, ref: str, source: str, model: Json) -> Json:
        reach = {"from": self.reach_s, "to": 0}
        return {"refId": ref, "relativeTimeRange": reach, "datasourceUid": source, "model": model}

    def _panel(self) -> int:
        uid, title = self.shown
        return next(board.number(title) for board in BOARDS if board.uid == uid)

    def _threshold(self) -> Json:
        return {
            "refId": "B",
            "type": "threshold",
            "expression": "A",
            "datasource": {"type": EXPRESSION, "uid": EXPRESSION},
            "conditions": [{"type": "query", "evaluator": {"type": "gt", "params": [self.above]}}],
        }


# Calls that compare models are no traffic: sums leave them out, and they come for as long as somebody compares.
_LATELY = f"occurred_at >= $__toTime - INTERVAL 6 HOUR AND occurred_at <= $__toTime AND {SERVED}"

# Idle since the newest call, as calls or sums know it, and either much longer than ever in two weeks, or at a time that
# is busy as a rule. That is the span since the newest call, less what may be late, as it was days before: with ten
# minutes that had calls, an hour earlier and later too, for clocks are set forward and back twice a year.
_STALE = f"""SELECT toFloat64(idle / 3600) AS hours
FROM (
    SELECT arraySort(groupArray(toUnixTimestamp(minute))) AS called,
        toUnixTimestamp($__toTime) AS now,
        (SELECT toUnixTimestamp(max(toDateTime(occurred_at))) FROM v_calls WHERE {_LATELY}) AS stored,
        greatest(stored, arrayMax(called)) AS newest,
        now - newest AS idle,
        arrayMax(arrayFilter((gap, x) -> x >= toUnixTimestamp($__fromTime), arrayDifference(called), called)) AS longest,
        now - greatest(1200, least(4800, idle / 3)) AS due,
        arrayMap(ago -> arrayAll(off -> arrayCount(
            x -> x > newest - ago * {_DAY} + off AND x <= due - ago * {_DAY} + off, called
        ) >= 10, [-{_HOUR}, 0, {_HOUR}]), [1, 2, 3, 4, 5, 6, 7, 14, 21, 28]) AS busy,
        arrayCount(week -> called[1] <= newest - 7 * {_DAY} * week - {_HOUR}, [1, 2, 3, 4]) AS weeks
    FROM (
        SELECT DISTINCT minute FROM v_fleet_minute
        WHERE minute >= $__toTime - INTERVAL 35 DAY AND minute <= $__toTime
    )
)
WHERE newest > {_DAY} AND (
    idle > 1.5 * greatest(900, longest)
    -- Three of four weeks, for one may have had a holiday. Of one week alone, six of its days.
    OR weeks > 0 AND arraySum(arraySlice(busy, 7)) >= least(3, weeks)
        AND (weeks > 1 OR arraySum(arraySlice(busy, 1, 7)) >= 6)
)"""

_UNWATCHED = f"""SELECT toFloat64(dateDiff('second', summed, called)) AS behind_s
FROM (
    SELECT max(toDateTime(occurred_at)) AS called,
        (SELECT max(minute) FROM v_fleet_minute WHERE $__timeFilter(minute)) AS summed
    FROM v_calls
    -- Calls of the last minutes are not due yet.
    WHERE $__timeFilter(occurred_at) AND occurred_at <= $__toTime - INTERVAL 10 MINUTE AND {SERVED}
    HAVING count() > 0
)"""

# Where they never said anything, they have had since the first sum to do so.
_STANDSTILL = f"""SELECT toFloat64(dateDiff('hour', told, $__toTime)) AS hours
FROM (
    SELECT if(count() > 0, max(updated_at), (SELECT min(hour) FROM v_fleet_hour WHERE $__timeFilter(hour))) AS told
    FROM v_series_state
)
WHERE told > toDateTime({_DAY}) AND (SELECT count() FROM v_calls WHERE {_LATELY}) > 0"""

_UNHEARD = """SELECT tenant, toFloat64(count()) AS findings
FROM v_signals
WHERE $__timeFilter(at) AND at <= $__toTime - INTERVAL 30 MINUTE AND state = 'raised'
    AND id NOT IN (
        SELECT arrayJoin(JSONExtract(body, 'signals', 'Array(String)')) FROM v_alerts
        WHERE updated_at >= $__fromTime
    )
    -- A kind of finding that never made an alert is one that rules have turned off, unless none ever did.
    AND (signal IN (SELECT signal FROM v_alerts) OR (SELECT count() FROM v_alerts) = 0)
GROUP BY tenant"""

# One that waits is tried again every ten minutes at least, so its row is always young; what a mute holds may wait.
# A refusal is of the past once the receiver has taken something after it.
_UNTOLD = f"""SELECT receiver, toFloat64(max(dateDiff('minute', queued, $__toTime))) AS minutes
FROM (
    SELECT receiver, alert_id, kind, state, updated_at, {QUEUED} AS queued,
        maxIf(updated_at, state = 'sent') OVER (PARTITION BY receiver) AS arrived
    FROM v_deliveries WHERE updated_at <= $__toTime AND (state = 'waiting' OR updated_at >= $__fromTime)
)
WHERE (state = 'waiting' OR (state = 'failed' AND updated_at >= arrived))
    AND NOT (
        state = 'waiting' AND kind IN ('fire', 'renotify', 'change')
        AND alert_id IN (SELECT id FROM v_alerts WHERE JSONExtractString(body, 'muted') != '')
    )
GROUP BY receiver"""

_MISSING = """SELECT tenant, toFloat64(sum(c.missing) / sum(c.accepted)) AS missing_share
FROM v_completeness AS c
WHERE $__timeFilter(minute) AND minute <= $__toTime - INTERVAL 15 MINUTE
GROUP BY tenant HAVING sum(c.accepted) >= 100"""

# The dearest of the two weeks before, each as long as a day and ending at this hour of the day. Of sums: a dead
# watcher says nothing here, single calls of a day would be too many to read every minute.
_SPEND = """SELECT tenant, today / dearest AS times_the_dearest_day
FROM (
    SELECT tenant, sumIf(usd, ago = 0) AS today, maxIf(usd, ago > 0) AS dearest, countIf(ago > 0 AND usd > 0) AS days
    FROM (
        SELECT tenant, intDiv(dateDiff('hour', hour, $__toTime), 24) AS ago, sum(v.spend_usd) AS usd
        FROM v_fleet_hour AS v WHERE $__timeFilter(hour) GROUP BY tenant, ago
    )
    GROUP BY tenant
)
WHERE days >= 7 AND isNotNull(today)"""

RULES = (
    Rule(
        "fmwatch-stale",
        "No calls come in",
        _STALE,
        0,
        15 * _DAY,  # two weekends, for on one of them people may have worked
        "5m",
        "page",
        "No call came in for {{ printf `%.1f` .Values.A.Value }} hours: far longer than ever in two weeks, or when they "
        "usually do.",
        "See whether applications call at all; if so: gateway, broker, score workers, in this order.",
        ("fmwatch-pipeline", "Newest call"),
    ),
    Rule(
        "fmwatch-watcher",
        "Nobody sums up and watches",
        _UNWATCHED,
        900,
        6 * _HOUR,
        "5m",
        "page",
        "Calls are stored that nobody has summed up: the sums are {{ printf `%.0f` .Values.A.Value }} s behind.",
        "Look at `fmwatch worker watch` (or `fmwatch up`): does it run, does one of them lead? `fmwatch doctor`.",
        ("fmwatch-pipeline", "How fresh it is"),
    ),
    Rule(
        "fmwatch-monitors",
        "Monitors say nothing of themselves",
        _STANDSTILL,
        26,
        2 * _DAY,
        "30m",
        "page",
        "Monitors say once a day how far they have come, and have not for {{ printf `%.0f` .Values.A.Value }} hours.",
        "The watcher runs and sums up, and does not watch: read its log, start it again.",
        ("fmwatch-drift", "What is watched"),
    ),
    Rule(
        "fmwatch-alerter",
        "Findings without an alert",
        _UNHEARD,
        0,
        _DAY,
        "10m",
        "ticket",
        "{{ printf `%.0f` .Values.A.Value }} findings of {{ .Labels.tenant }} are older than half an hour and in no alert.",
        "Rules keep them quiet (`fmwatch rules check` says which), or the alerter is silent: read the watcher's log.",
        ("fmwatch-drift", "Findings by signal"),
    ),
    Rule(
        "fmwatch-undelivered",
        "Notifications do not arrive",
        _UNTOLD,
        15,
        _DAY,
        "5m",
        "page",
        "A notification to {{ .Labels.receiver }} waits or was refused, for {{ printf `%.0f` .Values.A.Value }} minutes.",
        "`fmwatch rules test-fire` tries the receivers; what they answer stands on the dashboard.",
        ("fmwatch-incidents", "Notifications by receiver"),
    ),
    Rule(
        "fmwatch-missing",
        "Calls get lost",
        _MISSING,
        0.01,
        2 * _HOUR,
        "10m",
        "page",
        "{{ printf `%.3f` .Values.A.Value }} of the calls of {{ .Labels.tenant }} that gateways took in are not in the store.",
        "Look at dead letters and score workers; `fmwatch doctor` says who scores and how much waits.",
        ("fmwatch-pipeline", "What arrived"),
    ),
    Rule(
        "fmwatch-spend",
        "A day far dearer than any of two weeks",
        _SPEND,
        2,
        15 * _DAY,
        "10m",
        "ticket",
        "{{ .Labels.tenant }} spent {{ printf `%.1f` .Values.A.Value }} times the dearest day of two weeks within 24 hours.",
        "See who spends, and on what. Against a stated budget, fmwatch's own alerts speak earlier.",
        ("fmwatch-spend", "Who spends"),
    ),
)


def json(source: str, console: str) -> Json:
    """Return the file of rules."""
    rules = [rule.json(source, console) for rule in RULES]
    return {
        "apiVersion": 1,
        "groups": [{"orgId": 1, "name": GROUP, "folder": FOLDER, "interval": EVERY, "rules": rules}],
    }
