from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from fmwatch.event import Usage

from detectors.prices import PriceBook
from services.advisor.advisor import Advisor, as_row
from services.advisor.catalogue import Catalogue
from services.advisor.constraints import RouteRules
from services.advisor.read_usage import from_rows, read_usage
from services.advisor.usage import RouteUsage
from store.database import Database
from store.writer import Writer

from .conftest import TODAY, usage

USED = [
    usage("openai/gpt-5-mini"),
    usage("mistral/mistral-medium-2508", "b/two"),
    usage("anthropic/claude-opus-4-1-20250805", "c/three"),
    usage("openai/gpt-4o", "d/four"),
]


def test_ranked_and_once(catalogue: Catalogue, prices: PriceBook) -> None:
    """Each outdated model on a route has one recommendation, the most urgent first."""
    advisor = Advisor(lambda _: [*USED, USED[0]], catalogue, prices)
    advice = advisor.advise(TODAY)
    assert [a.usage.route for a in advice] == ["c/three", "b/two", "support/answer", "d/four"]
    assert list(advice[-1].causes) == ["superseded"]


def test_rules_of_the_route(catalogue: Catalogue, prices: PriceBook) -> None:
    """Owner and own candidates come from the route's rules."""
    own = RouteRules(candidates=("openai/gpt-5.4-mini",), owner="support-oncall")
    advisor = Advisor(lambda _: USED[:1], catalogue, prices, lambda _: own)
    advice = advisor.advise(TODAY)[0]
    assert (
        advice.usage.owners,
        advice.candidate and advice.candidate.name,
    ) == (("support-oncall",), "openai/gpt-5.4-mini")


def test_lifecycle_looks_back(catalogue: Catalogue, prices: PriceBook) -> None:
    """A day's signals rest on what was used before it began, so a replay says the same."""
    asked: list[date] = []

    def read(day: date) -> list[RouteUsage]:
        asked.append(day)
        return USED[:1]

    assert len(Advisor(read, catalogue, prices).lifecycle(TODAY)) == 1
    assert asked == [date(2026, 8, 20)]


def test_stored(catalogue: Catalogue, prices: PriceBook, database: Database) -> None:
    """Advice fits the table it is kept in."""
    advice = Advisor(lambda _: USED, catalogue, prices).advise(TODAY)
    made_at = datetime(2026, 8, 21, 12, tzinfo=UTC)
    assert Writer(database).advice([as_row(item, made_at) for item in advice]) == []
    stored = database.query("SELECT candidate, state FROM advice FINAL ORDER BY route")
    assert stored["candidate"][0] == "mistral/mistral-medium-2604"


def test_moved() -> None:
    """A model's share of its route before and now says how much of it has moved."""
    row = {
        "tenant": "default",
        "route": "r",
        "platform": "openai",
        "team": "t",
        "served": "",
        "tier": "standard",
        "counted_n": 1,
        "input": 1,
        "output": 1,
        "cache_read": 0,
        "cache_write_5m": 0,
        "cache_write_1h": 0,
        "reasoning": 0,
        "cost_pusd": 5 * 10**12,
        "unpriced_n": 0,
        "latency_p95_ms": float("nan"),
        "longest_input_tokens": 1,
        "grounded_n": 0,
        "tools": 0,
        "images": 0,
        "last_us": 0,
    }
    old = row | {"model": "a", "n": 100, "compared_n": 0, "n_before": 80, "n_now": 5}
    new = row | {"model": "b", "n": 20, "compared_n": 2, "n_before": 0, "n_now": 15, "unpriced_n": 1}
    first, second = from_rows([old, new], 14.0)
    assert (first.moved, second.moved) == (0.75, 0.0)
    assert (first.share, second.share) == (100 / 118, 18 / 118)  # what we asked ourselves is no traffic
    assert (first.spend_usd, second.spend_usd, first.latency_p95_ms) == (5.0, None, None)


def test_read(database: Database) -> None:
    """Usage is summed up by route and model from the store."""
    at = datetime(2026, 8, 20, 12, tzinfo=UTC)
    n = 40
    columns: dict[str, list[object]] = {
        "tenant": ["default"] * n,
        "occurred_at": [at - timedelta(hours=6 * i) for i in range(n)],
        "route": ["support/answer"] * n,
        "team": ["support"] * n,
        "request_model": ["gpt-4o"] * n,
        "response_model": ["gpt-4o-2024-08-06"] * n,
        "event_id": [str(i) for i in range(n)],
        "platform": ["openai"] * n,
        "service_tier": ["standard"] * n,
        "usage_input": [1_000] * n,
        "usage_output": [100] * n,
        "tool_calls": ["[]"] * n,
        "cost_pusd": [10**9] * n,
        "cost_status": ["priced"] * n,
        "latency_ms": [250.0] * n,
    }
    database.insert("generations", columns)
    found = read_usage(database, TODAY)
    assert len(found) == 1
    item = replace(found[0], spend_usd=round(found[0].spend_usd or 0, 9))
    assert ("gpt-4o-2024-08-06", n, 1.0, False, 1_000) == (
        item.served,
        item.n,
        item.share,
        item.tools,
        item.longest_input_tokens,
    )
    assert (Usage(n * 1_000, n * 100, 0, 0, 0, 0), n, 0.04) == (item.tokens, item.counted_n, item.spend_usd)
    assert item.last_at == at
