from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from services.advisor.build import build, write
from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry, Snapshot

_PAGE = """
provider: openai
model: {model}
aliases: [{model}-2024-01-01]
released_on: 2024-01-01
{lifecycle}
sources: [{{url: https://example.com/deprecations}}]
last_verified: 2026-08-21
"""
_ENDS = """
deprecated_on: 2026-04-22
shutdown_on: 2026-10-23
status: deprecated
replacements: [{provider: openai, model: good-2, recommended: true}]
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Four tiny sources."""
    pages = tmp_path / "modeldeprecations" / "models" / "openai"
    pages.mkdir(parents=True)
    (pages / "good-1.yaml").write_text(_PAGE.format(model="good-1", lifecycle=_ENDS))
    (pages / "good-2.yaml").write_text(_PAGE.format(model="good-2", lifecycle="status: active"))
    listed = {
        "sample_spec": {"litellm_provider": "one of the providers"},
        "good-1-2024-01-01": {"litellm_provider": "openai", "mode": "chat", "deprecation_date": "2026-10-24"},
        "good-2": {
            "litellm_provider": "openai",
            "mode": "chat",
            "deprecation_date": "2027-05-01",
            "input_cost_per_token": 2e-6,
            "output_cost_per_token": 8e-6,
            "input_cost_per_token_batches": 1e-6,
        },
        "azure/eu/good-2": {"litellm_provider": "azure", "mode": "chat", "input_cost_per_token": 3e-6},
        "free-1": {
            "litellm_provider": "openai",
            "mode": "chat",
            "input_cost_per_token": 0.0,
            "output_cost_per_token": 0.0,
        },
    }
    (tmp_path / "litellm").mkdir()
    (tmp_path / "litellm" / "model_prices_and_context_window_backup.json").write_text(json.dumps(listed))
    dev = {"openai": {"good-2": {"cost": {"input": 2.5, "output": 8}, "release_date": "2024-13-01"}}}
    (tmp_path / "models_dev").mkdir()
    (tmp_path / "models_dev" / "compact.json").write_text(json.dumps(dev))
    (tmp_path / "vectara").mkdir()
    (tmp_path / "vectara" / "leaderboard.csv").write_text("model,hallucination_rate\nopenai/good-2,5.6\n")
    return tmp_path


def _named(snapshot: Snapshot) -> dict[str, Entry]:
    return {entry.name: entry for entry in snapshot.entries}


def test_merge(sources: Path) -> None:
    """Each fact comes from the source that is believed first for it."""
    good = _named(build(sources))["openai/good-2"]
    assert good.status
    assert (
        good.status.value,
        good.status.source,
        good.status.confidence,
    ) == ("active", "modeldeprecations", "high")
    assert good.earliest_at
    assert good.earliest_at.confidence == "low"
    assert good.shutdown_at is None
    assert {"standard", "batch"} == {price.tier for price in good.prices}
    assert [prior.value for prior in good.priors] == [0.056]


def test_alias_shares_lifecycle(sources: Path) -> None:
    """A snapshot that a page lists as an alias ends when the page says, whatever a list guesses."""
    snapshot = _named(build(sources))["openai/good-1-2024-01-01"]
    assert snapshot.shutdown_at
    assert str(snapshot.shutdown_at.value) == "2026-10-23"
    assert snapshot.earliest_at is None
    assert [conflict.fact for conflict in snapshot.conflicts] == ["shutdown_at"]


def test_price_conflict_kept(sources: Path) -> None:
    """Prices that differ by over one per cent are noted; the first source's is used."""
    good = _named(build(sources))["openai/good-2"]
    assert "price of good-2" in [conflict.fact for conflict in good.conflicts]
    assert {2.0} == {price.buckets["input"] for price in good.prices if price.tier == "standard"}


def test_unknown_stays_unknown(sources: Path) -> None:
    """A price of zero and an impossible day are not facts."""
    found = _named(build(sources))
    assert found["openai/free-1"].prices == ()
    released = found["openai/good-2"].released
    assert released
    assert released.source == "modeldeprecations"


def test_region_is_an_attribute(sources: Path) -> None:
    """A region in the path belongs to the price, not to the model's name."""
    entry = _named(build(sources))["azure/good-2"]
    assert [price.region for price in entry.prices] == ["eu"]


def test_deterministic(sources: Path, tmp_path: Path) -> None:
    """The same sources give the same bytes."""
    write(build(sources), tmp_path / "one.gz")
    write(build(sources, Catalogue.load(tmp_path / "one.gz").snapshot), tmp_path / "two.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_order(sources: Path) -> None:
    """Entries stand in order of platform and model, with or without a previous file."""
    names = [(entry.platform, entry.model) for entry in build(sources).entries]
    assert names == sorted(names)
    full = build(sources)
    assert full == build(sources, full)


def test_tombstones(sources: Path) -> None:
    """A model that no source lists any more is kept and dated."""
    full = build(sources)
    gone = tuple(
        msgspec.structs.replace(full.entries[0], model=f"gone-{i}") if i == 0 else entry
        for i, entry in enumerate([full.entries[0], *full.entries * 10])
    )
    previous = msgspec.structs.replace(full, entries=gone)
    assert _named(build(sources, previous))["azure/gone-0"].tombstone == "2026-08-21"


def test_shrinking_is_refused(sources: Path) -> None:
    """A source that lost its models does not empty the catalogue silently."""
    full = build(sources)
    more = tuple(msgspec.structs.replace(e, model=f"{e.model}-{i}") for i in range(5) for e in full.entries)
    with pytest.raises(ValueError, match="check that each source is complete"):
        build(sources, msgspec.structs.replace(full, entries=more))
