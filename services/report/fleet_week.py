"""A week for managers: the digest, and what the money bought."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

import msgspec

from services.digest.digest import Digest, Interval, Money
from services.digest.gather import Gather
from services.digest.told import parts, title
from services.digest.week import Week
from services.report.block import Bar, Block, Table, said
from services.wording.numbers import between, count, digits, percent, wilson
from services.wording.words import clip
from store import digest as stored
from store.digest import FAULTS

MOST_TEAMS = 12
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Bought(msgspec.Struct, frozen=True):
    """What one team got for its money in a week.

    A good answer is one with which nothing is known to be wrong. Which faults fell upon the same answer is
    not known: the bad ones are at least as many as the most frequent fault has, and at most all of them.

    Attributes
    ----------
    n : calls
    judged_n : whose answer was held against its context, which finds most of what is wrong
    good : share of good answers, from the lower end of the lower bound's 95 % interval to the upper end of
        the upper one's (Wilson); None where there are no calls
    usd : of the priced calls; None where none has a price
    per_good_usd : what a priced call costs, divided by both; None where that cannot be told
    """

    tenant: str
    team: str
    n: int
    judged_n: int
    priced_n: int
    usd: float | None
    good: Interval | None
    per_good_usd: Interval | None


class FleetWeek(msgspec.Struct, frozen=True):
    """A week of the fleet, and what it bought by team, this week and the week before."""

    digest: Digest
    bought: tuple[Bought, ...]
    before: tuple[Bought, ...]


class FleetWeeks:
    """Puts weeks together. Any thread may call it."""

    def __init__(self, gather: Gather) -> None:
        self._gather = gather

    def week(self, named: str = "", tenant: str = "") -> FleetWeek:
        """Return a week, by its name or a day of it, the newest that is over by default.

        Raises
        ------
        ValueError : that is no week, or it has not begun
        """
        digest = self._gather.digest(_name(named), tenant)
        week = Week.named(digest.week, self._gather.zone)
        now, before = (
            tuple(bought(row) for row in stored.bought(self._gather.database, one.since, one.until, tenant))
            for one in (week, week.before)
        )
        return FleetWeek(digest, now, before)


def bought(row: Mapping[str, Any]) -> Bought:
    """Return what a team got, of a row of `store.digest.bought`."""
    n, priced_n, usd = row["n"], row["priced_n"], row["spend_usd"]
    faults = [row[name] for name in FAULTS]
    most, least = n - max(faults), max(0, n - sum(faults))
    good = (wilson(least, n)[0], wilson(most, n)[1]) if n else None
    per_good = None
    if usd is not None and priced_n and least and good:
        per_good = (usd / priced_n / good[1], usd / priced_n / good[0])
    return Bought(row["tenant"], row["team"], n, row["hallucination_n"], priced_n, usd, good, per_good)


def blocks(found: FleetWeek) -> list[Block]:
    """Return the week: its five lines, money by team, what it bought, then what the digest rests on."""
    first, *rest = parts(found.digest)
    every = (
        Block(title(found.digest), first.lines),
        Block("What was spent, by team", (), None, tuple(_bars(found))),
        Block("What it bought", list(_means(found)), _bought(found)),
        *(Block(part.heading, part.lines) for part in rest),
    )
    return said(every)


def _bars(found: FleetWeek) -> Iterator[Bar]:
    teams: list[tuple[str, Money, Money]] = []
    for (tenant, team), group in groupby(found.digest.spend, key=lambda one: (one.tenant, one.team)):
        theirs = list(group)
        now, before = (sum((getattr(one, side) for one in theirs), Money()) for side in ("now", "before"))
        teams.append((_whose(tenant, team), now, before))
    most = max((money.usd or 0.0 for _, *both in teams for money in both), default=0.0)
    for name, now, before in teams[:MOST_TEAMS]:
        share, share_before = ((money.usd or 0.0) / most if most else 0.0 for money in (now, before))
        yield Bar(name, share, share_before, f"{_money(now)}; the week before {_money(before)}")
    if (more := len(teams) - MOST_TEAMS) > 0:
        usd = sum(money.usd or 0.0 for _, money, _ in teams[MOST_TEAMS:])
        yield Bar(f"{more} teams more", usd / most if most else 0.0, 0.0, f"{digits(usd)} USD")


def _means(found: FleetWeek) -> Iterator[str]:
    if not found.bought:
        return
    n, judged = sum(one.n for one in found.bought), sum(one.judged_n for one in found.bought)
    yield (
        "A good answer is one with which nothing is known to be wrong: it did not fail, was not empty, cut "
        "or refused, and no detector found fault."
    )
    yield (
        "Faults may meet in one answer, so the share of good ones lies between two bounds: as if none met, "
        "and as if all did. Shown is from the lower end of the lower one's 95 % interval to the upper end of "
        "the upper one's; USD per good answer is what a priced call costs, divided by both ends."
    )
    yield (
        f"{percent(judged / n)} of the calls (n {count(n)}) had a context to be held against: of the rest it "
        "is not known whether what they say is supported."
    )


def _bought(found: FleetWeek) -> Table:
    before = {(one.tenant, one.team): one for one in found.before}
    rows = []
    for one in sorted(found.bought, key=lambda one: (-one.n, one.team)):
        last = before.get((one.tenant, one.team))
        rows.append(
            (
                _whose(one.tenant, one.team),
                count(one.n) + (f" (the week before {count(last.n)})" if last else " (none the week before)"),
                f"{between(*one.good)} % (n {count(one.n)})" if one.good else "-",
                _per_good(one),
                _per_good(last) if last else "-",
            )
        )
    head = ("Team", "Calls", "Good answers", "USD per 1,000 good answers", "The week before")
    return Table(head, rows)


def _per_good(one: Bought) -> str:
    if one.per_good_usd is None:
        return "not known"
    low, high = (digits(1000 * end) for end in one.per_good_usd)
    missing = (
        f", {count(one.n - one.priced_n)} calls without a price left out" if one.priced_n < one.n else ""
    )
    return f"{low if low == high else f'{low}-{high}'}{missing}"


def _whose(tenant: str, team: str) -> str:
    name = clip(team) or "no team"
    return name if tenant in {"", "default"} else f"{clip(tenant)}/{name}"


def _money(money: Money) -> str:
    if money.usd is None:
        return f"an unknown amount (n {count(money.n)})" if money.n else "nothing (n 0)"
    missing = f", {count(money.unpriced_n)} more without a price" if money.unpriced_n else ""
    return f"{digits(money.usd)} USD (n {count(money.priced_n)}{missing})"


def _name(named: str) -> str:
    """Return the name of the week that a day is in; what is no day as it is."""
    if not _DAY.fullmatch(named.strip()):
        return named
    try:
        year, week, _ = date.fromisoformat(named.strip()).isocalendar()
    except ValueError:
        return named
    return f"{year}-W{week:02d}"
