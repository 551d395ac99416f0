"""Claims of all sources in, one entry per model and platform out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, get_args

import msgspec

from detectors.identity import family, l1
from detectors.platforms import platform_name
from services.advisor.claim import Claim
from services.advisor.difference import price_label
from services.advisor.entry import FACTS, Confidence, Conflict, Entry, Fact, Price, Replacement, Source

RANK = ("modeldeprecations", "genai_prices", "litellm", "models_dev", "vectara")  # who is believed first
_PRICES_ONLY = "genai_prices"  # its names are rules for names: it prices models, and makes none
_SPELLED_BY = ("litellm", "models_dev", "vectara", "genai_prices", "modeldeprecations")  # as calls do, first
_LIFECYCLE = ("status", "deprecated_at", "shutdown_at", "earliest_at", "replacements")
_WORTH_A_CONFLICT = ("status", "shutdown_at", "earliest_at", "deprecated_at")
_REGIONS = {"us-gov", "us", "eu", "apac", "jp", "au", "ca", "sa", "global"}
_CONFIDENCE = get_args(Confidence)
_SAME_PRICE = 0.01

Key = tuple[str, str]
Claims = dict[Key, list[Claim]]


def merge(
    claims: Iterable[Claim], sources: Mapping[str, Source], synonyms: Mapping[str, str]
) -> tuple[Entry, ...]:
    """Return the entries in order of platform and model."""
    grouped, general = _group(claims, synonyms)
    _share_lifecycle(grouped)
    return tuple(
        _entry(key, [*found, *general.get(key[1], ())], sources, synonyms)
        for key, found in sorted(grouped.items())
    )


def platform_of(name: str, synonyms: Mapping[str, str]) -> str:
    """Return the catalogue's name of a platform."""
    known = platform_name(name)
    return synonyms.get(known, known)


def _group(claims: Iterable[Claim], synonyms: Mapping[str, str]) -> tuple[Claims, dict[str, list[Claim]]]:
    grouped: Claims = defaultdict(list)
    general: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.platform == "*":
            general[l1(claim.id)].append(claim)
        else:
            grouped[platform_of(claim.platform, synonyms), l1(claim.id)].append(claim)
    listed = {key: found for key, found in grouped.items() if any(c.source != _PRICES_ONLY for c in found)}
    return listed, general


def _share_lifecycle(grouped: Claims) -> None:
    """Give a snapshot that a page lists as an alias the page's lifecycle; its own prices stay its own."""
    for (platform, _), found in list(grouped.items()):
        shared = [c for c in found if c.source == RANK[0] and c.fact in _LIFECYCLE]
        for alias in [c for c in found if c.fact == "aliases"]:
            own = grouped.get((platform, l1(str(alias.value))))
            if own and own is not found and not any(c.source == RANK[0] for c in own):
                own.extend(claim._replace(id=own[0].id) for claim in shared)


def _entry(
    key: Key, claims: Sequence[Claim], sources: Mapping[str, Source], synonyms: Mapping[str, str]
) -> Entry:
    ranked = sorted(claims, key=lambda claim: RANK.index(claim.source))
    by_fact: dict[str, list[Claim]] = defaultdict(list)
    for claim in ranked:
        by_fact[claim.fact].append(claim)
    _only_one_end(by_fact)
    facts: dict[str, Any] = {
        name: _fact(_surest(by_fact[name]), sources) for name in FACTS if name in by_fact
    }
    prices, priced_apart = _prices([claim.value for claim in by_fact["prices"]], sources)
    conflicts = [*_conflicts(by_fact), *priced_apart]
    model = _spelling(ranked)
    return Entry(
        platform=key[0],
        model=model,
        family=family(model),
        aliases=_aliases(model, ranked),
        replacements=tuple(_resolved(claim.value, synonyms) for claim in _unique(by_fact["replacements"])),
        prices=prices,
        priors=tuple(claim.value for claim in by_fact["priors"]),
        conflicts=tuple(conflicts),
        **facts,
    )


