"""What the catalogue knows about one model on one platform; every fact says whose it is and how sure.

Arrays instead of objects for facts keep the shipped file small; msgspec gives them names again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Generic, Literal, TypeVar

import msgspec

from detectors.identity import l1

Stated = Literal["active", "deprecated", "retired"]
Confidence = Literal["high", "medium", "low"]
OWN = "own"  # the source of what a company itself says in its configuration
PriceName = tuple[str, str, str, int]  # spelling, region, tier, above so many input tokens
T_co = TypeVar("T_co", covariant=True)


# The fields of `Entry` that are one fact each and that public lists state.
FACTS = (
    "mode",
    "status",
    "released",
    "deprecated_at",
    "shutdown_at",
    "earliest_at",
    "preview",
    "context_tokens",
    "output_tokens",
    "modalities",
    "tools",
    "json",
    "knowledge",
)


class Fact(msgspec.Struct, Generic[T_co], array_like=True, frozen=True):
    """One statement.

    Attributes
    ----------
    source : key into `Snapshot.sources`
    as_of : the day on which the source was last checked, YYYY-MM-DD (or YYYY-MM)
    confidence : high is a provider's cited page, medium a public list, low a list's guess
    url : the page that says so; empty means the source's own url
    """

    value: T_co
    source: str
    as_of: str
    confidence: Confidence
    url: str = ""


class Price(msgspec.Struct, array_like=True, frozen=True):
    """List prices under one spelling of the model's name.

    Attributes
    ----------
    id : the spelling they were published under; regional spellings have their own prices
    region : "" or the region they hold for
    tier : standard, batch, flex or priority
    above : holds for calls with more input tokens than this
    buckets : USD per million tokens, per unit for images, seconds
    from_, until : the days between which they hold; None is open
    """

    id: str
    region: str
    tier: str
    above: int
    buckets: Mapping[str, float]
    source: str
    as_of: str
    confidence: Confidence
    from_: date | None = None
    until: date | None = None


class Replacement(msgspec.Struct, array_like=True, frozen=True):
    """What somebody says should be used instead.

    Attributes
    ----------
    by : provider when the provider itself names it, else curator
    stated_at : the first day on which it was read; such advice is perishable
    until : the day since which it is no longer said; None while it is
    """

    platform: str
    model: str
    by: Literal["provider", "curator"]
    stated_at: str
    source: str
    url: str = ""
    until: date | None = None


class Prior(msgspec.Struct, array_like=True, frozen=True):
    """A public board's number. It may order a shortlist; it never supports a change."""

    board: str
    version: str
    measure: str
    value: float
    n: int | None = None


class Conflict(msgspec.Struct, array_like=True, frozen=True):
    """Sources that disagree about one fact; the first is used."""

    fact: str
    values: tuple[tuple[str, str], ...]  # (source, value), of `knowledge` (platform, value)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One model on one platform. What no source states is None, never guessed.

    Attributes
    ----------
    model : the spelling calls use; aliases are other spellings that the sources list
    earliest_at : the model is promised to live until then; not an announced end
    regions : where a model of one's own runs
    hourly_usd : what an endpoint of one's own costs, whatever is called
    gone_from : lists that named the model once and do not any more; what they said is remembered
    tombstone : the day since which no source lists the model any more
    """

    platform: str
    model: str
    family: str
    aliases: tuple[str, ...] = ()
    mode: Fact[str] | None = None
    status: Fact[Stated] | None = None
    released: Fact[date] | None = None
    deprecated_at: Fact[date] | None = None
    shutdown_at: Fact[date] | None = None
    earliest_at: Fact[date] | None = None
    preview: Fact[bool] | None = None
    replacements: tuple[Replacement, ...] = ()
    prices: tuple[Price, ...] = ()
    context_tokens: Fact[int] | None = None
    output_tokens: Fact[int] | None = None
    modalities: Fact[tuple[str, ...]] | None = None
    tools: Fact[bool] | None = None
    json: Fact[bool] | None = None
    knowledge: Fact[str] | None = None
    priors: tuple[Prior, ...] = ()
    regions: Fact[tuple[str, ...]] | None = None
    hourly_usd: Fact[float] | None = None
    conflicts: tuple[Conflict, ...] = ()
    gone_from: tuple[str, ...] = ()
    tombstone: str = ""

    @property
    def name(self) -> str:
        """platform/model."""
        return f"{self.platform}/{self.model}"

    @property
    def key(self) -> tuple[str, str]:
        """What makes two entries the same model, whichever spelling of it a list prefers."""
        return self.platform, l1(self.model)

    def fact(self, name: str) -> Fact[object] | None:
        """Return a fact by the name of its field."""
        found: Fact[object] | None = getattr(self, name)
        return found

    def priced(self) -> dict[PriceName, Price]:
        """Return the prices by what they are for."""
        return {(price.id.lower(), price.region, price.tier, price.above): price for price in self.prices}

    def said(self, on: date) -> tuple[Replacement, ...]:
        """Return what was said to replace it on a day, as far as it had been read."""
        day = on.isoformat()
        return tuple(r for r in self.replacements if r.stated_at <= day and (r.until is None or on < r.until))


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where facts come from.

    Attributes
    ----------
    read_from, etag : the address that this copy was read from, and its version there; empty for a file
    """

    name: str
    url: str
    licence: str
    as_of: str
    read_from: str = ""
    etag: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """The whole catalogue. `as_of` is the newest day on which a lifecycle was checked at its source."""

    version: str
    as_of: date
    sources: Mapping[str, Source]
    synonyms: Mapping[str, str]  # other names of platforms
    entries: tuple[Entry, ...]
