"""What a company says about models goes before every list, and what lists say instead is kept beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from detectors.price_rows import DatedPrice
from detectors.prices import PriceBook, Rates
from services.advisor.catalogue import Catalogue
from services.advisor.constraints import RouteRules
from services.advisor.own import OwnModel, loose_ends, with_own
from services.advisor.recommend import Adviser, as_json
from services.advisor.render import render

from .conftest import TODAY, usage

NOON = datetime(2026, 8, 21, 12, tzinfo=UTC)
DEPLOYED = OwnModel(platform="azure", model="gpt-4", serves="gpt-4o-2024-11-20")  # people do call it so
TUNED = OwnModel(platform="vllm", model="acme-8b", base="openai/gpt-4o", status="active", hourly_usd=5.2)


def test_deployment(catalogue: Catalogue) -> None:
    """A deployment is the model that answers under it, even where another model has that name."""
    found = with_own(catalogue, [DEPLOYED], TODAY)
    entry = found.get("azure.ai.openai", "GPT-4")
    assert entry
    assert entry.name == "azure/gpt-4o-2024-11-20"
    assert found.status("azure", "gpt-4", TODAY).earliest == date(2027, 4, 14)
    assert found.get("openai", "gpt-4") == catalogue.get("openai", "gpt-4")


def test_deployment_is_priced(catalogue: Catalogue) -> None:
    """A deployment costs what its model costs: by the contract for that model, else by the lists."""
    found = with_own(catalogue, [DEPLOYED], TODAY)
    listed = PriceBook((), found.prices(), found.deployments)
    real = listed.rates("azure", "gpt-4o-2024-11-20", NOON)
    assert isinstance(real, Rates)
    assert listed.rates("azure", "gpt-4", NOON) == real
    contract = [DatedPrice("azure", "gpt-4o*", buckets={"input": 2.1, "output": 8.4})]
    agreed = PriceBook(contract, found.prices(), found.deployments).rates("azure", "gpt-4", NOON)
    assert isinstance(agreed, Rates)
    assert (agreed.source, agreed.input) == ("contract", 2_100_000)


def test_what_answered_goes_before(catalogue: Catalogue) -> None:
    """A call that says itself what answered is priced by that."""
    found = with_own(catalogue, [DEPLOYED], TODAY)
    book = PriceBook((), found.prices(), found.deployments)
    served = book.rates("azure", "gpt-4", NOON, served="gpt-4o-mini-2024-07-18")
    assert served == book.rates("azure", "gpt-4o-mini-2024-07-18", NOON)


def test_fine_tune(catalogue: Catalogue) -> None:
    """A model of one's own can what its base can, and has neither its price nor its life."""
    entry, base = (
        with_own(catalogue, [TUNED], TODAY).get("vllm", "acme-8b"),
        catalogue.get("openai", "gpt-4o"),
    )
    assert entry
    assert base
    assert (entry.context_tokens, entry.tools) == (base.context_tokens, base.tools)
    assert (entry.prices, entry.earliest_at) == ((), None)
    assert entry.hourly_usd
    assert (entry.hourly_usd.value, entry.hourly_usd.source) == (5.2, "own")


def test_own_word_goes_before_lists(catalogue: Catalogue) -> None:
    """An own end replaces the listed one, which stays as a conflict."""
    own = OwnModel(platform="azure", model="o3-mini-2025-01-31", shutdown_at=date(2027, 3, 1))
    found = with_own(catalogue, [own], TODAY)
    listed = catalogue.get("azure", "o3-mini-2025-01-31")
    entry = found.get("azure", "o3-mini-2025-01-31")
    assert listed
    assert entry
    assert found.status("azure", "o3-mini-2025-01-31", TODAY).ends == date(2027, 3, 1)
    assert entry.earliest_at is None
    assert entry.prices == listed.prices
    assert found.snapshot.sources["own"].as_of == "2026-08-21"