def _only_one_end(by_fact: dict[str, list[Claim]]) -> None:
    """A list's earliest day beside an announced end is the same fact: it agrees or it is a conflict."""
    if "shutdown_at" in by_fact:
        for claim in by_fact.pop("earliest_at", ()):
            by_fact["shutdown_at"].append(claim)


def _fact(claim: Claim, sources: Mapping[str, Source]) -> Fact[Any]:
    as_of = claim.as_of or sources[claim.source].as_of
    return Fact(claim.value, claim.source, as_of, claim.confidence, claim.url)


def _surest(claims: Sequence[Claim]) -> Claim:
    """Return the most confident claim, the first source's among equals."""
    return min(claims, key=lambda claim: _CONFIDENCE.index(claim.confidence))


def _conflicts(by_fact: Mapping[str, Sequence[Claim]]) -> list[Conflict]:
    found = []
    for name in _WORTH_A_CONFLICT:
        values = tuple(dict.fromkeys((c.source, str(c.value)) for c in by_fact.get(name, ())))
        if len({_word(value) for _, value in values}) > 1:
            found.append(Conflict(name, values))
    return found


def _word(value: str) -> str:
    """A model that was deprecated when one source looked may be retired when the other did: no conflict."""
    return "leaving" if value in {"deprecated", "retired"} else value


def _prices(rows: Sequence[Price], sources: Mapping[str, Source]) -> tuple[tuple[Price, ...], list[Conflict]]:
    """Keep the first source's price of each spelling, tier and step; note others that differ by over 1 %.

    Of prices by the day the one of the day on which the list was read.
    """
    kept: dict[tuple[str, str, str, int], Price] = {}
    conflicts = []
    for row in rows:
        if not _holds(row, sources[row.source].as_of):
            continue
        name = (row.id.lower(), row.region, row.tier, row.above)
        known = kept.setdefault(name, row)
        if known is not row and apart(known.buckets, row.buckets):
            values = tuple((price.source, _money(price.buckets)) for price in (known, row))
            conflicts.append(Conflict(f"price of {price_label(row)}", values))
    dated = (msgspec.structs.replace(row, as_of=sources[row.source].as_of) for _, row in sorted(kept.items()))
    return tuple(dated), conflicts


def _holds(row: Price, as_of: str) -> bool:
    """Tell whether a price held when its list was read."""
    on = date.fromisoformat(f"{as_of}-01"[:10])
    return (row.from_ is None or row.from_ <= on) and (row.until is None or on < row.until)


def apart(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Tell whether two prices differ by over 1 %."""
    return any(
        abs(one[b] - other[b]) > _SAME_PRICE * max(one[b], other[b])
        for b in ("input", "output")
        if b in one and b in other
    )


def _money(buckets: Mapping[str, float]) -> str:
    return "/".join(f"{buckets[bucket]:g}" for bucket in ("input", "output") if bucket in buckets)


def _spelling(claims: Sequence[Claim]) -> str:
    """Return the spelling that calls use: of a list that prices it, without a region."""
    ids = [
        (c.id.split(".")[0] in _REGIONS, _SPELLED_BY.index(c.source), c.id)
        for c in claims
        if c.platform != "*"
    ]
    return min(ids)[-1]


def _aliases(model: str, claims: Sequence[Claim]) -> tuple[str, ...]:
    listed = {str(claim.value) for claim in claims if claim.fact == "aliases"}
    return tuple(sorted(alias for alias in listed if l1(alias) != l1(model)))


def _resolved(item: Replacement, synonyms: Mapping[str, str]) -> Replacement:
    return msgspec.structs.replace(item, platform=platform_of(item.platform, synonyms))


def _unique(claims: Iterable[Claim]) -> list[Claim]:
    return list({(c.value.platform, c.value.model): c for c in claims}.values())
