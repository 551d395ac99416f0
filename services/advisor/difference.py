"""What two snapshots of the catalogue say differently, fact by fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.advisor.entry import FACTS, Entry, Fact, Price, PriceName, Snapshot

ADDED, GONE, BACK, FORGOTTEN = "added", "gone", "back", "forgotten"


class Difference(NamedTuple):
    """One fact that two snapshots say differently.

    Attributes
    ----------
    name : platform/model
    fact : a field of `Entry`; "price of ID", "replacement NAME", "prior of BOARD"; added, gone (no list names
        it any more), back (one names it again), forgotten (nothing remembers it)
    was, now : "" where nothing is said
    source : who says so now, or said so
    """

    name: str
    fact: str
    was: str
    now: str
    source: str = ""


def differences(old: Snapshot, new: Snapshot) -> list[Difference]:
    """Return every difference, in order of platform and model."""
    before = {entry.key: entry for entry in old.entries}
    after = {entry.key: entry for entry in new.entries}
    found: list[Difference] = []
    for name in sorted(before.keys() | after.keys()):
        found += _of(before.get(name), after.get(name))
    return found


def _of(was: Entry | None, now: Entry | None) -> Iterator[Difference]:
    if was is None or now is None:
        known = was or now
        if known:
            yield Difference(known.name, FORGOTTEN if was else ADDED, "", "")
        return
    if bool(was.tombstone) != bool(now.tombstone):
        yield Difference(now.name, GONE if now.tombstone else BACK, was.tombstone, now.tombstone)
    for name in FACTS:
        one, other = was.fact(name), now.fact(name)
        if _value(one) != _value(other):
            said = other or one
            yield Difference(now.name, name, _value(one), _value(other), said.source if said else "")
    yield from _prices(now.name, was.priced(), now.priced())
    yield from _listed(now.name, "replacement", _statements(was), _statements(now))
    yield from _listed(now.name, "prior", _priors(was), _priors(now))


def _prices(
    name: str, was: Mapping[PriceName, Price], now: Mapping[PriceName, Price]
) -> Iterator[Difference]:
    for what in sorted(was.keys() | now.keys()):
        one, other = was.get(what), now.get(what)
        said = other or one
        if said and (one.buckets if one else None) != (other.buckets if other else None):
            yield Difference(name, f"price of {price_label(said)}", _money(one), _money(other), said.source)


def price_label(price: Price) -> str:
    """Return what a price is for: the spelling, its region, tier and step where they are not the usual."""
    parts = [price.id, price.region, "" if price.tier == "standard" else price.tier]
    parts.append(f"above {price.above:,} input tokens" if price.above else "")
    return " ".join(part for part in parts if part)


def _listed(name: str, what: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    for item in sorted(was.keys() | now.keys()):
        if was.get(item) != now.get(item):
            yield Difference(name, f"{what} {item}", was.get(item, ""), now.get(item, ""))


def _statements(entry: Entry) -> dict[str, str]:
    return {
        f"{item.platform}/{item.model} ({item.by})": f"stated {item.stated_at}"
        + (f" until {item.until}" if item.until else "")
        for item in entry.replacements
    }


def _priors(entry: Entry) -> dict[str, str]:
    return {f"of {prior.board} {prior.measure}": f"{prior.value:g}" for prior in entry.priors}


def _value(found: Fact[object] | None) -> str:
    if found is None:
        return ""
    return ", ".join(map(str, found.value)) if isinstance(found.value, tuple) else str(found.value)


def _money(price: Price | None) -> str:
    return ", ".join(f"{bucket} {usd:g}" for bucket, usd in price.buckets.items()) if price else ""
