from __future__ import annotations

import json
import tarfile
from datetime import UTC, date, datetime
from pathlib import Path

import genai_prices
import msgspec
import pytest

from detectors.genai_list import GenaiPrices
from detectors.rates import Card, pico_rate
from services.advisor.build import LISTS, build, in_folder
from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry, Replacement, Snapshot
from services.advisor.errors import CatalogueError
from services.advisor.inputs import Input
from services.advisor.snapshot_file import read, write
from services.advisor.sources.genai_prices import claims


def _named(snapshot: Snapshot) -> dict[str, Entry]:
    return {entry.name: entry for entry in snapshot.entries}


def test_merge(sources: Path) -> None:
    """Each fact comes from the source that is believed first for it."""
    good = _named(build(in_folder(sources)))["openai/good-2"]
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
    snapshot = _named(build(in_folder(sources)))["openai/good-1-2024-01-01"]
    assert snapshot.shutdown_at
    assert str(snapshot.shutdown_at.value) == "2026-10-23"
    assert snapshot.earliest_at is None
    assert [conflict.fact for conflict in snapshot.conflicts] == ["shutdown_at"]


def test_price_conflict_kept(sources: Path) -> None:
    """Prices that differ by over one per cent are noted; the first source's is used."""
    good = _named(build(in_folder(sources)))["openai/good-2"]
    assert "price of good-2" in [conflict.fact for conflict in good.conflicts]
    assert {2.0} == {price.buckets["input"] for price in good.prices if price.tier == "standard"}


def test_prices_by_the_day(sources: Path) -> None:
    """Of prices by the day that of the list's own day counts, by tier and length, with its days."""
    prices = _named(build(in_folder(sources)))["openai/good-1-2024-01-01"].priced()
    day = date(2026, 3, 1), date(2027, 1, 1)
    assert {
        (price.tier, price.above): (dict(price.buckets), price.from_, price.until)
        for price in prices.values()
        if price.source == "genai_prices"
    } == {
        ("standard", 0): ({"input": 3.0, "output": 9.0}, *day),
        ("standard", 200_000): ({"input": 3.0, "output": 18.0}, *day),
        ("batch", 0): ({"input": 1.5, "output": 9.0}, *day),
        ("batch", 200_000): ({"input": 1.5, "output": 18.0}, *day),
    }


def test_price_list_makes_no_models(sources: Path) -> None:
    """Names of the price list are rules: it prices models of other lists, by names that it writes out."""
    found = _named(build(in_folder(sources)))
    assert "openai/only-1" not in found
    assert {price.source for price in found["azure/good-2"].prices} == {"litellm"}
    # By the time of the day: one row of the catalogue holds the whole day.
    assert "genai_prices" not in {price.source for price in found["openai/good-2"].prices}
    context = found["openai/good-1"].context_tokens
    assert context
    assert (context.value, context.source, context.confidence) == (64_000, "genai_prices", "low")


def test_prices_of_the_package() -> None:
    """The package that is installed says what it publishes, in the same form."""
    folder = Path(genai_prices.__file__).parent
    found = [claim for claim in claims(folder) if (claim.platform, claim.id) == ("openai", "gpt-4o-mini")]
    (standard,) = [
        claim.value for claim in found if claim.fact == "prices" and claim.value.tier == "standard"
    ]
    assert (standard.buckets["input"], standard.buckets["output"], standard.above) == (0.15, 0.6, 0)


def test_the_ledgers_prices(catalogue: Catalogue) -> None:
    """What the shipped catalogue has of the price list is what the ledger bills on that day, to the pico."""
    ledger, day = GenaiPrices(), datetime(2026, 11, 9, 12, tzinfo=UTC)
    compared = 0
    for entry in catalogue.snapshot.entries:
        for price in entry.prices:
            card = ledger.card(entry.platform, price.id, price.tier, day)
            if price.source == "genai_prices" and isinstance(
                card, Card
            ):  # some ids no rule of the list meets
                rates = card.at(price.above + 1)
                assert {name: pico_rate(name, usd) for name, usd in price.buckets.items()} == {
                    name: getattr(rates, name) for name in price.buckets
                }, (entry.name, price)
                compared += 1
    assert compared > 1_500


def test_unknown_stays_unknown(sources: Path) -> None:
    """A price of zero and an impossible day are not facts."""
    found = _named(build(in_folder(sources)))
    assert found["openai/free-1"].prices == ()
    released = found["openai/good-2"].released
    assert released
    assert released.source == "modeldeprecations"


def test_region_is_an_attribute(sources: Path) -> None:
    """A region in the path belongs to the price, not to the model's name."""
    entry = _named(build(in_folder(sources)))["azure/good-2"]
    assert [price.region for price in entry.prices] == ["eu"]


