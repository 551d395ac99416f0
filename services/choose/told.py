"""What may serve a use, as text on a screen of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap

from services.advisor.catalogue import Catalogue
from services.advisor.choose import Choice, Option, Use
from services.wording.numbers import UNKNOWN, count, digits

MOST = 10
MOST_UNSURE = 5
WIDTH = 100
_INDENT = " " * 4


def told(found: Choice, use: Use, catalogue: Catalogue, on: date) -> Iterator[str]:
    """Say what is feasible, cheapest first, what only might be, and what most models lack."""
    volume = f", {count(use.calls_per_month)} calls a month" if use.calls_per_month else ""
    asked = ", ".join(need.word for need in use.needs)
    yield from _wrapped(
        f"{asked}; {use.input_tokens:,} tokens in and {use.output_tokens:,} out{volume}; on {on}, "
        f"catalogue {catalogue.version}"
    )
    yield ""
    if found.feasible:
        yield from _table(found.feasible[:MOST], use)
        if len(found.feasible) > MOST:
            yield f"... and {count(len(found.feasible) - MOST)} dearer; --json has all"
    else:
        yield "No model is known to have all of this."
    if found.unsure:
        yield ""
        yield f"{count(len(found.unsure))} more would do if what nobody states held; the nearest:"
        yield from _table(found.unsure[:MOST_UNSURE], use)
    yield ""
    lacking = ", ".join(f"{count(n)} {word}" for word, n in found.lacking.most_common())
    yield from _wrapped(f"Of {count(found.looked_at)} models lack: {lacking}.")
    yield from _wrapped(
        "Prices are without caches, batches and discounts other than your contracts. Which of these answer "
        "well stands in no list: compare the first few on your own requests (docs/advisor.md, Labels)."
    )


def _table(options: Sequence[Option], use: Use) -> Iterator[str]:
    yield f"{'USD/month':>11} {'USD/1k calls':>12} {'context':>9}  {'known to live':<14} model"
    for one in options:
        yield from _row(one, use)


def _row(one: Option, use: Use) -> Iterator[str]:
    entry, usd = one.entry, one.cost.usd_per_call
    month = digits(usd * use.calls_per_month) if usd is not None and use.calls_per_month else UNKNOWN
    calls = UNKNOWN if usd is None else digits(1000 * usd)
    context = f"{entry.context_tokens.value:,}" if entry.context_tokens else UNKNOWN
    days = one.life.known_days
    lives = UNKNOWN if days is None else f"{count(days)} d"
    yield f"{month:>11} {calls:>12} {context:>9}  {lives:<14} {entry.name}"
    yield from _wrapped("; ".join(_details(one)), _INDENT)


def _details(one: Option) -> Iterator[str]:
    cost, entry = one.cost, one.entry
    if one.unknown:
        yield f"unknown: {', '.join(one.unknown)}"
    if cost.source:
        where = f" in {cost.region}" if cost.region else ""
        yield f"price {cost.source}{where} {cost.as_of}".rstrip()
    if cost.source and cost.hourly_usd is not None:
        yield f"one endpoint at {cost.hourly_usd:g} USD an hour; whether it carries that much is unknown"
    if fact := entry.shutdown_at or entry.earliest_at or entry.status:
        yield f"life {fact.source} {fact.as_of} ({fact.confidence})"
    if one.unstated:
        yield f"not stated: {', '.join(one.unstated)}"
    if one.also:
        yield f"also {', '.join(one.also)}"
    if one.doubts:
        yield f"lists differ, {'; '.join(one.doubts)}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
