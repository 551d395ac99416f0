"""Build a snapshot of the catalogue from public lists; the same lists give the same snapshot.

What the previous snapshot knew and no list says any more is kept as the past: models as tombstones, so that
a provider that deletes a retired model cannot make it look merely unknown, and what was once said to replace
a model with the day since which it is no longer said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from tarfile import TarError
from typing import Any

import msgspec
from ruamel.yaml.error import YAMLError

from detectors.identity import l1
from services.advisor.claim import Claim
from services.advisor.entry import FACTS, Entry, Replacement, Snapshot, Source
from services.advisor.errors import CatalogueError
from services.advisor.inputs import Input
from services.advisor.knowledge import shared
from services.advisor.merge import merge
from services.advisor.snapshot_file import SHIPPED
from services.advisor.sources import genai_prices, litellm, modeldeprecations, models_dev, vectara

Read = Callable[[Path], Iterator[Claim]]

LISTS: Mapping[str, Read] = {
    modeldeprecations.SOURCE: modeldeprecations.claims,
    genai_prices.SOURCE: genai_prices.claims,
    litellm.SOURCE: litellm.claims,
    models_dev.SOURCE: models_dev.claims,
    vectara.SOURCE: vectara.claims,
}
_OWN_FACTS = tuple(name for name in FACTS if name != "knowledge")  # that is its maker's
_MANIFEST = SHIPPED.parent / "sources.json"
# What a reader meets in a file that is not its list.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OSError, EOFError, YAMLError, TarError)


class Manifest(msgspec.Struct, frozen=True):
    """Names, licences and dates of the lists that ship; where each is published; other names of platforms."""

    sources: Mapping[str, Source]
    urls: Mapping[str, str]
    synonyms: Mapping[str, str]


@cache
def manifest() -> Manifest:
    """Return what is said about the lists beside the shipped snapshot."""
    return msgspec.json.decode(_MANIFEST.read_bytes(), type=Manifest)


def in_folder(folder: Path) -> dict[str, Input]:
    """Return the copies of the lists that ship: one folder each, as old as the manifest says."""
    sources = manifest().sources
    return {name: Input(folder / name, sources[name].as_of) for name in LISTS if (folder / name).exists()}


def claims(inputs: Mapping[str, Input]) -> Iterator[Claim]:
    """Read every list.

    Raises
    ------
    CatalogueError : a list cannot be read as what it should be
    """
    for name, read in LISTS.items():
        if name in inputs:
            yield from _read(name, read, inputs[name])


def build(inputs: Mapping[str, Input], previous: Snapshot | None = None) -> Snapshot:
    """Merge the lists into one snapshot; raises what `claims` raises."""
    sources = {name: _source(name, inputs[name]) for name in LISTS if name in inputs}
    synonyms = manifest().synonyms
    found = list(claims(inputs))
    entries = merge(found, sources, synonyms)
    checked = _checked(found, sources)
    if previous:
        sources = {**previous.sources, **sources}
        entries = tuple(_with_the_past(entries, previous, checked, priors=vectara.SOURCE in inputs))
    entries = tuple(sorted(shared(entries), key=lambda entry: (entry.platform, entry.model)))
    digest = hashlib.sha256(msgspec.json.encode(entries)).hexdigest()[:8]
    return Snapshot(f"{checked}.{digest}", date.fromisoformat(checked), sources, synonyms, entries)


def _read(name: str, read: Read, given: Input) -> Iterator[Claim]:
    try:
        found = list(read(given.path))
    except _UNREADABLE as error:
        what = (
            f"{given.url or given.path} cannot be read as the list {name} ({type(error).__name__}: {error})"
        )
        raise CatalogueError(f"{what}; it should be that of {manifest().sources[name].url}") from error
    if not found:
        raise CatalogueError(f"{given.url or given.path} says nothing as the list {name}")
    return iter(found)


def _source(name: str, given: Input) -> Source:
    known = manifest().sources[name]
    return msgspec.structs.replace(known, as_of=given.as_of, read_from=given.url, etag=given.etag)


def _checked(found: list[Claim], sources: Mapping[str, Source]) -> str:
    """Return the newest day on which a lifecycle was checked; without that list, the newest list's day."""
    lifecycle = [claim.as_of for claim in found if claim.source == modeldeprecations.SOURCE]
    return max(lifecycle or (f"{source.as_of}-01"[:10] for source in sources.values()))


def _with_the_past(
    entries: tuple[Entry, ...], previous: Snapshot, day: str, *, priors: bool
) -> Iterator[Entry]:
    before = {entry.key: entry for entry in previous.entries}
    for entry in entries:
        if (known := before.pop(entry.key, None)) is None:
            yield entry
            continue
        said = _statements(entry.replacements, known.replacements, day)
        board = entry.priors if priors else known.priors
        remembered = _remembered(entry, known)
        yield msgspec.structs.replace(entry, replacements=said, priors=board, **remembered)
    for entry in before.values():
        yield entry if entry.tombstone else msgspec.structs.replace(entry, tombstone=day)


def _remembered(entry: Entry, known: Entry) -> dict[str, Any]:
    """Return what lists that no longer name the model had said of it; one that still does has withdrawn it.

    Lists delete retired models, whose old calls keep their price.
    """
    naming = {fact.source for name in _OWN_FACTS if (fact := entry.fact(name))}
    naming |= {price.source for price in entry.prices}
    facts: dict[str, Any] = {
        name: fact
        for name in _OWN_FACTS
        if entry.fact(name) is None and (fact := known.fact(name)) and fact.source not in naming
    }
    if entry.shutdown_at or "shutdown_at" in facts:
        facts["earliest_at"] = None  # one end
    prices = {what: price for what, price in known.priced().items() if price.source not in naming}
    sources = {fact.source for fact in facts.values() if fact} | {p.source for p in prices.values()}
    return facts | {
        "prices": tuple(price for _, price in sorted((prices | entry.priced()).items())),
        "gone_from": tuple(sorted((sources | set(known.gone_from)) - naming)),
    }


def _statements(
    now: tuple[Replacement, ...], before: tuple[Replacement, ...], day: str
) -> tuple[Replacement, ...]:
    """Keep since when something has been said, and what is no longer said."""
    since = {_said(item): item.stated_at for item in before if item.until is None}
    kept = [
        msgspec.structs.replace(item, stated_at=min(item.stated_at, since.get(_said(item), item.stated_at)))
        for item in now
    ]
    listed = {_said(item) for item in now}
    gone = [
        item if item.until else msgspec.structs.replace(item, until=date.fromisoformat(day))
        for item in before
        if item.until or _said(item) not in listed
    ]
    return (*kept, *gone)


def _said(item: Replacement) -> tuple[str, str, str]:
    return item.platform, l1(item.model), item.by