def test_conflict_is_kept(catalogue: Catalogue) -> None:
    """What a list says otherwise is shown beside it."""
    own = OwnModel(platform="openai", model="gpt-4o", context_tokens=64_000)
    entry = with_own(catalogue, [own], TODAY).get("openai", "gpt-4o")
    assert entry
    conflict = next(item for item in entry.conflicts if item.fact == "context_tokens")
    assert conflict.values[0] == ("own", "64000")


def test_own_endpoint_as_candidate(catalogue: Catalogue) -> None:
    """An endpoint is a feasible candidate; its cost a day stands beside the route's, no made-up price."""
    found = with_own(catalogue, [TUNED], TODAY)
    adviser = Adviser(found, PriceBook(catalogue=found.prices()), TODAY)
    rules = RouteRules(candidates=("vllm/acme-8b",), platforms=("mistral", "vllm"))
    advice = adviser.recommend(usage("mistral/mistral-medium-2508"), rules)
    assert advice
    assert advice.candidate
    assert (advice.candidate.name, advice.candidate.obstacles) == ("vllm/acme-8b", ())
    assert advice.spend
    assert advice.spend.ratio is None
    assert "costs 124.80 USD a day whatever is called, this route 2.14 USD" in render(advice)


def test_compared_is_no_traffic(catalogue: Catalogue) -> None:
    """Calls asked only to compare models cost alike, and count as no traffic of the route."""
    found = with_own(catalogue, [TUNED], TODAY)
    adviser = Adviser(found, PriceBook(catalogue=found.prices()), TODAY)
    rules = RouteRules(candidates=("vllm/acme-8b",), platforms=("mistral", "vllm"))
    both = usage("mistral/mistral-medium-2508", n=28_000, compared_n=14_000, spend_usd=60.0)
    advice, alone = (adviser.recommend(one, rules) for one in (both, usage("mistral/mistral-medium-2508")))
    assert advice
    assert alone
    assert (as_json(advice), render(advice)) == (as_json(alone), render(alone))
    assert "(n 14,000)" in render(advice)


def test_own_endpoint_as_incumbent(catalogue: Catalogue) -> None:
    """To leave an endpoint saves its hours once it is given up; until then no saving is claimed."""
    own = OwnModel(platform="vllm", model="ours", shutdown_at=TODAY + timedelta(days=20), hourly_usd=5.2)
    found = with_own(catalogue, [own], TODAY)
    adviser = Adviser(found, PriceBook(catalogue=found.prices()), TODAY)
    rules = RouteRules(candidates=("mistral/mistral-medium-2604",), platforms=("mistral", "vllm"))
    advice = adviser.recommend(usage("vllm/ours", spend_usd=None), rules)
    assert advice
    assert advice.spend
    assert advice.spend.ratio is None
    assert advice.spend.usd_per_call
    assert "vllm/ours costs 124.80 USD a day until its endpoint is given up" in advice.spend.missing


def test_own_deployment_is_no_candidate_for_itself(catalogue: Catalogue) -> None:
    """The model behind a deployment does not replace it."""
    own = OwnModel(platform="mistral", model="prod", serves="mistral-medium-2508")
    found = with_own(catalogue, [own], TODAY)
    adviser = Adviser(found, PriceBook(catalogue=found.prices()), TODAY)
    advice = adviser.recommend(usage("mistral/prod"), RouteRules(candidates=("mistral/mistral-medium-2508",)))
    assert advice
    assert "is the incumbent" in advice.options[0].obstacles


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (OwnModel(platform="azure", model="prod", serves="gpt-4o-2029-12-31"), "serves gpt-4o-2029-12-31"),
        (OwnModel(platform="vllm", model="ours", base="openai/no-such"), "base openai/no-such"),
    ],
)
def test_loose_ends(catalogue: Catalogue, own: OwnModel, said: str) -> None:
    """A reference to a model that no list knows is found."""
    assert [said in item for item in loose_ends(catalogue, [own])] == [True]
    assert list(loose_ends(catalogue, [DEPLOYED, TUNED])) == []
