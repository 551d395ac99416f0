"""Which models may serve a use that has no traffic yet: feasible first, by price afterwards.

Whether they answer well stands in no list. What nobody states decides against a model, but it is kept apart
from what is known to be lacking: somebody may know.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from fmwatch.event import Usage

from detectors.identity import l1
from detectors.prices import PriceBook, Rates, Unpriced
from services.advisor.catalogue import Catalogue, preview
from services.advisor.constraints import LEAST_DAYS, snapshots_end
from services.advisor.entry import Entry, Price
from services.advisor.hosting import MONTH_DAYS
from services.advisor.hourly import usd_per_call
from services.advisor.lifespan import Lifespan, lifespan
from services.advisor.needs import YES, Need, Verdict, prices_in

_MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Use:
    """What is to be served.

    Attributes
    ----------
    needs : what a model must have
    input_tokens, output_tokens : of one call
    calls_per_month : None where nobody says
    """

    needs: Sequence[Need]
    input_tokens: int
    output_tokens: int
    calls_per_month: float | None = None

    @property
    def region(self) -> str:
        """Where it must run, "" where that is not said; the first of several."""
        return next((need.region for need in self.needs if need.region), "")


class Cost(NamedTuple):
    """What one call costs, or why that is not known.

    Attributes
    ----------
    hourly_usd : of an endpoint of one's own, which costs that whatever is called
    region : for which the price is said to hold; empty where it is the usual one
    """

    usd_per_call: float | None
    source: str = ""
    as_of: str = ""
    region: str = ""
    hourly_usd: float | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One model for the use.

    Attributes
    ----------
    unknown : what is needed and nobody states; with any of it the model is not feasible
    unstated : what nobody states and nothing hangs on
    doubts : where lists disagree about the price
    also : other names of its family at the same price on the same platform, and the company's deployments
    """

    entry: Entry
    life: Lifespan
    cost: Cost
    unknown: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, float, str, str]:
        """Least unknown first, then the cheapest; what has no price comes last."""
        usd = math.inf if self.cost.usd_per_call is None else self.cost.usd_per_call
        return len(self.unknown), usd, self.entry.platform, self.entry.model


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is for a use.

    Attributes
    ----------
    feasible : everything needed is stated; cheapest first
    unsure : nothing is known to lack, but not everything is stated; what lacks least first, then the cheapest
    lacking : how many models are known to lack each need, each model counted once
    looked_at : models
    """

    feasible: tuple[Option, ...]
    unsure: tuple[Option, ...]
    lacking: Counter[str]
    looked_at: int


def choose(use: Use, catalogue: Catalogue, prices: PriceBook, on: date) -> Choice:
    """Return the models that may serve a use on a day."""
    feasible: list[Option] = []
    unsure: list[Option] = []
    lacking: Counter[str] = Counter()
    for entry in catalogue.snapshot.entries:
        found = list(_judged(entry, use, catalogue, on))
        if lacks := next((word for word, said in found if said.answer == "no"), ""):
            lacking[lacks] += 1
            continue
        option = _option(entry, use, catalogue, prices, on)
        unknown = [said.why for _, said in found if said.answer == "unknown"]
        unknown += [option.cost.missing] if option.cost.missing else []
        (unsure if unknown else feasible).append(replace(option, unknown=tuple(unknown)))
    return Choice(_sorted(feasible), _sorted(unsure), lacking, len(catalogue.snapshot.entries))


def cost(entry: Entry, use: Use, prices: PriceBook, on: date) -> Cost:
    """Return what a call of a model costs: by contract, by the hour, where it is needed, or by the lists."""
    at = datetime.combine(on, time(12), UTC)
    rates = prices.rates(entry.platform, entry.model, at, input_tokens=use.input_tokens)
    agreed = not isinstance(rates, Unpriced) and rates.source == "contract"
    if not agreed and entry.hourly_usd:
        return _by_the_hour(entry.hourly_usd.value, use)
    if not agreed and use.region and (listed := prices_in(entry, use.region)):
        return _regional(listed, use)
    if isinstance(rates, Unpriced):
        return Cost(None, missing=rates.reason.replace("_", " "))
    bill = rates.bill(Usage(input=use.input_tokens, output=use.output_tokens))
    if bill.missing:
        return Cost(None, rates.source, rates.as_of, missing=f"price of {bill.missing[0]}")
    source, as_of = _whose(entry, rates)
    return Cost(bill.total / 1e12, source, as_of)


def _whose(entry: Entry, rates: Rates) -> tuple[str, str]:
    """Return who says a price, and as of when; of the catalogue the list that says it."""
    usual = [price for price in entry.prices if price.tier == "standard" and not price.region]
    if rates.source == "catalogue" and usual:
        return usual[0].source, usual[0].as_of
    return rates.source, rates.as_of


def _by_the_hour(hourly: float, use: Use) -> Cost:
    """An endpoint has a price per call only where somebody says how many calls share it."""
    usd = usd_per_call(hourly, use.calls_per_month / MONTH_DAYS if use.calls_per_month else None)
    if usd is None:
        missing = f"price of a call: its endpoint costs {hourly:g} USD an hour, and no volume is stated"
        return Cost(None, hourly_usd=hourly, missing=missing)
    return Cost(usd, "own", hourly_usd=hourly)


def _regional(listed: Sequence[Price], use: Use) -> Cost:
    """Return the dearest of a region's prices: which of its places will answer is not known."""
    by_name: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for price in listed:
        if price.tier == "standard" and price.above < use.input_tokens:
            by_name[price.id, price.region].append(price)
    found = [_of_steps(steps, use) for steps in by_name.values()]
    known = [one for one in found if one.usd_per_call is not None]
    return max(
        known, key=lambda one: one.usd_per_call or 0.0, default=Cost(None, missing=f"price in {use.region}")
    )


