"""What a company itself says about models: names of deployments, private and fine-tuned models, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from detectors.identity import family, l1
from services.advisor.catalogue import Catalogue
from services.advisor.entry import OWN, Conflict, Entry, Fact, Source, Stated

_INHERITED = ("mode", "context_tokens", "output_tokens", "modalities", "tools", "json", "knowledge")
_SAID = (*_INHERITED, "status", "released", "shutdown_at", "earliest_at", "regions", "hourly_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """One model that no public list can know, or knows less about. None is not said.

    Parameters
    ----------
    model : the name that calls use
    serves : the platform's model that answers under this name; then nothing else is said
    base : MODEL or PLATFORM/MODEL that it was trained from: its abilities hold, its price and life do not
    shutdown_at : its announced last day; earliest_at : it is promised to live until then
    regions : where it runs
    hourly_usd : what its endpoint costs an hour, whatever is called
    """

    platform: str
    model: str
    serves: str = ""
    base: str = ""
    mode: Literal["chat", "completion", "embedding"] | None = None
    status: Stated | None = None
    released: date | None = None
    shutdown_at: date | None = None
    earliest_at: date | None = None
    context_tokens: int | None = None
    output_tokens: int | None = None
    modalities: tuple[str, ...] | None = None
    tools: bool | None = None
    json: bool | None = None
    knowledge: str | None = None
    regions: tuple[str, ...] | None = None
    hourly_usd: float | None = None


def with_own(catalogue: Catalogue, models: Sequence[OwnModel], on: date) -> Catalogue:
    """Return the catalogue with the company's own statements, which go before every list's.

    Parameters
    ----------
    on : the day on which they were read
    """
    if not models:
        return catalogue
    listed = {(entry.platform, l1(entry.model)): entry for entry in catalogue.snapshot.entries}
    for model in models:
        if not model.serves:
            platform = catalogue.platform(model.platform)
            listed[platform, l1(model.model)] = _entry(model, platform, catalogue, on)
    entries = tuple(sorted(listed.values(), key=lambda entry: (entry.platform, entry.model)))
    sources = {**catalogue.snapshot.sources, OWN: Source("your configuration", "", "", on.isoformat())}
    snapshot = msgspec.structs.replace(catalogue.snapshot, entries=entries, sources=sources)
    return Catalogue(snapshot, deployments(catalogue, models))


def deployments(catalogue: Catalogue, models: Iterable[OwnModel]) -> dict[tuple[str, str], str]:
    """Return the model that answers, by platform and the deployment's name in one spelling."""
    return {
        (catalogue.platform(model.platform), l1(model.model)): model.serves
        for model in models
        if model.serves
    }


def loose_ends(catalogue: Catalogue, models: Iterable[OwnModel]) -> Iterator[str]:
    """Say which of the models that own ones refer to the catalogue does not know."""
    for model in models:
        for key, name in (("serves", model.serves), ("base", model.base)):
            if name and _referred(name, model.platform, catalogue) is None:
                yield f"{model.platform}/{model.model}: {key} {name} is in no list"


def _entry(model: OwnModel, platform: str, catalogue: Catalogue, on: date) -> Entry:
    known = catalogue.get(platform, model.model)
    entry = msgspec.structs.replace(known, model=model.model) if known else _new(model, platform, catalogue)
    said = {name: value for name in _SAID if (value := getattr(model, name)) is not None}
    facts: dict[str, Any] = {name: Fact(value, OWN, on.isoformat(), "high") for name, value in said.items()}
    if facts.keys() & {"shutdown_at", "earliest_at"}:
        facts = {"shutdown_at": None, "earliest_at": None} | facts  # one end, and it is the company's
    return msgspec.structs.replace(entry, **facts, conflicts=(*entry.conflicts, *_conflicts(entry, said)))


def _new(model: OwnModel, platform: str, catalogue: Catalogue) -> Entry:
    base = _referred(model.base, platform, catalogue) if model.base else None
    abilities = {name: getattr(base, name) for name in _INHERITED} if base else {}
    return Entry(platform, model.model, family(model.model), **abilities)


def _referred(name: str, platform: str, catalogue: Catalogue) -> Entry | None:
    """Return the model that is meant: of the same platform, else of the one that the name begins with."""
    other, _, rest = name.partition("/")
    return catalogue.get(platform, name) or (catalogue.get(other, rest) if rest else None)


def _conflicts(entry: Entry, said: dict[str, Any]) -> Iterator[Conflict]:
    for name, value in said.items():
        listed: Fact[object] | None = getattr(entry, name)
        if listed and listed.value != value:
            yield Conflict(name, ((OWN, str(value)), (listed.source, str(listed.value))))
