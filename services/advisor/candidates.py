"""Who could replace a model: the company's own choices, the provider's word, where its siblings went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.advisor.catalogue import Catalogue
from services.advisor.constraints import RouteRules, obstacles
from services.advisor.entry import Entry
from services.advisor.lifespan import Lifespan, lifespan
from services.advisor.newer import newer
from services.advisor.successor import successors
from services.advisor.usage import RouteUsage

Reason = Literal["configured", "labelled", "provider", "curator", "newer", "likely"]
_LIKELY = 3  # hints: the provider's own word is among them in six cases of seven (bench.lifecycle)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible replacement.

    Attributes
    ----------
    why : configured by the company, named by the provider or by the catalogue's curators, newer in the
        family, or merely likely by what is alike and where its siblings went
    stated_at : when that was read; "" for own configuration and what nobody names
    obstacles : why it is not feasible; empty means it is
    """

    platform: str
    model: str
    why: Reason
    life: Lifespan
    stated_at: str = ""
    url: str = ""
    obstacles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """platform/model."""
        return f"{self.platform}/{self.model}"


def candidates(
    usage: RouteUsage,
    rules: RouteRules,
    catalogue: Catalogue,
    on: date,
    labelled: Iterable[tuple[str, str]] = (),
) -> list[Candidate]:
    """Return possible replacements, preferred first, each once, feasible or not.

    `labelled` are the (platform, model) that people compared with the incumbent on this route; they come
    right after those that the company configured.
    """
    found: dict[str, Candidate] = {}
    for candidate in _named(usage, rules, catalogue, on, labelled):
        found.setdefault(candidate.name, candidate)
    return list(found.values())


def _named(
    usage: RouteUsage,
    rules: RouteRules,
    catalogue: Catalogue,
    on: date,
    labelled: Iterable[tuple[str, str]],
) -> Iterator[Candidate]:
    incumbent = catalogue.find(usage.platform, usage.model, usage.served)

    def candidate(entry: Entry, why: Reason, stated_at: str = "", url: str = "") -> Candidate:
        blocked = tuple(obstacles(entry, usage, rules, catalogue, on))
        return Candidate(entry.platform, entry.model, why, lifespan(entry, on), stated_at, url, blocked)

    def own(platform: str, model: str, why: Reason) -> Candidate:
        unlisted = Entry(catalogue.platform(platform), model, model)
        return candidate(catalogue.get(platform, model) or unlisted, why)

    for name in rules.candidates:
        platform, _, model = name.partition("/")
        yield own(platform, model, "configured")
    for platform, model in labelled:
        yield own(platform, model, "labelled")
    if incumbent is None:
        return
    for item in incumbent.said(on):
        entry = catalogue.get(item.platform, item.model) or Entry(item.platform, item.model, item.model)
        yield candidate(entry, item.by, item.stated_at, item.url)
    if not lifespan(incumbent, on).leaving and (later := newer(incumbent, catalogue, on)):
        yield candidate(later, "newer")
    for entry in successors(incumbent, catalogue, on)[:_LIKELY]:
        yield candidate(entry, "likely")