def _of_steps(steps: Sequence[Price], use: Use) -> Cost:
    """Each step of the input's length inherits what it does not name from the step below."""
    buckets: dict[str, float] = {}
    for price in sorted(steps, key=lambda price: price.above):
        buckets |= price.buckets
    last = steps[-1]
    wanted = {"input": use.input_tokens, "output": use.output_tokens}
    if any(tokens and name not in buckets for name, tokens in wanted.items()):
        return Cost(None, missing=f"price in {last.region}")
    usd = sum(tokens * buckets.get(name, 0.0) for name, tokens in wanted.items()) / _MILLION
    return Cost(usd, last.source, last.as_of, last.region)


def _judged(entry: Entry, use: Use, catalogue: Catalogue, on: date) -> Iterator[tuple[str, Verdict]]:
    for need in use.needs:
        yield need.word, need.judge(entry)
    yield f"{LEAST_DAYS} days to live", _alive(entry, catalogue, on)
    if entry.output_tokens and entry.output_tokens.value < use.output_tokens:
        yield f"{use.output_tokens:,} tokens of answer", Verdict("no", "has shorter answers")


def _alive(entry: Entry, catalogue: Catalogue, on: date) -> Verdict:
    life = lifespan(entry, on)
    if entry.tombstone:
        return Verdict("no", "no list names it")
    if life.leaving or preview(entry) or (entry.released and entry.released.value > on):
        return Verdict("no", "is no living model that everybody may use")
    days = life.known_days if life.known_days is not None else snapshots_end(entry, catalogue, on)
    if days is not None and days < LEAST_DAYS:
        return Verdict("no", f"is known to live {max(days, 0)} d only")
    return YES if life.state != "unknown" else Verdict("unknown", "whether it is supported")


def _option(entry: Entry, use: Use, catalogue: Catalogue, prices: PriceBook, on: date) -> Option:
    life = lifespan(entry, on)
    unstated = [] if life.known_days is not None else ["when it ends"]
    unstated += [] if entry.output_tokens or not use.output_tokens else ["how long answers may be"]
    doubts = [
        f"{item.fact}: {'; '.join(f'{source} {value}' for source, value in item.values)}"
        for item in entry.conflicts
        if item.fact.startswith(f"price of {entry.model}")
    ]
    mine = [
        name
        for (seller, name), model in sorted(catalogue.deployments.items())
        if seller == entry.platform and l1(model) == l1(entry.model)
    ]
    found = cost(entry, use, prices, on)
    return Option(entry, life, found, unstated=tuple(unstated), doubts=tuple(doubts), also=tuple(mine))


def _sorted(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return options by price, a family's equally dear names on one platform as one.

    A name and its dated snapshots are one choice; the undated name stands for them.
    """
    alike: dict[tuple[str, str, float | None, tuple[str, ...]], list[Option]] = defaultdict(list)
    for option in options:
        alike[option.entry.platform, option.entry.family, option.cost.usd_per_call, option.unknown].append(
            option
        )
    return tuple(sorted(map(_one, alike.values()), key=lambda option: option.order))


def _one(alike: Sequence[Option]) -> Option:
    first = min(alike, key=lambda option: (l1(option.entry.model) != option.entry.family, option.entry.model))
    others = [option.entry.model for option in alike if option is not first]
    own = [name for option in alike for name in option.also]
    return replace(first, also=(*others, *dict.fromkeys(own)))
