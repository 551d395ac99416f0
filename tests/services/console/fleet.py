"""A fleet in the middle of trouble, with believable numbers and without a store."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from services.console.records import (
    Alert,
    Change,
    Ending,
    Judging,
    Known,
    Pipeline,
    Spent,
    SpentHour,
    Watching,
    Window,
)
from services.console.sums import Hour, Key, Leaf, Sums, total
from services.deadlines.deadline import Deadline
from services.digest.waiting import Day, Named
from services.label.agreement import Agreement
from services.wording.advice import Advice
from services.wording.examples import Call
from tests.services.console.made import (
    ADVICE,
    BAD_ANSWER,
    CALLS,
    DAYS,
    DEADLINES,
    DRIFT,
    HABITS,
    HOUR,
    NOW,
    OUTAGE,
    OVER,
    PIPELINE,
    PROMPT_CHANGE,
    RETIRING,
    TOXIC,
    WATCHING,
    Habit,
    minutes_ago,
)

STEADY = tuple(Day(100, 0, usd) for usd in (10.0, 9.0, 11.0, 10.0, 10.0, 9.0, 11.0) * 2)


def bucket(latency_ms: float) -> int:
    """Return the histogram bucket of a latency."""
    return math.floor(math.log(latency_ms) / math.log(1.04))


def hour_of(habit: Habit, at: datetime, alerts: Sequence[Alert]) -> Sums:
    """Return one hour of a route, in trouble where an alert says so."""
    dice = random.Random(f"{habit.key}{at}")  # noqa: S311 -- a fixture, not a secret
    rhythm = 1 + 0.7 * math.sin((at.hour - 8) / 24 * 2 * math.pi)
    n = round(habit.per_day / 24 * rhythm * dice.uniform(0.85, 1.15))
    moved = {
        alert.signal: alert.observed or 0.0
        for alert in alerts
        if at >= alert.began_at - HOUR / 2 and habit.key.route in alert.routes and alert.state != "resolved"
    }

    def some(share: float) -> int:
        return sum(dice.random() < share for _ in range(n))

    errors = some(moved.get("error", habit.error))
    latency: dict[int, int] = {}
    for _ in range(n - errors):
        slow = bucket(habit.latency_ms * math.exp(dice.gauss(0, 0.35)))
        latency[slow] = latency.get(slow, 0) + 1
    judged = n - errors if habit.hallucination is not None else 0
    return Sums(
        n=n,
        errors=errors,
        refusal_n=n - errors,
        refused=some(habit.refusal),
        hallucination_n=judged,
        unsupported=min(judged, some(moved.get("hallucination", habit.hallucination or 0))) if judged else 0,
        toxicity_prompt_n=n,
        toxic_prompts=some(moved.get("toxicity", habit.toxicity)),
        toxicity_response_n=n - errors,
        toxic_responses=some(habit.toxicity / 4),
        privacy_n=n,
        privacy_found=some(0.001),
        usage_n=n - errors,
        input_tokens=n * habit.tokens,
        output_tokens=n * habit.tokens // 6,
        priced_n=n - errors,
        cost_usd=(n - errors) * habit.usd_per_call,
        latency_histogram=latency,
    )


@dataclass(slots=True)
class Fleet:
    """A source of made-up values; anything of it can be replaced."""

    habits: Sequence[Habit] = HABITS
    alerts_: Sequence[Alert] = (BAD_ANSWER, OUTAGE, RETIRING, TOXIC, DRIFT, OVER)
    changes_: Sequence[Change] = (replace(PROMPT_CHANGE, at=minutes_ago(27 * 60 + 13)),)
    advice_: Sequence[Advice] = ADVICE
    calls_: Sequence[Call] = CALLS
    watching_: Sequence[Watching] = WATCHING
    deadlines_: Sequence[Deadline] = DEADLINES
    pipeline_: Pipeline = PIPELINE

    def of(self, tenant: str) -> Self:
        if tenant == "*":
            return self
        return replace(
            self,
            habits=[each for each in self.habits if each.key.tenant == tenant],
            alerts_=[each for each in self.alerts_ if each.series.tenant == tenant],
            changes_=[each for each in self.changes_ if each.tenant == tenant],
            advice_=[each for each in self.advice_ if each.tenant == tenant],
            calls_=[each for each in self.calls_ if each.tenant == tenant],
            deadlines_=[each for each in self.deadlines_ if each.tenant == tenant],
            pipeline_=replace(
                self.pipeline_, passed=[each for each in self.pipeline_.passed if each.tenant == tenant]
            ),
        )

    def leaves(self, now: datetime) -> Sequence[Leaf]:
        return [self._leaf(habit, now) for habit in self.habits]

    def hours(self, alerts: Sequence[Alert], windows: Sequence[Window]) -> Sequence[Sequence[Hour]]:
        return [self._hours(alert, *window) for alert, window in zip(alerts, windows, strict=True)]

    def answered(self, alert: Alert, window: Window, hours: Sequence[Hour]) -> Sequence[Hour]:
        del alert, window
        return hours

    def known(self, key: Key, now: datetime) -> Known | None:
        mine = self._mine(key)
        if not mine:
            return None
        first = now - timedelta(days=max(habit.days_known for habit in mine))
        return Known(tuple(dict.fromkeys(habit.key.team for habit in mine)), first, now)

    def series(self, key: Key, windows: Sequence[Window]) -> Sequence[Sequence[Hour]]:
        mine = self._mine(key)
        return [
            [Hour(at, total(hour_of(habit, at, self.alerts_) for habit in mine)) for at in _hours(*window)]
            for window in windows
        ]

    def watching(self, key: Key) -> Sequence[Watching]:  # noqa: ARG002 -- all are the same here
        return self.watching_

    def deadline(self, key: Key) -> Deadline | None:
        return next((each for each in self.deadlines_ if each.model == key.model), None)

    def spent(
        self, before: datetime, begins: datetime, ends: datetime
    ) -> tuple[Sequence[Spent], Sequence[Spent]]:
        return self._spent(begins, ends), self._spent(before, begins)

    def _spent(self, since: datetime, until: datetime) -> Sequence[Spent]:
        begun = max(since, NOW - timedelta(days=DAYS))
        days = max(0.0, (min(until, NOW) - begun) / timedelta(days=1))
        return [
            Spent(*_names(each.key), begun, n, n - 3, 3, (n - 3) * each.usd_per_call)
            for each in self.habits
            if (n := round(each.per_day * days))
        ]

    def spent_hours(self, teams: Collection[str], since: datetime, until: datetime) -> Sequence[SpentHour]:
        return [
            SpentHour(each.key.tenant, each.key.team, at, each.per_day / 24 * each.usd_per_call)
            for each in self.habits
            if each.key.team in teams
            for at in _hours(since, until)
            if at >= NOW - timedelta(days=DAYS)
        ]

    def pipeline(self, window: Window, due: datetime, now: datetime) -> Pipeline:
        del window, due, now
        return self.pipeline_

    def _mine(self, key: Key) -> list[Habit]:
        return [habit for habit in self.habits if replace(habit.key, team="") == replace(key, team="")]

    def _hours(self, alert: Alert, since: datetime, until: datetime) -> Sequence[Hour]:
        series = alert.series
        mine = [
            habit
            for habit in self.habits
            if series.route in {"", habit.key.route}
            and (not alert.routes or habit.key.route in alert.routes)
            and series.platform in {"", habit.key.platform}
            and series.model in {"", habit.key.model}
        ]
        return [
            Hour(at, total(hour_of(habit, at, self.alerts_) for habit in mine))
            for at in _hours(since, until + HOUR)
        ]

    def alerts(self, since: datetime) -> Sequence[Alert]:
        return [alert for alert in self.alerts_ if (alert.resolved_at or NOW) >= since]

    def alert(self, alert_id: str) -> Alert | None:
        return next((alert for alert in self.alerts_ if alert.id == alert_id), None)

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [change for change in self.changes_ if since <= change.at <= until]

    def advice(self, now: datetime) -> Sequence[Advice]:  # noqa: ARG002 -- nothing expires here
        return self.advice_

    def calls(self, alerts: Sequence[Alert]) -> Sequence[Sequence[Call]]:
        return [[call for call in self.calls_ if call.event_id in alert.examples] for alert in alerts]

    def past_days(
        self,
        routes: Collection[str],
        now: datetime,  # noqa: ARG002 -- all days alike
    ) -> Mapping[Named, Sequence[Day]]:
        keys = [each.key for each in self.habits if each.key.route in routes]
        return {(key.tenant, key.route, key.platform, key.model): STEADY for key in keys}

    def endings(self) -> Sequence[Ending]:
        return [Ending("acme", "openai", "o3", "announced", date(2026, 12, 7), 0.02)]

    def judged(self, since: datetime) -> Sequence[Judging]:  # noqa: ARG002 -- none is old here
        route = self.habits[0].key.route if self.habits else "support/answer"
        return [Judging("acme", route, "openai", "gpt-5.4-mini", 200, 61, 2, Agreement(24, 21, 0.71))]

    def summed_until(self) -> datetime | None:
        return None

    def newest(self, now: datetime) -> datetime | None:
        return now if self.habits else None

    def unusable(self, now: datetime) -> int:
        del now
        return 11

    def _leaf(self, habit: Habit, now: datetime) -> Leaf:
        hours = [hour_of(habit, now - HOUR * back, self.alerts_) for back in range(23, -1, -1)]
        first = now - timedelta(days=habit.days_known)
        return Leaf(habit.key, first, now, total(hours), tuple(sums.n for sums in hours))


def _hours(since: datetime, until: datetime) -> list[datetime]:
    first = since.replace(minute=0, second=0, microsecond=0)
    return [first + HOUR * place for place in range(-(-(until - first) // HOUR))]


def _names(key: Key) -> tuple[str, str, str, str, str]:
    return key.tenant, key.team, key.route, key.platform, key.model


HOSTILE = (
    '</script><script>window.harmed = 1</script><img src=x onerror="window.harmed = 1">'
    "{{ 7 * 7 }}${7*7}' onfocus='window.harmed = 1' autofocus=' \u202etxet\u2028\x00 javascript:alert(1) "
    + "w"
    * 300
)


def hostile() -> Fleet:
    """Return the same fleet with hostile text in every place that text can come from."""
    return Fleet(
        habits=[replace(each, key=Key("acme", HOSTILE, HOSTILE, HOSTILE, HOSTILE)) for each in HABITS[:2]],
        alerts_=[_hostile_alert(alert) for alert in (BAD_ANSWER, OUTAGE, RETIRING, TOXIC, DRIFT, OVER)],
        changes_=[_hostile_change(change) for change in Fleet().changes_],
        advice_=[replace(ADVICE[0], route=HOSTILE, platform=HOSTILE, incumbent=HOSTILE, candidate=HOSTILE)],
        calls_=[
            replace(
                call,
                route=HOSTILE,
                model=HOSTILE,
                served_model=HOSTILE,
                prompt=HOSTILE,
                response=HOSTILE,
                context=(HOSTILE,),
                error_type=HOSTILE,
            )
            for call in CALLS
        ],
    )


def _hostile_alert(alert: Alert) -> Alert:
    series = replace(
        alert.series,
        platform=HOSTILE if alert.series.platform else "",
        route=HOSTILE if alert.series.route else "",
        model=HOSTILE if alert.series.model else "",
    )
    return replace(
        alert,
        series=series,
        title=HOSTILE,
        team=HOSTILE,
        owner=HOSTILE,
        routes=(HOSTILE, HOSTILE + "2"),
        note=HOSTILE,
        rule=HOSTILE,
        monitor=HOSTILE,
        unit=alert.unit,
        acknowledged_by=HOSTILE,
        facts={HOSTILE: HOSTILE},
        nearest_change=_hostile_change(alert.nearest_change) if alert.nearest_change else None,
    )


def _hostile_change(change: Change) -> Change:
    return replace(change, route=HOSTILE, from_=HOSTILE, to=HOSTILE, note=HOSTILE, by=HOSTILE)
