"""The shipped list of models: who sells them, how long they live, what they cost, what replaces them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

from detectors.identity import family, l1
from detectors.platforms import platform_name
from detectors.price_rows import DatedPrice
from services.advisor.entry import OWN, Entry, Fact, Price, Snapshot
from services.advisor.lifespan import Lifespan, lifespan, through
from services.advisor.snapshot_file import read

_VERSION = re.compile(r"(?<![a-z0-9])[a-z]?\d+(?:\.\d+)*[a-z]?(?![a-z0-9])")
_PREVIEW = re.compile(r"preview|beta|experimental|-exp\b")


class Catalogue:
    """Look models up as calls name them.

    Parameters
    ----------
    snapshot : what `fmwatch catalogue build` wrote
    deployments : names that a company gave, by platform and name in one spelling, and the models that answer
        under them; they go before models of that name
    """

    def __init__(self, snapshot: Snapshot, deployments: Mapping[tuple[str, str], str] | None = None) -> None:
        self.snapshot = snapshot
        self.deployments = deployments or {}
        self.version = snapshot.version
        self.as_of = snapshot.as_of
        self._names: dict[tuple[str, str], Entry] = {}
        for entry in snapshot.entries:
            for alias in entry.aliases:
                self._names.setdefault((entry.platform, l1(alias)), entry)
        # A model's own entry goes before another's alias.
        self._names |= {(entry.platform, l1(entry.model)): entry for entry in snapshot.entries}

    @classmethod
    def load(cls, file: Path | None = None) -> Catalogue:
        """Read a snapshot, the shipped one by default; raises what `snapshot_file.read` raises."""
        return cls(read(file))

    def platform(self, name: str) -> str:
        """Return the catalogue's name of a platform."""
        known = platform_name(name)
        return self.snapshot.synonyms.get(known, known)

    def get(self, platform: str, model: str) -> Entry | None:
        """Return the entry of a model as a call names it, or None; never one of a mere relative.

        A fine-tune has the entry of its base, if that is listed for fine-tunes.
        """
        seller, name = self.platform(platform), l1(model)
        name = l1(self.deployments.get((seller, name), name))
        found = self._names.get((seller, name))
        if found is None and name.startswith("ft:"):
            base = ":".join(name.split(":")[:2])
            found = self._names.get((seller, base))
        return found

    def find(self, platform: str, model: str, served: str = "") -> Entry | None:
        """Return the entry of the requested name, else that of the model that answered."""
        return self.get(platform, model) or (self.get(platform, served) if served else None)

    def status(self, platform: str, model: str, on: date, served: str = "") -> Lifespan:
        """Return where a model stands on a day; `served` is the `response_model` that answers."""
        asked = lifespan(self.get(platform, model), on)
        if not served or l1(served) == l1(model):
            return asked
        return through(asked, lifespan(self.get(platform, served), on), served)

    def prices(self) -> Iterator[DatedPrice]:
        """Yield the list prices as rows for a price book, under every spelling they hold for.

        Prices of a region that the model's name does not show are left out: a call could not find them.
        """
        for entry in self.snapshot.entries:
            own = [row for row in entry.prices if not row.region or row.id.startswith(f"{row.region}.")]
            spelled = {row.id.lower() for row in own}
            for row in own:
                yield _dated(entry.platform, row.id, row)
            for alias in {entry.model, *entry.aliases, l1(entry.model)}:
                if alias.lower() not in spelled and not self._someone_elses(entry, alias):
                    for row in own:
                        if not row.region and row.id == own[0].id:
                            yield _dated(entry.platform, alias, row)

    def models(self, platform: str) -> tuple[Entry, ...]:
        """Return all models of a platform."""
        return self._by_platform.get(self.platform(platform), ())

    def named(self, name: str) -> tuple[Entry, ...]:
        """Return the models that a person means by PLATFORM/MODEL, or by MODEL on any platform."""
        platform, _, model = name.partition("/")
        if model and (found := self.get(platform, model)):
            return (found,)
        everywhere = (self.get(platform, name) for platform in self._by_platform)
        return tuple({entry.name: entry for entry in everywhere if entry}.values())

    def relatives(self, name: str) -> list[Entry]:
        """Return the models of the same family, which carries neither price nor status."""
        return [entry for entry in self.snapshot.entries if entry.family == family(name)]

    def snapshots(self, entry: Entry) -> list[Entry]:
        """Return the dated snapshots of a name that carries no date itself."""
        if family(entry.model) != l1(entry.model):
            return []
        same = [other for other in self.models(entry.platform) if other.family == entry.family]
        return [other for other in same if l1(other.model).startswith(f"{entry.family}-20")]

    @cached_property
    def _by_platform(self) -> dict[str, tuple[Entry, ...]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.snapshot.entries:
            found.setdefault(entry.platform, []).append(entry)
        return {platform: tuple(entries) for platform, entries in found.items()}

    def _someone_elses(self, entry: Entry, alias: str) -> bool:
        owner = self._names.get((entry.platform, l1(alias)))
        return owner is not None and owner.model != entry.model


def line(model: str) -> str:
    """Return the product line: the family without version numbers.

    >>> line("gpt-5-mini"), line("gpt-5.4-mini-2026-03-17"), line("claude-sonnet-4-5-20250929")
    ('gpt-mini', 'gpt-mini', 'claude-sonnet')
    """
    return re.sub(r"-{2,}", "-", _VERSION.sub("", family(model))).strip("-.")


def preview(entry: Entry) -> bool:
    """Tell whether a model is not generally available."""
    return bool(entry.preview and entry.preview.value) or bool(_PREVIEW.search(entry.model))


def known_since(entry: Entry) -> str:
    """Return the first day on which a source is known to have listed the model, YYYY-MM-DD or YYYY-MM.

    A company has always known its own: "".
    """
    facts: Sequence[Fact[object] | None] = (entry.status, entry.mode, entry.context_tokens, entry.released)
    known = [fact for fact in (*facts, entry.hourly_usd) if fact]
    if any(fact.source == OWN for fact in known):
        return ""
    return min([fact.as_of for fact in known] + [price.as_of for price in entry.prices], default="9999")


def _day(fact: Fact[date] | None) -> date:
    return fact.value if fact else date.min


def _dated(platform: str, model: str, row: Price) -> DatedPrice:
    return DatedPrice(platform, model, row.from_, row.until, row.buckets, row.tier, row.above)
