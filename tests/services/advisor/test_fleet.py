"""The models in use: what ends first on top, summed over routes, with whose they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.advisor.catalogue import Catalogue
from services.advisor.fleet import Doing, fleet, idle_endpoints
from services.advisor.own import OwnModel, with_own

from .conftest import TODAY, usage

OWNERS = {"support/answer": "support-oncall", "search/rank": "search-oncall"}


def _owner(route: str) -> str:
    return OWNERS.get(route, "")


def test_order(catalogue: Catalogue) -> None:
    """Retired, then by days left, then what may end, then what nobody knows, then the living by traffic."""
    used = [
        usage("openai/gpt-4o", share=0.1),
        usage("openai/gpt-4o-mini", share=0.3),
        usage("azure/our-own-name", share=0.5),
        usage("anthropic/claude-haiku-4-5-20251001"),
        usage("openai/gpt-5-mini"),
        usage("vertex/gemini-2.5-flash"),
        usage("anthropic/claude-opus-4-1"),
    ]
    found = fleet(used, {}, catalogue, TODAY, _owner)
    assert [(one.model, one.life.state, one.life.days_left) for one in found] == [
        ("claude-opus-4-1", "retired", -16),
        ("gemini-2.5-flash", "deprecated", 60),
        ("gpt-5-mini", "deprecated", 112),
        ("claude-haiku-4-5-20251001", "scheduled", None),
        ("our-own-name", "unknown", None),
        ("gpt-4o-mini", "active", None),
        ("gpt-4o", "active", None),
    ]


def test_over_routes(catalogue: Catalogue) -> None:
    """A model is one row, whoever calls it; its owners are those of its routes, the busiest first."""
    used = [
        usage("openai/gpt-4o", share=0.1, n=100),
        usage("openai/gpt-4o", "search/rank", team="search", share=0.2, n=200),
        usage("openai/gpt-4o", "lab/try", team="lab", share=0.05, n=50),
    ]
    doing = {("default", "openai", "gpt-4o"): Doing(350, 3, 7, 100, 1.5, 20)}
    (one,) = fleet(used, doing, catalogue, TODAY, _owner)
    assert one.routes == ("search/rank", "support/answer", "lab/try")
    assert one.teams == ("search", "support", "lab")
    assert one.owners == ("search-oncall", "support-oncall")
    assert round(one.share, 2) == 0.35
    assert one.doing.spend_usd == 1.5


def test_served(catalogue: Catalogue) -> None:
    """A deployment's name lives as long as what answers under it."""
    (one,) = fleet([usage("azure/prod", served="gpt-4o-2024-11-20")], {}, catalogue, TODAY, _owner)
    assert (one.life.state, one.life.via) == ("scheduled", "gpt-4o-2024-11-20")


def test_endpoints(catalogue: Catalogue) -> None:
    """An endpoint by the hour says what it costs; one that nobody calls is named too."""
    own = OwnModel(platform="vllm", model="ours", status="active", hourly_usd=5.2)
    known = with_own(catalogue, [own, replace(own, model="idle")], TODAY)
    found = fleet([usage("vllm/ours")], {}, known, TODAY, _owner)
    assert [one.hourly_usd for one in found] == [5.2]
    day = 24 * 5.2
    assert found[0].endpoint_usd == pytest.approx(day * usage("vllm/ours").days)
    shared = fleet(
        [usage("vllm/ours", n=300), usage("vllm/ours", n=100, tenant="acme")], {}, known, TODAY, _owner
    )
    parts = {one.tenant: one.endpoint_usd for one in shared}
    assert parts["acme"] == pytest.approx(day * usage("vllm/ours").days / 4)  # the hours are paid once
    ledger = {("default", "vllm", "ours"): Doing(n=5, spend_usd=1.0)}
    assert fleet([usage("vllm/ours")], ledger, known, TODAY, _owner)[0].endpoint_usd is None
    assert [one.name for one in idle_endpoints(known, found)] == ["vllm/idle"]
