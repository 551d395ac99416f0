from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from detectors.prices import PriceBook, Rates
from services.advisor.catalogue import Catalogue
from services.advisor.snapshot_file import SHIPPED

from .conftest import TODAY


@pytest.mark.parametrize(
    ("platform", "model", "expected"),
    [
        ("openai", "gpt-4o", "openai/gpt-4o"),
        ("OpenAI", "GPT-4o-20240806", "openai/gpt-4o-2024-08-06"),
        ("azure.ai.openai", "gpt-4o-2024-11-20", "azure/gpt-4o-2024-11-20"),
        ("azure-openai", "gpt-4o-2024-11-20", "azure/gpt-4o-2024-11-20"),
        ("aws.bedrock", "us.amazon.nova-premier-v1:0", "bedrock/amazon.nova-premier-v1:0"),
        ("google", "models/gemini-2.5-flash", "gemini/gemini-2.5-flash"),
        ("vertex_ai", "publishers/google/models/gemini-2.5-flash", "vertex/gemini-2.5-flash"),
        ("mistral", "mistral-medium-3-5-26-04", "mistral/mistral-medium-2604"),
        ("anthropic", "claude-opus-4.1-20250805", "anthropic/claude-opus-4-1-20250805"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", "openai/ft:gpt-4o-mini-2024-07-18"),
    ],
)
def test_get(catalogue: Catalogue, platform: str, model: str, expected: str) -> None:
    """A model is found under every spelling that calls use."""
    entry = catalogue.get(platform, model)
    assert entry is not None
    assert expected == entry.name


@pytest.mark.parametrize("model", ["gpt-4o-2029-12-31", "our-deployment", ""])
def test_no_relatives(catalogue: Catalogue, model: str) -> None:
    """An unknown model has no entry, not even its family's."""
    assert catalogue.get("openai", model) is None
    assert catalogue.status("openai", model, TODAY).state == "unknown"


@pytest.mark.parametrize(
    ("platform", "model", "on", "state", "left"),
    [
        ("anthropic", "claude-opus-4-1-20250805", date(2026, 6, 4), "active", None),  # not yet announced
        ("anthropic", "claude-opus-4-1-20250805", date(2026, 6, 5), "deprecated", 61),
        ("anthropic", "claude-opus-4-1", date(2026, 8, 5), "retired", 0),
        ("openai", "gpt-5-mini", TODAY, "deprecated", 112),
        ("openai", "gpt-5-mini-2025-08-07", TODAY, "deprecated", 112),  # listed as an alias
        ("azure", "gpt-5-mini", TODAY, "scheduled", None),  # another platform's date is not borrowed
        ("azure", "o3-mini-2025-01-31", TODAY, "scheduled", None),  # a list's date is no announcement
        ("anthropic", "claude-haiku-4-5-20251001", TODAY, "scheduled", None),  # "not sooner than"
        ("google", "gemini-2.5-flash", TODAY, "scheduled", None),
        ("vertex", "gemini-2.5-flash", TODAY, "deprecated", 60),
        ("cohere", "command-r-03-2024", TODAY, "deprecated", None),  # no day published
        ("openai", "gpt-4o", TODAY, "active", None),
        ("groq", "llama-3.3-70b-versatile", TODAY, "unknown", None),  # priced, but nobody states support
    ],
)
def test_status(  # noqa: PLR0917 - the table's columns
    catalogue: Catalogue, platform: str, model: str, on: date, state: str, left: int | None
) -> None:
    """A model's state is what was announced by that day for that platform."""
    life = catalogue.status(platform, model, on)
    assert state == life.state
    assert left == life.days_left


def test_served_snapshot(catalogue: Catalogue) -> None:
    """An undated alias and a deployment live as long as the snapshot that answers for them."""
    alias = catalogue.status("openai", "gpt-4o", TODAY, served="gpt-4o-2024-08-06")
    assert ("scheduled", date(2027, 1, 14)) == (alias.state, alias.earliest)
    deployment = catalogue.status("azure", "prod-chat", TODAY, served="gpt-4o-2024-11-20")
    assert ("scheduled", date(2027, 4, 14)) == (deployment.state, deployment.earliest)
    assert deployment.via == "gpt-4o-2024-11-20"


def test_every_alias_dated_or_unknown(catalogue: Catalogue) -> None:
    """No undated name claims an end that neither it nor a list states for it."""
    for entry in catalogue.snapshot.entries:
        life = catalogue.status(entry.platform, entry.model, TODAY)
        if entry.shutdown_at is None:
            assert life.ends is None
        assert life.evidence is not None or life.state == "unknown"


def test_facts_have_sources(catalogue: Catalogue) -> None:
    """Every fact names a known source and the day it was checked."""
    sources = catalogue.snapshot.sources
    for entry in catalogue.snapshot.entries:
        for fact in (entry.status, entry.shutdown_at, entry.earliest_at, entry.context_tokens, entry.tools):
            assert fact is None or (fact.source in sources and fact.as_of)
        assert all(price.source in sources and price.as_of for price in entry.prices)


def test_prices(prices: PriceBook) -> None:
    """The price book finds prices that only the catalogue has, regional ones under their own name."""
    at = datetime(2026, 8, 21, tzinfo=UTC)
    found = prices.rates("mistral", "ministral-14b-latest", at)
    assert isinstance(found, Rates)
    assert (found.source, found.input) == ("catalogue", 200_000)


def test_regional_prices(catalogue: Catalogue) -> None:
    """A regional spelling has its own price, not that of the plain one."""
    usual = [row for row in catalogue.prices() if row.tier == "standard" and not row.above_input_tokens]
    rows = {row.model: row.buckets.get("input") for row in usual}
    assert rows["us.anthropic.claude-sonnet-4-5-20250929-v1:0"] == pytest.approx(3.3)
    assert rows["anthropic.claude-sonnet-4-5-20250929-v1:0"] == pytest.approx(3.0)


def test_small_and_quick() -> None:
    """The shipped file stays below a megabyte and loads within half a second."""
    assert SHIPPED.stat().st_size < 1_000_000
    started = time.process_time()
    loaded = Catalogue.load()
    assert time.process_time() - started < 0.5
    assert loaded.as_of == TODAY
    assert len(loaded.snapshot.entries) > 8_000
