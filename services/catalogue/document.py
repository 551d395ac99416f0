"""What the catalogue knows, as the JSON documents of `fmwatch catalogue`: every fact with whose it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from services.advisor.catalogue import Catalogue
from services.advisor.difference import Difference
from services.advisor.entry import FACTS, Conflict, Entry, Fact, Price
from services.advisor.history import Objection
from services.advisor.lifespan import Lifespan, lifespan
from services.catalogue.billed import Billed

SHOWN = (*FACTS, "regions", "hourly_usd")

Document = dict[str, Any]


def overview(catalogue: Catalogue, on: date) -> Document:
    """Return what the snapshot holds, and from whom."""
    entries = catalogue.snapshot.entries
    return {
        "version": catalogue.version,
        "as_of": catalogue.as_of.isoformat(),
        "models": len(entries),
        "states": dict(sorted(Counter(lifespan(entry, on).state for entry in entries).items())),
        "with": {name: sum(entry.fact(name) is not None for entry in entries) for name in SHOWN},
        "priced": sum(bool(entry.prices) for entry in entries),
        "conflicts": sum(len(entry.conflicts) for entry in entries),
        "tombstones": sum(bool(entry.tombstone) for entry in entries),
        "platforms": dict(Counter(entry.platform for entry in entries).most_common()),
        "sources": {
            name: msgspec.structs.asdict(source) for name, source in catalogue.snapshot.sources.items()
        },
        "deployments": {f"{platform}/{name}": model for (platform, name), model in deployed(catalogue)},
    }


def deployed(catalogue: Catalogue) -> list[tuple[tuple[str, str], str]]:
    """Return the company's names of deployments and what answers under them, in order."""
    return sorted(catalogue.deployments.items())


def entry(catalogue: Catalogue, found: Entry, on: date, billed: Billed) -> Document:
    """Return everything that is known about a model, each fact with source, page, day and confidence."""
    return {
        "platform": found.platform,
        "model": found.model,
        "family": found.family,
        "aliases": list(found.aliases),
        "state": state(lifespan(found, on)),
        "facts": {name: fact(catalogue, said) for name in SHOWN if (said := found.fact(name)) is not None},
        "prices": [_price(catalogue, price) for price in found.prices],
        "replacements": [_plain(item) for item in found.replacements],
        "priors": [_plain(item) for item in found.priors],
        "billed": _billed(billed),
        "conflicts": [
            _conflict(item) for item in (*found.conflicts, *([billed.conflict] if billed.conflict else []))
        ],
        "gone_from": list(found.gone_from),
        "tombstone": found.tombstone or None,
    }


def state(life: Lifespan) -> Document:
    """Return where a model stands on a day."""
    return {
        "on": life.on.isoformat(),
        "state": life.state,
        "ends": life.ends.isoformat() if life.ends else None,
        "earliest": life.earliest.isoformat() if life.earliest else None,
        "days_left": life.days_left,
    }


def objections(found: Sequence[Objection]) -> list[Document]:
    """Return the reasons against a snapshot."""
    return [item._asdict() for item in found]


def counted(found: Iterable[Difference]) -> dict[str, int]:
    """Return how many differences there are of each kind of fact."""
    return dict(Counter(kind(item) for item in found).most_common())


def kind(item: Difference) -> str:
    """Return the kind of fact a difference is about, without the name in it.

    >>> kind(Difference("openai/o3", "price of o3 batch", "", ""))
    'price'
    """
    return item.fact.split(" ")[0]


def fact(catalogue: Catalogue, said: Fact[object]) -> Document:
    """Return one statement with whose it is."""
    value = list(said.value) if isinstance(said.value, tuple) else msgspec.to_builtins(said.value)
    return {"value": value} | _whose(catalogue, said.source, said.as_of, said.confidence, said.url)


def _price(catalogue: Catalogue, price: Price) -> Document:
    return {
        "id": price.id,
        "region": price.region,
        "tier": price.tier,
        "above_input_tokens": price.above,
        "from": price.from_.isoformat() if price.from_ else None,
        "until": price.until.isoformat() if price.until else None,
        "usd_per_million": dict(price.buckets),
    } | _whose(catalogue, price.source, price.as_of, price.confidence)


def _whose(catalogue: Catalogue, source: str, as_of: str, confidence: str, url: str = "") -> Document:
    known = catalogue.snapshot.sources.get(source)
    return {
        "source": source,
        "url": url or (known.url if known else ""),
        "as_of": as_of,
        "confidence": confidence,
    }


def _billed(billed: Billed) -> Document:
    return {
        "usd": dict(billed.usd),
        "source": billed.source or None,
        "as_of": billed.as_of or None,
        "missing": billed.missing or None,
    }


def _conflict(item: Conflict) -> Document:
    return {
        "fact": item.fact,
        "values": [{"source": source, "value": value} for source, value in item.values],
    }


def _plain(item: msgspec.Struct) -> Document:
    found: Document = msgspec.to_builtins(msgspec.structs.asdict(item))
    return found
