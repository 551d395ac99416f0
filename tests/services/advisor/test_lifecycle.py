from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from detectors.monitors.base import Signal
from services.advisor.catalogue import Catalogue
from services.advisor.lifecycle import lifecycle
from services.advisor.usage import RouteUsage

from .conftest import TODAY, usage


def _one(signals: list[Signal]) -> Signal:
    assert len(signals) == 1
    return signals[0]


@pytest.mark.parametrize(
    ("model", "cause", "left"),
    [
        ("anthropic/claude-opus-4-1-20250805", "retired", "-16"),
        ("mistral/mistral-medium-2508", "retiring", "10"),
        ("openai/gpt-5-mini", "retiring", "112"),  # at first sight, whatever is left
        ("cohere/command-r-03-2024", "retiring", ""),  # no day published
    ],
)
def test_raised(catalogue: Catalogue, model: str, cause: str, left: str) -> None:
    """A model in use that ends is signalled at first sight, with the days that decide the severity."""
    signal = _one(lifecycle([usage(model)], catalogue, TODAY))
    assert (
        signal.signal,
        signal.state,
        signal.series.level,
        signal.unit,
    ) == ("lifecycle", "raised", "route_model", "days")
    assert (cause, left) == (signal.facts["cause"], signal.facts["days_left"])
    assert signal.facts["url"].startswith("https://")


@pytest.mark.parametrize(
    "item",
    [
        usage("anthropic/claude-haiku-4-5-20251001"),  # promised for 55 more days
        usage("google/gemini-2.5-flash"),
        usage("azure/gpt-5-mini"),
        usage("openai/gpt-4o", served="gpt-4o-2024-08-06"),
        usage("openai/no-such-model"),
        usage("openai/gpt-5-mini", last_at=datetime(2026, 8, 10, tzinfo=UTC)),  # nobody uses it any more
    ],
)
def test_quiet(catalogue: Catalogue, item: RouteUsage) -> None:
    """What is not announced to end, or not used, is not signalled."""
    assert lifecycle([item], catalogue, TODAY) == []


def test_listed_guess_never_pages(catalogue: Catalogue) -> None:
    """A first possible end that is near is signalled without days left, so that it cannot page."""
    item = usage("azure/o3-mini-2025-01-31", last_at=datetime(2026, 11, 10, tzinfo=UTC))
    signal = _one(lifecycle([item], catalogue, date(2026, 11, 10)))
    assert (signal.facts["status"], signal.facts["confidence"]) == ("scheduled", "low")
    assert not signal.facts["days_left"]


def test_one_signal_for_many_routes(catalogue: Catalogue) -> None:
    """A model that several routes use is named once, with all of them."""
    items = [usage("mistral/mistral-medium-2508", route) for route in ("a/one", "b/two")]
    signal = _one(lifecycle(items, catalogue, TODAY))
    assert (
        signal.series.level,
        signal.series.route,
        list(signal.routes),
        signal.n,
    ) == ("platform_model", "", ["a/one", "b/two"], 28_000)


def test_cleared(catalogue: Catalogue) -> None:
    """A signal is cleared when no call names the model any more."""
    raised = _one(lifecycle([usage("openai/gpt-5-mini")], catalogue, TODAY))
    moved = lifecycle([usage("openai/gpt-5.6-terra")], catalogue, TODAY, [raised.series])
    assert ("cleared", raised.series) == (_one(moved).state, _one(moved).series)
    again = lifecycle([usage("openai/gpt-5-mini")], catalogue, TODAY, [raised.series])
    assert _one(again).state == "raised"


def test_repeatable(catalogue: Catalogue) -> None:
    """The same usage and day give the same signals, in any order of the routes."""
    items = [usage("openai/gpt-5-mini"), usage("mistral/mistral-medium-2508", "b")]
    assert lifecycle(items, catalogue, TODAY) == lifecycle(items[::-1], catalogue, TODAY)
