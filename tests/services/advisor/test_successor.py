"""What is likely to replace a model: where its siblings went, what is alike, and never what ends itself."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry, Fact, Replacement, Snapshot
from services.advisor.lifespan import lifespan
from services.advisor.successor import successors

from .conftest import TODAY


def _model(model: str, released: date, **more: object) -> Entry:
    said = {
        "status": Fact("active", "modeldeprecations", "2026-08-01", "high"),
        "released": Fact(released, "modeldeprecations", "2026-08-01", "high"),
    }
    return Entry("acme", model, model, **(said | more))  # type: ignore[arg-type]  # fields by name


def _catalogue(*entries: Entry) -> Catalogue:
    return Catalogue(Snapshot("1", TODAY, {}, {}, entries))


OLD = _model("one-1-mini", date(2024, 1, 1))
MINI, LARGE = _model("one-2-mini", date(2025, 1, 1)), _model("one-3-large", date(2026, 1, 1))
EMBED = _model("one-embed-4", date(2026, 6, 1))


def _names(found: list[Entry]) -> list[str]:
    return [entry.model for entry in found]


def test_alike() -> None:
    """Without a word of anybody the same task and size come before what is merely newest."""
    assert _names(successors(OLD, _catalogue(OLD, MINI, LARGE, EMBED), TODAY)) == [
        "one-2-mini",
        "one-3-large",
        "one-embed-4",
    ]


def test_where_siblings_went() -> None:
    """Where the provider sent a sibling goes before likeness, from the day on which that was read."""
    said = Replacement("acme", "one-3-large", "provider", "2026-08-01", "modeldeprecations")
    sibling = _model("one-1-micro", date(2024, 1, 1), replacements=(said,))
    catalogue = _catalogue(OLD, sibling, MINI, LARGE, EMBED)
    assert _names(successors(OLD, catalogue, TODAY))[0] == "one-3-large"
    assert _names(successors(OLD, catalogue, date(2026, 7, 31)))[0] == "one-2-mini"


def test_never_what_ends() -> None:
    """A model that ends, is older, or is in no list any more is no guess."""
    ending = msgspec.structs.replace(
        MINI, status=Fact("deprecated", "modeldeprecations", "2026-08-01", "high")
    )
    buried = msgspec.structs.replace(LARGE, tombstone="2026-08-01")
    older = _model("one-0-mini", date(2023, 1, 1))
    assert successors(OLD, _catalogue(OLD, ending, buried, older), TODAY) == []


@pytest.mark.parametrize(
    "name", ["openai/gpt-3.5-turbo", "mistral/mistral-small-2402", "gemini/gemini-1.5-pro"]
)
def test_real(catalogue: Catalogue, name: str) -> None:
    """On the shipped lists the guesses live, are of the platform, and are one of each family."""
    (entry,) = catalogue.named(name)
    found = successors(entry, catalogue, TODAY)
    assert {other.platform for other in found} == {entry.platform}
    assert len({other.family for other in found}) == len(found)
    assert not any(lifespan(other, TODAY).leaving for other in found)
