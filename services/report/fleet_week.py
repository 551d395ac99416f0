"""A week for managers: the digest, and what the money bought."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from services.digest.digest import Digest, Interval, Money
from services.digest.gather import Gather
from services.digest.told import parts, title
from services.digest.week import Week
from services.report.block import Bar, Block, Table, said
from services.wording.numbers import between, count, digits, wilson
from services.wording.words import clip
from store import digest as stored
from store.digest import ENDED, FAULTS, WITHOUT_ANSWER

MOST_TEAMS = 12
ONE = 0.5  # less than half a good answer is none
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Bought(msgspec.Struct, frozen=True):
    """What one team got for its money in a week.

    A good answer is one with which nothing is wrong. Answers that a detector did not judge are like those
    that it did, within Wilson's 95 % interval of what that leaves open: none where all were judged,
    everything where none was. Which faults fell upon the same answer is not known: the bad ones are at least
    as many as the most frequent fault has, and at most all of them. Nor is it known how many of those judged
    have no answer, as a question that a filter stopped: the bounds are those of none and of all of them.

    Attributes
    ----------
    n : calls
    judged : share of the answers that the detector with the fewest has judged; None without answers
    good : share of the calls with a good answer, from the least to the most; None where there are no calls
    usd : of the priced calls; None where none has a price
    per_good_usd : what a priced call costs, divided by both; the second None where perhaps no answer is good,
        None where surely none is or nothing has a price
    """

    tenant: str
    team: str
    n: int
    judged: float | None
    priced_n: int
    usd: float | None
    good: Interval | None
    per_good_usd: tuple[float, float | None] | None


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
    without, ended = row["errors"] + row["empty"], sum(row[name] for name in ENDED)
    found = [
        Found(row[bad], row[judged], n - without, *(without * k for k in WITHOUT_ANSWER.get(name, (0, 0))))
        for name, (bad, judged) in FAULTS.items()
    ]
    least = max(ended, *(one.fewest for one in found))
    most = min(n, ended + sum(one.most for one in found))
    per_good = None
    if usd is not None and priced_n and n - least >= ONE:
        price = usd / priced_n * n
        per_good = (price / (n - least), price / (n - most) if n - most >= ONE else None)
    return Bought(
        tenant=row["tenant"],
        team=row["team"],
        n=n,
        judged=min(one.share for one in found) if n > without else None,
        priced_n=priced_n,
        usd=usd,
        good=((n - most) / n, (n - least) / n) if n else None,
        per_good_usd=per_good,
    )


class Found(NamedTuple):
    """What is known of one fault.

    Attributes
    ----------
    bad, judged : calls
    answers : how many there are
    bad_too, good_too : calls without an answer, as far as bad ones and good ones may be among them
    """

    bad: int
    judged: int
    answers: int
    bad_too: int
    good_too: int

    @property
    def fewest(self) -> float:
        """How many answers are bad at least."""
        too = min(self.bad, self.bad_too)
        return _of_all(self.bad - too, self.judged - too, self.answers)[0]

    @property
    def most(self) -> float:
        """How many are bad at most."""
        return _of_all(self.bad, self.judged - min(self.judged - self.bad, self.good_too), self.answers)[1]

    @property
    def share(self) -> float:
        """Which share of the answers has been judged at least."""
        without = max(min(self.bad, self.bad_too), min(self.judged, self.good_too))
        return min(1.0, (self.judged - without) / self.answers)


def _of_all(bad: int, judged: int, answers: int) -> tuple[float, float]:
    """Return how many of all answers are bad, where so many of those judged are."""
    if judged >= answers:
        return float(bad), float(bad)
    if not judged:
        return 0.0, float(answers)
    # As if so many had been drawn of endlessly many: the correction for that there are no more than these.
    drawn = judged / (1 - judged / answers)
    low, high = wilson(bad / judged * drawn, drawn)
    return max(bad, low * answers), min(bad + answers - judged, high * answers)


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
    yield (
        "A good answer is one with which nothing is wrong: it did not fail, was not empty, cut or refused, "
        "and detectors find no fault: nothing unsupported or toxic, no private data (nor in the question)."
    )
    yield (
        "Answers that a detector did not judge are taken to be like those that it did, within the 95 % "
        "interval of what that leaves open: where it judged none, all may be bad. Judged is the share of the "
        "detector with the fewest; what an answer says is judged by its context, which not every call has."
    )
    yield (
        "Faults may meet in one answer, so the share of good ones lies between two bounds: as if none met, "
        "and as if all did. USD per good answer is what a priced call costs, divided by both; ? where "
        "perhaps none is good."
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
                _good(one),
                _per_good(one),
                _per_good(last) if last else "-",
            )
        )
    head = ("Team", "Calls", "Good answers", "USD per 1,000 good answers", "The week before")
    return Table(head, rows)


def _good(one: Bought) -> str:
    if one.good is None:
        return "-"
    judged = "" if one.judged is None else f", {math.floor(100 * one.judged)} % judged"
    return f"{between(*one.good)} % (n {count(one.n)}{judged})"


def _per_good(one: Bought) -> str:
    if one.per_good_usd is None:
        return "not known"
    low, high = ("?" if end is None else digits(1000 * end) for end in one.per_good_usd)
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
