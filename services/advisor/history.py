"""Why a new snapshot must not replace the one in use: it shrinks, changes types, or rewrites the past.

Lists are other people's work: one that is half written, counts in another unit or forgets yesterday must not
quietly become what advice rests on. A person who has looked may accept each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple, get_args

from detectors.identity import l1
from services.advisor.difference import price_label
from services.advisor.entry import FACTS, Entry, Snapshot

Kind = Literal["shrinks", "type", "history"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SHRINKS_BY = 0.05  # of the models, or of those with one kind of fact
FEW = 5  # so many may always go: a short list's 5 % is less than one model
UNIT = 100  # a price that moves so many times is another unit, or another model
_DAYS = ("released", "deprecated_at", "shutdown_at")


class Objection(NamedTuple):
    """One reason against a new snapshot; `what` is a model or a kind of fact."""

    kind: Kind
    what: str
    why: str


def objections(old: Snapshot, new: Snapshot) -> list[Objection]:
    """Return every reason why `new` must not replace `old`; none means it may."""
    before = {entry.key: entry for entry in old.entries}
    after = {entry.key: entry for entry in new.entries}
    both = [(was, after[name]) for name, was in before.items() if name in after]
    found = [*_shrinks(old, new, before, after), *_fewer_facts(old, new)]
    if new.as_of < old.as_of:
        found.append(Objection("history", "as_of", f"was {old.as_of}, is {new.as_of}: an older snapshot"))
    for was, now in both:
        found += [*_type(was, now), *_past(was, now, old.as_of)]
    return found


def _shrinks(
    old: Snapshot,
    new: Snapshot,
    before: Mapping[tuple[str, str], Entry],
    after: Mapping[tuple[str, str], Entry],
) -> Iterator[Objection]:
    for source in sorted(old.sources.keys() - new.sources.keys()):
        yield Objection("shrinks", source, "no fact comes from this list any more")
    for name in sorted(before.keys() - after.keys()):
        yield Objection("shrinks", before[name].name, "is forgotten: not even a tombstone is left")
    living = [name for name, entry in before.items() if not entry.tombstone]
    lost = [name for name in living if name in after and after[name].tombstone]
    if len(lost) > _allowed(len(living)):
        shown = ", ".join(before[name].name for name in lost[:3])
        yield Objection(
            "shrinks", "models", f"{len(lost):,} of {len(living):,} are in no list any more: {shown}, ..."
        )


def _fewer_facts(old: Snapshot, new: Snapshot) -> Iterator[Objection]:
    """Compare of how many models each list, and each kind of fact, says something; memories do not count."""
    before, after = _stated(old), _stated(new)
    for what, n in sorted(before.items()):
        if n - after[what] > _allowed(n):
            yield Objection("shrinks", what, f"was stated of {n:,} models, is of {after[what]:,}")


def _stated(snapshot: Snapshot) -> Counter[str]:
    counts: Counter[str] = Counter()
    for entry in snapshot.entries:
        if not entry.tombstone:
            said = [(name, fact.source) for name in FACTS if (fact := entry.fact(name))]
            said += [("prices", price.source) for price in entry.prices]
            said += [("replacements", item.source) for item in entry.replacements if item.until is None]
            said = [(name, source) for name, source in said if source not in entry.gone_from]
            counts.update({name for name, _ in said} | {f"list {source}" for _, source in said})
            counts.update({"priors"} if entry.priors else ())
    return counts


def _type(was: Entry, now: Entry) -> Iterator[Objection]:
    if was.mode and now.mode and was.mode.value != now.mode.value:
        yield Objection("type", now.name, f"was of mode {was.mode.value}, is of mode {now.mode.value}")
    new = now.priced()
    for name, price in was.priced().items():
        other = new.get(name)
        for bucket in sorted(price.buckets.keys() & other.buckets.keys()) if other else ():
            one, two = price.buckets[bucket], other.buckets[bucket] if other else 0.0
            if one and two and max(one / two, two / one) >= UNIT:
                why = f"{bucket} of {price_label(price)} was {one:g}, is {two:g} USD: another unit?"
                yield Objection("type", now.name, why)


def _past(was: Entry, now: Entry, as_of: date) -> Iterator[Objection]:
    """What had happened when the old snapshot was made has happened."""
    for name in _DAYS:
        one, other = getattr(was, name), getattr(now, name)
        if one and one.value <= as_of and (other is None or other.value != one.value):
            said = f"is {other.value}" if other else "is not known any more"
            yield Objection("history", now.name, f"{name} was {one.value}, a day that had come, and {said}")
    if was.status and was.status.value == "retired" and (now.status is None or now.status.value != "retired"):
        said = now.status.value if now.status else "unknown"
        yield Objection("history", now.name, f"was retired, is {said}")
    kept = {(item.platform, l1(item.model), item.by, item.stated_at) for item in now.replacements}
    for item in was.replacements:
        if (item.platform, l1(item.model), item.by, item.stated_at) not in kept:
            name = f"{item.platform}/{item.model}"
            why = f"{name} was stated as its replacement on {item.stated_at}; that is gone"
            yield Objection("history", now.name, why)


def _allowed(n: int) -> float:
    return max(FEW, SHRINKS_BY * n)
