"""What counts as a newer model of the same family, and what only looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from services.advisor.catalogue import Catalogue
from services.advisor.constraints import RouteRules
from services.advisor.entry import Entry, Fact, Snapshot
from services.advisor.newer import newer
from services.advisor.recommend import Adviser, as_json
from services.advisor.render import MOST_LINES, render

from .compare.labels import labelled
from .conftest import TODAY, usage

BEFORE = date(2026, 1, 1)


def _said(value: object) -> Fact[object]:
    return Fact(value, "list", "2026-08-01", "high")


def _model(model: str, released: date | None = BEFORE, **more: object) -> Entry:
    said = {
        "status": _said("active"),
        "released": _said(released) if released else None,
        "mode": _said("chat"),
        "modalities": _said(("text",)),
        "tools": _said(value=True),
    }
    return Entry("acme", model, model, **(said | more))  # type: ignore[arg-type]  # fields by name


OLD = _model("one-1-mini", date(2025, 1, 1))


def _newer(*others: Entry, old: Entry = OLD) -> str:
    found = newer(old, Catalogue(Snapshot("1", TODAY, {}, {}, (old, *others))), TODAY)
    return found.model if found else ""


def test_seldom_stated() -> None:
    """A list that says only of the older one that it reads PDFs keeps none from being newer."""
    old = _model("one-1-mini", date(2025, 1, 1), modalities=_said(("pdf", "text")))
    assert _newer(_model("one-2-mini"), old=old) == "one-2-mini"


def test_newest() -> None:
    """A later version that came out later supersedes; of several the latest."""
    assert _newer(_model("one-2-mini"), _model("one-3-mini"), _model("one-2.5-mini")) == "one-3-mini"


@pytest.mark.parametrize(
    "other",
    [
        _model("one-2"),  # another tier
        _model("one-2-pro"),
        _model("one-2-mini-audio"),  # another task
        _model("one-2-mini-preview"),
        _model("one-2-mini", preview=_said(value=True)),
        _model("one-mini-latest"),  # an alias that moves
        _model("one-2-mini-latest"),
        _model("one-1-mini-2026-01-01"),  # a snapshot of itself
        _model("one-2-mini", date(2024, 6, 1)),  # a higher number that is older
        _model("one-0.9-mini"),  # a later one under a lower number
        _model("one-2-mini", date(2027, 1, 1)),  # not out yet
        _model("one-2-mini", released=None),
        _model("one-2-mini", status=_said("deprecated")),
        _model("one-2-mini", shutdown_at=_said(date(2026, 9, 30))),
        _model("one-2-mini", earliest_at=_said(date(2026, 9, 30))),  # ends soon itself
        _model("one-2-mini", status=None),  # nobody states that it is supported
        _model("one-2-mini", tombstone="2026-08-01"),
        _model("one-2-mini", mode=_said("embedding")),
        _model("one-2-mini", modalities=None),
        _model("one-2-mini", tools=_said(value=False)),
        _model("one-2-8b-mini"),  # another size
        _model("two-2-mini"),
    ],
    ids=lambda entry: entry.model,
)
def test_traps(other: Entry) -> None:
    """Previews, aliases, other tiers, tasks and sizes, what ends or is less able: none is a successor."""
    assert _newer(other) == ""


def test_snapshots() -> None:
    """A dated snapshot is followed by a later one of the same name, not by the name itself."""
    old = _model("one-1-mini-2025-01-01", date(2025, 1, 1))
    assert _newer(_model("one-1-mini-2026-01-01"), _model("one-1-mini"), old=old) == "one-1-mini-2026-01-01"


def test_fine_tuned() -> None:
    """A fine-tune is not outdated because its base has a successor."""
    tuned = _model("ft:one-1-mini:acme::x", date(2025, 1, 1))
    assert _newer(_model("one-2-mini"), old=tuned) == ""


@pytest.mark.parametrize(
    ("incumbent", "later"),
    [
        ("azure/gpt-4o-mini", "azure/gpt-5.4-mini"),
        ("azure/gpt-5.4-mini", None),
        ("gemini/gemini-flash-latest", None),  # it moves by itself
        ("openai/no-such-model", None),
    ],
)
def test_shipped(catalogue: Catalogue, incumbent: str, later: str | None) -> None:
    """On the shipped lists a family's newest has no successor, and nothing is guessed for the unknown."""
    platform, _, model = incumbent.partition("/")
    entry = catalogue.get(platform, model)
    found = newer(entry, catalogue, TODAY) if entry else None
    assert (found.name if found else None) == later


def test_advice(adviser: Adviser) -> None:
    """A newer one in the family is told with what is not known, and moves nobody."""
    advice = adviser.recommend(usage("azure/gpt-4o-mini"), RouteRules())
    assert advice is not None
    document, text = as_json(advice), render(advice)
    assert (document["causes"], document["state"], document["candidate"]) == (["superseded"], "abstain", None)
    assert "newer in family: azure/gpt-5.4-mini" in text
    assert "no evidence here" in text
    assert "nothing forces a move" in text
    assert len(text.splitlines()) <= MOST_LINES
    assert not advice.answers


def test_compared(adviser: Adviser) -> None:
    """Once people have compared it here that stands instead; found worse, it supersedes nothing."""
    other = ("azure", "gpt-5.4-mini")
    open_ = adviser.recommend(usage("azure/gpt-4o-mini"), RouteRules(), (), {}, {other: labelled(200)})
    assert open_ is not None
    assert "compared here by 200 labelled pairs" in render(open_)
    worse = labelled(2_000, 0.10, 0.20)
    assert adviser.recommend(usage("azure/gpt-4o-mini"), RouteRules(), (), {}, {other: worse}) is None


def test_never_beside_an_end(adviser: Adviser) -> None:
    """Where an end forces the move, who replaces it is said there, and not as another cause."""
    advice = adviser.recommend(usage("mistral/mistral-medium-2508"), RouteRules())
    assert advice is not None
    assert list(advice.causes) == ["retiring"]
