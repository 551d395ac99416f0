"""A fleet in the middle of trouble, with believable numbers and without a store."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self

from services.console.records import (
    Alert,
    Change,
    Coverage,
    Ending,
    Judged,
    Judging,
    Known,
    Letters,
    Passed,
    Pipeline,
    Series,
    Spent,
    SpentHour,
    Undelivered,
    Watching,
    Window,
)
from services.console.sums import Hour, Key, Leaf, Sums, total
from services.deadlines.deadline import About, Deadline
from services.label.agreement import Agreement
from services.wording.advice import Advice
from services.wording.examples import Call

NOW = datetime(2026, 11, 19, 3, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 20


@dataclass(frozen=True, slots=True)
class Habit:
    """How a route usually behaves."""

    key: Key
    per_day: int
    hallucination: float | None
    toxicity: float
    refusal: float
    error: float
    latency_ms: float
    tokens: int
    usd_per_call: float
    days_known: int = 28


def habit(route: str, model: str, per_day: int, latency_ms: float, tokens: int, usd: float) -> Habit:  # noqa: PLR0917 -- a table, read by column
    """Return a usual route; the model is written platform/model."""
    platform, name = model.split("/")
    team = route.split("/", maxsplit=1)[0]
    rag = 0.027 if route in {"support/answer", "legal/draft", "search/rank"} else None
    key = Key("acme", team, route, platform, name)
    return Habit(key, per_day, rag, 0.005, 0.012, 0.003, latency_ms, tokens, usd)


HABITS = (
    habit("support/answer", "azure/gpt-4o", 1400, 1400, 2100, 0.0089),
    habit("support/triage", "azure/gpt-4o-mini", 3100, 520, 640, 0.00021),
    habit("search/rank", "openai/gpt-4.1", 950, 900, 1800, 0.0046),
    habit("search/rewrite", "openai/gpt-4.1-nano", 4200, 310, 210, 0.00003),
    habit("search/chat", "google/gemini-2.5-flash", 700, 1100, 1500, 0.0011),
    habit("legal/draft", "anthropic/claude-sonnet-4-5", 260, 6200, 5200, 0.041),
    replace(habit("legal/redline", "bedrock/claude-3-5-haiku", 180, 2400, 3100, 0.0051), days_known=2),
    habit("support/summary", "openai/o3", 240, 8100, 3900, 0.034),
)


def minutes_ago(minutes: float) -> datetime:
    """Return a time before now."""
    return NOW - timedelta(minutes=minutes)


PROMPT_CHANGE = Change(
    minutes_ago(133), "prompt", "acme", "support/answer", "", "", "v13", "v14", "answer template", "ana"
)

BAD_ANSWER = Alert(
    id="a1f0c2d3e4b5a697",
    rule="hallucination",
    signal="hallucination",
    severity="page",
    state="firing",
    series=Series("route", "acme", route="support/answer"),
    title="support/answer: 8.1 % of answers say what their context does not, usually 2.7 %",
    began_at=minutes_ago(26 * 60 + 48),
    began_low=minutes_ago(27 * 60 + 53),
    began_high=minutes_ago(26 * 60 + 3),
    detected_at=minutes_ago(20 * 60 + 39),
    team="support",
    owner="support-oncall",
    routes=("support/answer",),
    share_of_traffic=0.13,
    fired_at=minutes_ago(20 * 60 + 38),
    observed=0.081,
    reference=0.027,
    low=0.072,
    high=0.091,
    unit="ratio",
    n=1512,
    monitor="rate 1",
    nearest_change=replace(PROMPT_CHANGE, at=minutes_ago(27 * 60 + 13)),
    note="Answers in German carry 71 % of the rise. "
    "Questions have moved away from the usual ones on support/answer since 18 Nov 00:10 UTC.",
    examples=("e1", "e2", "e3"),
)
OUTAGE = replace(
    BAD_ANSWER,
    id="b2e1d3c4f5a6b788",
    rule="error",
    signal="error",
    series=Series("platform", "acme", "google"),
    title="google: 22 % of calls fail, usually 0.3 %",
    began_at=minutes_ago(5 * 60 + 20),
    began_low=minutes_ago(5 * 60 + 22),
    began_high=minutes_ago(5 * 60 + 20),
    detected_at=minutes_ago(5 * 60 + 8),
    fired_at=minutes_ago(5 * 60 + 7),
    team="search",
    owner="search-oncall",
    routes=("search/chat",),
    share_of_traffic=0.06,
    observed=0.22,
    reference=0.003,
    low=0.17,
    high=0.28,
    n=214,
    nearest_change=None,
    note="",
    examples=("e4",),
)
RETIRING = replace(
    BAD_ANSWER,
    id="c3d2e4f5a6b7c899",
    rule="lifecycle",
    signal="lifecycle",
    severity="ticket",
    series=Series("platform_model", "acme", "openai", "", "o3"),
    title="o3 on openai retires in 18 days; support/summary still on it",
    began_at=minutes_ago(6 * 1440),
    began_low=minutes_ago(6 * 1440),
    began_high=minutes_ago(6 * 1440),
    detected_at=minutes_ago(6 * 1440 - 1),
    fired_at=minutes_ago(6 * 1440 - 2),
    routes=("support/summary",),
    share_of_traffic=0.02,
    observed=18.0,
    reference=None,
    low=None,
    high=None,
    unit="days",
    n=1440,
    cause="retiring",
    nearest_change=None,
    recommendation_id="r1",
    note="The provider names gpt-5.4-mini as the replacement.",
    examples=(),
    facts={"retires_at": "2026-12-07", "source": "openai deprecations page"},
)
TOXIC = replace(
    BAD_ANSWER,
    id="d4c3f5a6b7c8d900",
    rule="toxicity",
    signal="toxicity",
    severity="page",
    state="acknowledged",
    acknowledged_by="ben",
    series=Series("route", "acme", route="search/chat"),
    title="search/chat: 5.5 % of texts are toxic, usually 0.5 %",
    began_at=minutes_ago(31 * 60),
    began_low=minutes_ago(33 * 60),
    began_high=minutes_ago(30 * 60),
    detected_at=minutes_ago(14 * 60),
    fired_at=minutes_ago(14 * 60 - 1),
    team="search",
    owner="search-oncall",
    routes=("search/chat",),
    share_of_traffic=0.06,
    observed=0.055,
    reference=0.005,
    low=0.041,
    high=0.072,
    n=640,
    nearest_change=None,
    note="",
    examples=("e5",),
)
DRIFT = replace(
    BAD_ANSWER,
    id="e5d4a6b7c8d9e011",
    signal="prompt_drift",
    severity="info",
    parent=BAD_ANSWER.id,
    title="Questions have moved away from the usual ones on support/answer",
)
OVER = replace(
    OUTAGE,
    id="f6e5b7c8d9e0f122",
    state="resolved",
    severity="ticket",
    signal="spend",
    title="Spend per call is 2.0x its usual on search/rank",
    began_at=minutes_ago(5 * 1440),
    resolved_at=minutes_ago(3 * 1440),
)
ADVICE = (
    Advice(
        "r1",
        "acme",
        "support/summary",
        "openai",
        "o3",
        "recommend",
        "openai/gpt-5.4-mini",
        ("retiring",),
        -0.61,
        "price_list",
        evidence="price_list",
    ),
    Advice(
        "r2",
        "acme",
        "search/rank",
        "openai",
        "gpt-4.1",
        "abstain",
        text="not enough evidence: 0 labels of 400",
    ),
)

CALLS: tuple[Call, ...] = (
    Call(
        "e1",
        "acme",
        minutes_ago(61),
        "support/answer",
        "gpt-4o",
        "gpt-4o-2024-11-20",
        "Wie lange kann ich die Bestellung kostenlos zurückgeben? Meine Adresse ist ana@example.org",
        "Sie können die Ware innerhalb von 90 Tagen kostenlos zurückgeben. Auch die Montage wird erstattet.",
        ("Returns are free within 30 days of delivery. Assembly is not refunded.",),
        "",
        1380.0,
        0.0091,
        {"hallucination": "unsupported"},
    ),
    Call(
        "e2",
        "acme",
        minutes_ago(95),
        "support/answer",
        "gpt-4o",
        "gpt-4o-2024-11-20",
        "Is the lamp suitable for a bathroom?",
        "Yes, it is rated IP67 and comes with a ten year guarantee.",
        ("The lamp is rated IP44. The guarantee is two years.",),
        "",
        1210.0,
        0.0084,
        {"hallucination": "unsupported"},
    ),
    Call(
        "e4",
        "acme",
        minutes_ago(200),
        "search/chat",
        "gemini-2.5-flash",
        prompt="opening hours in Leeds",
        error_type="503 overloaded",
    ),
    Call(
        "e5",
        "acme",
        minutes_ago(500),
        "search/chat",
        "gemini-2.5-flash",
        prompt="you useless pile of rusty spanners",
        response="I am sorry that this did not help.",
        latency_ms=900.0,
        cost_usd=0.001,
        labels={"toxicity_prompt": "toxic"},
    ),
)


PIPELINE = Pipeline(
    passed=(
        Passed("acme", "search", 6010, 12, {"lost_queue_full": 12}, 5998, 3, 5890, 5800, 108, 100),
        Passed("acme", "support", 4790, accepted=4790, stored=4790, scored=4785),
        Passed("acme", "legal", accepted=440, stored=440, scored=440),
    ),
    letters=(
        Letters("wrong_type", "", 3, minutes_ago(70)),
        Letters("missing_field", "stored", 172, minutes_ago(900)),
    ),
    judged=(
        Judged("refusal", "", 11_000, 11_000, 10_950, 0),
        Judged("hallucination", "", 11_000, 11_000, 2610, 0),
        Judged("judge", "2", 11_000, 1100, 1060, 7400),
    ),
    undelivered=(Undelivered("pager", 2, 0, "503 from events.pagerduty.com"),),
    newest=minutes_ago(1),
    watched_until=minutes_ago(21),
    heartbeat=minutes_ago(2),
)
WATCHING = (
    Watching("error", "watched", "fully"),
    Watching("hallucination", "learning", "gross", ready_at=NOW + timedelta(days=9)),
    Watching("ttft", "no_data", "not"),
)
DEADLINES = (
    Deadline(
        "acme",
        "openai",
        "o3",
        "announced",
        (NOW + timedelta(days=18)).date(),
        0,
        NOW,
        NOW,
        About(source="openai deprecations page"),
    ),
)


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
        days = max(0.0, (min(until, NOW) - max(since, NOW - timedelta(days=DAYS))) / timedelta(days=1))
        return [
            Spent(*_names(each.key), n, n - 3, 3, (n - 3) * each.usd_per_call)
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

    def endings(self) -> Sequence[Ending]:
        return [Ending("acme", "openai", "o3", "announced", date(2026, 12, 7), 0.02)]

    def judged(self, since: datetime) -> Sequence[Judging]:  # noqa: ARG002 -- none is old here
        route = self.habits[0].key.route if self.habits else "support/answer"
        return [Judging("acme", route, "openai", "gpt-5.4-mini", 200, 61, 2, Agreement(24, 21, 0.71))]

    def coverage(self, now: datetime) -> Coverage:
        del now
        return Coverage(119_214, 175)

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