def test_deterministic(sources: Path, tmp_path: Path) -> None:
    """The same sources give the same bytes."""
    write(build(in_folder(sources)), tmp_path / "one.gz")
    write(build(in_folder(sources), read(tmp_path / "one.gz")), tmp_path / "two.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_order(sources: Path) -> None:
    """Entries stand in order of platform and model, with or without a previous file."""
    names = [(entry.platform, entry.model) for entry in build(in_folder(sources)).entries]
    assert names == sorted(names)
    full = build(in_folder(sources))
    assert full == build(in_folder(sources), full)


def test_tombstones(sources: Path) -> None:
    """A model that no source lists any more is kept and dated."""
    full = build(in_folder(sources))
    gone = tuple(
        msgspec.structs.replace(full.entries[0], model=f"gone-{i}") if i == 0 else entry
        for i, entry in enumerate([full.entries[0], *full.entries * 10])
    )
    previous = msgspec.structs.replace(full, entries=gone)
    assert _named(build(in_folder(sources), previous))["azure/gone-0"].tombstone == "2026-08-21"


def test_another_spelling_is_no_tombstone(sources: Path) -> None:
    """A model that the lists now spell otherwise is the same model."""
    full = build(in_folder(sources))
    spelled = tuple(
        msgspec.structs.replace(entry, model=entry.model.upper()) if entry.model == "good-2" else entry
        for entry in full.entries
    )
    found = build(in_folder(sources), msgspec.structs.replace(full, entries=spelled))
    assert found.entries == full.entries


def test_statements_are_kept(sources: Path) -> None:
    """What was said to replace a model keeps its first day, and what is no longer said gets its last."""
    full = build(in_folder(sources))
    good = _named(full)["openai/good-1"]
    said = msgspec.structs.replace(good.replacements[0], stated_at="2026-05-01")
    other = Replacement("openai", "good-0", "provider", "2026-04-22", "modeldeprecations")
    before = msgspec.structs.replace(good, replacements=(said, other))
    previous = msgspec.structs.replace(
        full, entries=tuple(before if entry == good else entry for entry in full.entries)
    )
    now = _named(build(in_folder(sources), previous))["openai/good-1"]
    assert [(r.model, r.stated_at, r.until) for r in now.replacements] == [
        ("good-2", "2026-05-01", None),
        ("good-0", "2026-04-22", date(2026, 8, 21)),
    ]
    assert [r.model for r in now.said(date(2026, 4, 30))] == ["good-0"]
    assert [r.model for r in now.said(date(2026, 8, 21))] == ["good-2"]


def test_without_the_board(sources: Path) -> None:
    """A list that is not read again leaves its numbers as they were, with its source."""
    full = build(in_folder(sources))
    given = {name: item for name, item in in_folder(sources).items() if name != "vectara"}
    assert build(given, full) == full


def test_one_file_each(sources: Path) -> None:
    """A list is read from its file as from its folder, and keeps its own address and version."""
    folders = in_folder(sources)
    file = sources / "litellm" / "model_prices_and_context_window_backup.json"
    given = folders | {"litellm": Input(file, "2026-11-20", "https://example.org/prices.json", '"abc"')}
    found = build(given)
    assert (found.sources["litellm"].as_of, found.sources["litellm"].etag) == ("2026-11-20", '"abc"')
    assert _named(found).keys() == _named(build(folders)).keys()


@pytest.mark.parametrize("name", list(LISTS))
@pytest.mark.parametrize("content", [b"", b"[1, 2]", b'{"a": 1}', b"<html>not found</html>", b"\x1f\x8b\x00"])
def test_another_file(sources: Path, tmp_path: Path, name: str, content: bytes) -> None:
    """A file that is not the list is named, with the list it should be."""
    wrong = tmp_path / "wrong"
    wrong.write_bytes(content)
    with pytest.raises(CatalogueError, match=f"wrong .*{name}"):
        build(in_folder(sources) | {name: Input(wrong, "2026-11-20")})


def test_as_published(sources: Path, tmp_path: Path) -> None:
    """A list is also read in the form in which its makers publish it: an archive, the site's own document."""
    folders = in_folder(sources)
    archive = tmp_path / "main"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(sources / "modeldeprecations", "modeldeprecations.dev-main")
    models = json.loads((sources / "models_dev" / "compact.json").read_text())
    models["openai"]["good-2"] |= {"tool_call": True, "structured_output": False}
    published = {name: {"id": name, "env": [], "models": listed} for name, listed in models.items()}
    (tmp_path / "api.json").write_text(json.dumps(published))
    given = folders | {
        "modeldeprecations": Input(archive, "2026-11-20"),
        "models_dev": Input(tmp_path / "api.json", "2026-11-20"),
    }
    one, other = _named(build(folders)), _named(build(given))
    assert other["openai/good-1"] == one["openai/good-1"]
    tools, structured = other["openai/good-2"].tools, other["openai/good-2"].json
    assert tools
    assert structured
    assert (tools.value, structured.value, one["openai/good-2"].tools) == (True, False, None)


def test_older_second_price(sources: Path, tmp_path: Path) -> None:
    """The older form of a price for long inputs is read too."""
    cost = {"input": 1, "output": 2, "context_over_200k": {"input": 3, "output": 4}}
    (tmp_path / "api.json").write_text(
        json.dumps({"acme": {"id": "acme", "models": {"one": {"cost": cost}}}})
    )
    found = _named(build(in_folder(sources) | {"models_dev": Input(tmp_path / "api.json", "2026-11-20")}))
    assert {price.above: dict(price.buckets) for price in found["acme/one"].prices} == {
        0: {"input": 1.0, "output": 2.0},
        200_000: {"input": 3.0, "output": 4.0},
    }
