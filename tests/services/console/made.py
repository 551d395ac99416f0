"""Made-up values that a console shows: routes and models, alerts, changes, advice and calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.console.records import (
    Alert,
    Change,
    Judged,
    Letters,
    Passed,
    Pipeline,
    Series,
    Undelivered,
    Watching,
)
from services.console.sums import Key
from services.deadlines.deadline import About, Deadline
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
STOPPED = replace(
    BAD_ANSWER,
    id="a7b6c5d4e3f2a133",
    rule="silence",
    signal="silence",
    title="support/answer has stopped",
    began_at=NOW.replace(minute=0) - 5 * HOUR,
    began_low=NOW.replace(minute=0) - 6 * HOUR,
    began_high=NOW.replace(minute=0) - 5 * HOUR,
    detected_at=NOW.replace(minute=0) - 4 * HOUR,
    observed=0.0,
    reference=300.0,
    low=0.0,
    high=6.0,
    unit="calls/h",
    nearest_change=None,
    examples=(),
    facts={"what": "calls"},
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
