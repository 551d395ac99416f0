from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detectors.monitors.base import Series, Signal
from services.advisor.constraints import RouteRules
from services.advisor.recommend import Adviser, as_json
from services.advisor.render import MOST_LINES, render

from .conftest import TODAY, usage


@pytest.mark.parametrize(
    ("incumbent", "cause", "state", "candidate"),
    [
        ("anthropic/claude-opus-4-1-20250805", "retired", "recommend", "anthropic/claude-opus-4-8"),
        ("mistral/mistral-medium-2508", "retiring", "recommend", "mistral/mistral-medium-2604"),
        ("openai/gpt-3.5-turbo-1106", "retiring", "recommend", "openai/gpt-5.4-mini"),
        ("vertex/gemini-2.5-flash", "retiring", "recommend", "vertex/gemini-3.5-flash-lite"),
        # Curators name the nearest one, the provider names none.
        ("bedrock/amazon.nova-premier-v1:0", "retiring", "experiment", "bedrock/amazon.nova-pro-v1:0"),
        # The provider's successor stands for snapshots that end too soon: one that is likely may be tried.
        ("alibaba/qwen3-max-preview", "retiring", "experiment", "alibaba/qwen3.7-max"),
    ],
)
def test_states(adviser: Adviser, incumbent: str, cause: str, state: str, candidate: str | None) -> None:
    """Only an announced end forces a move, and only somebody's word names its goal."""
    advice = adviser.recommend(usage(incumbent), RouteRules())
    assert advice is not None
    document = as_json(advice)
    assert ([cause], state, candidate) == (document["causes"], document["state"], document["candidate"])


def test_days(adviser: Adviser) -> None:
    """How many days are left is told with the day from which they are counted: advice is read later, too."""
    advice = adviser.recommend(usage("mistral/mistral-medium-2508"), RouteRules())
    assert advice is not None
    assert f"stops on 2026-08-31, 10 d from {TODAY}; " in render(advice)


@pytest.mark.parametrize(
    "incumbent",
    [
        "anthropic/claude-haiku-4-5-20251001",  # promised until a day
        "google/gemini-2.5-flash",
        "azure/gpt-5-mini",  # ends on another platform
        "azure/o3-mini-2025-01-31",  # a list's date only
        "openai/gpt-4o",
        "openai/no-such-model",
    ],
)
def test_silent(adviser: Adviser, incumbent: str) -> None:
    """A model without an announced end gets no advice, but that its maker has a newer one."""
    advice = adviser.recommend(usage(incumbent), RouteRules())
    assert advice is None or list(advice.causes) == ["superseded"]


def test_never_an_ending_candidate(adviser: Adviser) -> None:
    """No recommended model is deprecated, retired or known to live less than 180 days."""
    for entry in adviser.catalogue.snapshot.entries:
        if entry.status and entry.status.value != "active":
            advice = adviser.recommend(usage(entry.name), RouteRules())
            if advice and advice.candidate:
                assert not advice.candidate.life.leaving
                days = advice.candidate.life.known_days
                assert days is None or days >= 180


def test_own_candidates_first(adviser: Adviser) -> None:
    """A configured candidate goes before the provider's word, which is still shown."""
    rules = RouteRules(candidates=("mistral/mistral-small-2603",))
    advice = adviser.recommend(usage("mistral/mistral-medium-2508"), rules)
    assert advice is not None
    assert (
        as_json(advice)["candidate"],
        as_json(advice)["evidence"],
    ) == ("mistral/mistral-small-2603", "price_list")
    assert "provider says mistral/mistral-medium-2604 (stated 2026-08-03)" in render(advice)


@pytest.mark.parametrize(
    ("longest", "rules", "obstacle"),
    [
        (900_000, RouteRules(), "context"),
        (9_000, RouteRules(platforms=("azure",)), "not allowed"),
        (9_000, RouteRules(candidates=("mistral/ours-1",)), "nobody states"),
    ],
)
def test_obstacles(adviser: Adviser, longest: int, rules: RouteRules, obstacle: str) -> None:
    """What a route needs and what is allowed decide before price does."""
    advice = adviser.recommend(usage("mistral/mistral-medium-2508", longest_input_tokens=longest), rules)
    assert advice is not None
    assert any(obstacle in reason for option in advice.options for reason in option.obstacles)


def test_spend_from_price_list(adviser: Adviser) -> None:
    """The spend difference is the route's own tokens at both list prices, and says so."""
    advice = adviser.recommend(usage("anthropic/claude-opus-4-1-20250805"), RouteRules())
    assert advice is not None
    document = as_json(advice)
    assert document["spend_difference_ratio"] == pytest.approx(-2 / 3, abs=1e-4)  # 15/75 against 5/25
    assert document["spend_basis"] == "price_list"


