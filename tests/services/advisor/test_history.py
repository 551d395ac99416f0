"""A snapshot that shrinks, changes types or rewrites the past is objected to; an honest one is not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.advisor.build import build, in_folder
from services.advisor.catalogue import Catalogue
from services.advisor.difference import differences
from services.advisor.entry import Entry, Fact, Snapshot
from services.advisor.history import objections


@pytest.fixture
def small(sources: Path) -> Snapshot:
    """The snapshot of four tiny lists."""
    return build(in_folder(sources))


def _with(snapshot: Snapshot, name: str, **changed: Any) -> Snapshot:
    entries = tuple(
        msgspec.structs.replace(entry, **changed) if entry.name == name else entry
        for entry in snapshot.entries
    )
    return msgspec.structs.replace(snapshot, entries=entries)


def _entry(snapshot: Snapshot, name: str) -> Entry:
    return next(entry for entry in snapshot.entries if entry.name == name)


def _said(old: Snapshot, new: Snapshot) -> list[tuple[str, str]]:
    return [(item.kind, item.what) for item in objections(old, new)]


def _day(value: date) -> Fact[date]:
    return Fact(value, "modeldeprecations", "2026-11-01", "high")


def test_the_same(small: Snapshot, catalogue: Catalogue) -> None:
    """A snapshot may always replace itself."""
    assert objections(small, small) == []
    assert differences(small, small) == []
    assert objections(catalogue.snapshot, catalogue.snapshot) == []


@pytest.mark.parametrize(
    ("name", "changed", "objection"),
    [
        ("openai/good-1", {"deprecated_at": _day(date(2026, 4, 23))}, "history"),
        ("openai/good-1", {"released": None}, "history"),
        ("openai/good-1", {"replacements": ()}, "history"),
        ("openai/good-2", {"mode": Fact("embedding", "litellm", "2026-11", "medium")}, "type"),
    ],
)
def test_refused(small: Snapshot, name: str, changed: dict[str, Any], objection: str) -> None:
    """A day that has come, a statement that was made and a mode stay what they were."""
    assert _said(small, _with(small, name, **changed)) == [(objection, name)]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("openai/good-1", {"shutdown_at": _day(date(2026, 12, 23))}),  # postponed before it came
        ("openai/good-2", {"status": Fact("deprecated", "modeldeprecations", "2026-11-01", "high")}),
        ("openai/good-2", {"deprecated_at": _day(date(2026, 8, 2))}),  # read late
    ],
)
def test_accepted(small: Snapshot, name: str, changed: dict[str, Any]) -> None:
    """What is new may be said."""
    new = _with(small, name, **changed)
    assert objections(small, new) == []
    assert [item.name for item in differences(small, new)] == [name]


def test_risen_from_the_dead(small: Snapshot) -> None:
    """A retired model does not come back by itself."""
    retired = _with(small, "openai/good-1", status=Fact("retired", "modeldeprecations", "2026-08-21", "high"))
    assert _said(retired, small) == [("history", "openai/good-1")]


def test_another_unit(small: Snapshot) -> None:
    """A price a million times smaller is per token, not per million."""
    prices = tuple(
        msgspec.structs.replace(price, buckets={name: usd / 10**6 for name, usd in price.buckets.items()})
        for price in _entry(small, "openai/good-2").prices
    )
    found = objections(small, _with(small, "openai/good-2", prices=prices))
    assert {item.kind for item in found} == {"type"}
    assert "another unit?" in found[0].why


def test_forgotten(small: Snapshot) -> None:
    """A model may leave the lists, but not without a tombstone."""
    fewer = msgspec.structs.replace(small, entries=small.entries[1:])
    assert _said(small, fewer) == [("shrinks", small.entries[0].name)]
    buried = _with(small, small.entries[0].name, tombstone="2026-11-01")
    assert objections(small, buried) == []


def test_half_a_list(catalogue: Catalogue) -> None:
    """A list of which a tenth is missing takes models and facts with it, and both are said."""
    old = catalogue.snapshot
    tenth = tuple(
        msgspec.structs.replace(entry, tombstone="2026-11-01") if index % 10 == 0 else entry
        for index, entry in enumerate(old.entries)
    )
    said = _said(old, msgspec.structs.replace(old, entries=tenth))
    assert {("shrinks", "models"), ("shrinks", "prices"), ("shrinks", "list litellm")} <= set(said)
    unpriced = tuple(
        msgspec.structs.replace(entry, prices=()) if index % 10 == 0 else entry
        for index, entry in enumerate(old.entries)
    )
    assert _said(old, msgspec.structs.replace(old, entries=unpriced)) == [
        ("shrinks", "list genai_prices"),
        ("shrinks", "prices"),
    ]


def test_a_deleted_model_keeps_its_price(sources: Path) -> None:
    """What a list said before it deleted a retired model is remembered; it is no shrinking."""
    old = build(in_folder(sources))
    file = sources / "litellm" / "model_prices_and_context_window_backup.json"
    listed = json.loads(file.read_text())
    del listed["good-2"]
    file.write_text(json.dumps(listed))
    new = build(in_folder(sources), old)
    was, now = _entry(old, "openai/good-2"), _entry(new, "openai/good-2")
    assert now.gone_from == ("litellm",)
    assert (now.mode, {price.tier: price.buckets["input"] for price in now.prices}) == (
        was.mode,
        {"batch": 1.0, "standard": 2.5},  # models.dev still has one
    )
    assert objections(old, new) == []


def test_a_whole_list(small: Snapshot) -> None:
    """A list that is gone is missed by name."""
    sources = {name: source for name, source in small.sources.items() if name != "vectara"}
    assert _said(small, msgspec.structs.replace(small, sources=sources)) == [("shrinks", "vectara")]


def test_older(small: Snapshot) -> None:
    """An older snapshot does not replace a newer one."""
    older = msgspec.structs.replace(small, as_of=date(2026, 1, 1))
    assert ("history", "as_of") in _said(small, older)
