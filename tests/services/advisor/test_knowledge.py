"""What a model knows is its maker's to say; hosts that say otherwise are kept as conflicts."""

from __future__ import annotations

import pytest

from services.advisor.entry import Entry, Fact
from services.advisor.knowledge import known_day, shared


def _entry(platform: str, model: str, knows: str | None) -> Entry:
    fact = Fact(knows, "models_dev", "2026-07-02", "medium") if knows else None
    return Entry(platform, model, model, knowledge=fact)


def _known(*entries: Entry) -> dict[str, tuple[str | None, int]]:
    return {
        entry.platform: (entry.knowledge.value if entry.knowledge else None, len(entry.conflicts))
        for entry in shared(entries)
    }


def test_makers_word_holds() -> None:
    """Every host has the maker's date; one that says something else keeps that as a conflict."""
    assert _known(
        _entry("openai", "gpt-4o", "2023-10"),
        _entry("azure", "gpt-4o", "2024-06"),
        _entry("github", "openai/gpt-4o", None),
        _entry("helicone", "gpt-4o", "2023-09"),
    ) == {
        "openai": ("2023-10", 0),
        "azure": ("2023-10", 1),
        "github": ("2023-10", 0),
        "helicone": ("2023-10", 0),
    }


def test_without_the_maker() -> None:
    """Where the maker says nothing a host keeps its own, disputed where hosts differ; none is lent."""
    assert _known(
        _entry("groq", "llama-9", "2025-01"),
        _entry("together", "llama-9", "2025-08"),
        _entry("aws", "llama-9", None),
    ) == {"groq": ("2025-01", 1), "together": ("2025-08", 1), "aws": (None, 0)}


@pytest.mark.parametrize(
    ("text", "known"),
    [("2024-10", True), ("2024-10-31", True), ("2025-02-31", False), ("", False), ("2024", False)],
)
def test_no_day(text: str, known: bool) -> None:
    """A day that does not exist is not a fact."""
    assert (known_day(text) is not None) is known