def test_spend_from_own_traffic(adviser: Adviser) -> None:
    """Where both models are measured on the route, their ledgers are compared."""
    other = usage("anthropic/claude-opus-4-8", n=1_000, spend_usd=1.0)
    measured = {("anthropic", "claude-opus-4-8"): other}
    advice = adviser.recommend(usage("anthropic/claude-opus-4-1-20250805"), RouteRules(), (), measured)
    assert advice is not None
    document = as_json(advice)
    assert ("own_traffic", pytest.approx(1e-3 / (30 / 14_000) - 1, abs=1e-4)) == (
        document["spend_basis"],
        document["spend_difference_ratio"],
    )


def test_no_quality_claim(adviser: Adviser) -> None:
    """Nothing is claimed about quality without labels; the text says what knowing would cost."""
    advice = adviser.recommend(usage("mistral/mistral-medium-2508"), RouteRules())
    assert advice is not None
    assert (as_json(advice)["quality_difference"], as_json(advice)["quality_interval"]) == (None, None)
    assert "5 pt: 481 labelled pairs" in render(advice)
    assert "not known: quality here" in render(advice)


def test_changed_abstains(adviser: Adviser) -> None:
    """A served model that moved is a cause, but forces nothing."""
    item = usage("openai/gpt-4o")
    signal = Signal(
        signal="model_changed",
        state="raised",
        series=Series("route_model", "default", "openai", "support/answer", "gpt-4o"),
        team="support",
        minute=0,
        began=0,
        began_low=0,
        began_high=0,
        observed=1.0,
        reference=0.0,
        low=0.9,
        high=1.0,
        unit="ratio",
        n=50,
        routes=["support/answer"],
        share_of_traffic=0.1,
        monitor="change/1",
        facts={"from": "gpt-4o-2024-08-06", "to": "gpt-4o-2024-11-20"},
    )
    advice = adviser.recommend(item, RouteRules(), [signal])
    assert advice is not None
    assert (list(advice.causes), advice.state, advice.candidate) == (
        ["changed", "superseded"],
        "abstain",
        None,
    )
    assert "served gpt-4o-2024-11-20 instead of gpt-4o-2024-08-06" in render(advice)
    elsewhere = adviser.recommend(usage("openai/gpt-4o", "other/route"), RouteRules(), [signal])
    assert elsewhere is not None
    assert list(elsewhere.causes) == ["superseded"]


def test_expires(adviser: Adviser) -> None:
    """Advice is perishable: 30 days, and no longer than the incumbent."""
    soon = adviser.recommend(usage("mistral/mistral-medium-2508"), RouteRules())
    later = adviser.recommend(usage("openai/gpt-5-mini"), RouteRules())
    assert soon is not None
    assert later is not None
    assert datetime(2026, 8, 31, tzinfo=UTC) == soon.expires_at
    assert (later.expires_at.date() - TODAY).days == 30


def test_at_most_twelve_lines(adviser: Adviser) -> None:
    """On-call reads twelve lines, whatever there is to say; the last ones say what to do and where."""
    for entry in adviser.catalogue.snapshot.entries:
        if entry.shutdown_at:
            advice = adviser.recommend(usage(entry.name), RouteRules())
            if advice:
                lines = render(advice).splitlines()
                assert len(lines) <= MOST_LINES
                assert lines[-1].startswith("do: ")


def test_same_every_day(adviser: Adviser) -> None:
    """The id of advice about a model on a route does not change from day to day."""
    tomorrow = Adviser(adviser.catalogue, adviser.prices, TODAY.replace(day=22))
    one = adviser.recommend(usage("openai/gpt-5-mini"), RouteRules())
    two = tomorrow.recommend(usage("openai/gpt-5-mini"), RouteRules())
    assert one is not None
    assert two is not None
    assert one.id == two.id


def test_dearer_goal_says_so(adviser: Adviser) -> None:
    """A goal that costs more than now says how much, and which feasible option would not."""
    dear = RouteRules(candidates=("openai/gpt-5.5", "openai/gpt-5.4-mini"))
    advice = adviser.recommend(usage("openai/gpt-3.5-turbo-1106"), dear)
    assert advice is not None
    assert advice.candidate is not None
    assert advice.candidate.name == "openai/gpt-5.5"
    assert ", and costs +" in advice.reason
    assert "; openai/gpt-5" in advice.reason
    saving = adviser.recommend(usage("anthropic/claude-opus-4-1-20250805"), RouteRules())
    assert saving is not None
    assert "costs" not in saving.reason
