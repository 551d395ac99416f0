"""What the catalogue knows, as text on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from services.advisor.catalogue import Catalogue
from services.advisor.difference import ADDED, BACK, FORGOTTEN, GONE, Difference, price_label
from services.advisor.entry import FACTS, Conflict, Entry, Fact, Price, Replacement
from services.advisor.history import Objection
from services.advisor.lifespan import Lifespan, lifespan
from services.catalogue.billed import Billed
from services.catalogue.document import SHOWN, counted, deployed, overview

MOST = 40  # lines of one kind on a screen; --json has all of them
_WIDTH = 16
_NAMED = 12  # platforms of an overview


def summary(catalogue: Catalogue, on: date) -> Iterator[str]:
    """Say what a snapshot holds, and from whom."""
    held = overview(catalogue, on)
    yield f"catalogue {catalogue.version}: {held['models']:,} models, lifecycles read until {catalogue.as_of}"
    yield _line(f"on {on}", ", ".join(f"{n:,} {state}" for state, n in held["states"].items()))
    yield _line("priced", f"{held['priced']:,}")
    yield _line("conflicts", f"{held['conflicts']:,} (sources that disagree about a fact)")
    yield _line("tombstones", f"{held['tombstones']:,} (no list names them any more)")
    shown = [f"{name} {n:,}" for name, n in list(held["platforms"].items())[:_NAMED]]
    yield _line("platforms", f"{', '.join(shown)}, {len(held['platforms']):,} in all")
    for name, source in held["sources"].items():
        yield _line(
            name, " ".join(part for part in (source["as_of"], source["licence"], source["url"]) if part)
        )
    for (platform, name), model in deployed(catalogue):
        yield _line("deployment", f"{platform}/{name} is answered by {model}")


def listing(entries: Sequence[Entry], on: date) -> Iterator[str]:
    """Say of each model in one line where it stands and what it costs."""
    for entry in entries:
        usual = [price for price in entry.prices if price.tier == "standard" and not price.above]
        price = f"  {_buckets(usual[0])}" if usual else ""
        yield f"{entry.name}  {_life(lifespan(entry, on))}{price}"


def full(entry: Entry, on: date, billed: Billed) -> Iterator[str]:
    """Say everything that is known about one model, each fact with whose it is and how sure."""
    yield f"{entry.name}: {_life(lifespan(entry, on))} on {on}"
    if entry.tombstone:
        yield _line("tombstone", f"no list names it since {entry.tombstone}")
    if entry.gone_from:
        yield _line("remembered", f"no longer named by {', '.join(entry.gone_from)}")
    if entry.aliases:
        yield _line("also called", ", ".join(entry.aliases))
    for name in SHOWN:
        if (said := entry.fact(name)) is not None:
            yield _line(name, f"{_value(said)}  {_whose(said)}")
    yield _line("billed at", _billed(billed))
    for price in entry.prices:
        whose = f"({price.source}, {price.as_of}, {price.confidence})"
        yield _line("price", f"{price_label(price)}: {_buckets(price)}  {whose}")
    for item in entry.replacements:
        yield _line("replacement", _replacement(item))
    for prior in entry.priors:
        about = "a model scored it: it orders a shortlist and nothing more"
        yield _line("prior", f"{prior.board} {prior.version}: {prior.measure} {prior.value:g} ({about})")
    for conflict in (*entry.conflicts, *([billed.conflict] if billed.conflict else [])):
        yield _line("conflict", _conflict(conflict))
    unknown = [name for name in FACTS if entry.fact(name) is None]
    yield _line("unknown", ", ".join(unknown) or "nothing")


def not_listed(name: str, relatives: Sequence[Entry]) -> Iterator[str]:
    """Say that a model is in no list, and which of its family are."""
    yield f"{name} is in no list: whether it is supported, what it costs and what it can is unknown."
    if relatives:
        shown = ", ".join(entry.name for entry in relatives[:MOST])
        yield f"Of the same family, which carries neither price nor status: {shown}"


def refused(found: Sequence[Objection]) -> Iterator[str]:
    """Say why a snapshot may not replace the one in use."""
    for item in found[:MOST]:
        yield f"{item.kind}: {item.what}: {item.why}"
    if len(found) > MOST:
        yield f"... and {len(found) - MOST:,} more; --json has all"


def changes(found: Sequence[Difference]) -> Iterator[str]:
    """Say what differs: first how much of what, then each."""
    if not found:
        yield "No difference."
        return
    yield ", ".join(f"{n:,} {what}" for what, n in counted(found).items())
    for item in found[:MOST]:
        yield _difference(item)
    if len(found) > MOST:
        yield f"... and {len(found) - MOST:,} more; --json has all"


def _difference(item: Difference) -> str:
    words = {
        ADDED: "is new",
        GONE: "is in no list any more",
        BACK: "is listed again",
        FORGOTTEN: "is forgotten",
    }
    if item.fact in words:
        return f"{item.name} {words[item.fact]}"
    source = f" ({item.source})" if item.source else ""
    return f"{item.name} {item.fact}: {item.was or 'unknown'} -> {item.now or 'unknown'}{source}"


def _line(name: str, text: str) -> str:
    return f"  {name:<{_WIDTH}} {text}"


def _billed(billed: Billed) -> str:
    if billed.missing:
        return f"nothing: {billed.missing.replace('_', ' ')}"
    price = ", ".join(f"{bucket} {usd:g}" for bucket, usd in billed.usd.items())
    return f"{price}  ({', '.join(part for part in (billed.source, billed.as_of) if part)})"


def _life(life: Lifespan) -> str:
    if life.ends:
        return f"{life.state}, {'ended' if life.state == 'retired' else 'ends'} {life.ends}"
    return f"{life.state}, lives at least until {life.earliest}" if life.earliest else life.state


def _value(said: Fact[object]) -> str:
    if isinstance(said.value, tuple):
        return ", ".join(map(str, said.value))
    if isinstance(said.value, bool):
        return "yes" if said.value else "no"
    return f"{said.value:,}" if isinstance(said.value, int) else str(said.value)


def _whose(said: Fact[object]) -> str:
    return f"({said.source}, {said.as_of}, {said.confidence})" + (f" {said.url}" if said.url else "")


def _buckets(price: Price) -> str:
    return ", ".join(f"{bucket} {usd:g}" for bucket, usd in price.buckets.items())


def _replacement(item: Replacement) -> str:
    who = "the provider" if item.by == "provider" else f"the curators of {item.source}"
    until = f", no longer since {item.until}" if item.until else ""
    return f"{item.platform}/{item.model}, says {who} (stated {item.stated_at}{until}) {item.url}".rstrip()


def _conflict(item: Conflict) -> str:
    said = [f"{source} {value}" for source, value in item.values]
    return f"{item.fact}: {'; '.join(said)}"
