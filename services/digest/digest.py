"""Everything a week's digest says, as values: `fmwatch digest --json` prints them."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

Interval = tuple[float, float]


class Money(msgspec.Struct, frozen=True):
    """Calls and what they cost.

    Attributes
    ----------
    usd : of the priced calls; None where none has a price. An unknown price is not nothing
    priced_n, unpriced_n : calls with a price, and calls that used tokens and have none
    """

    n: int = 0
    priced_n: int = 0
    unpriced_n: int = 0
    usd: float | None = None

    def __add__(self, other: Money) -> Money:
        known = [usd for usd in (self.usd, other.usd) if usd is not None]
        return Money(
            self.n + other.n,
            self.priced_n + other.priced_n,
            self.unpriced_n + other.unpriced_n,
            sum(known) if known else None,
        )


class Spend(msgspec.Struct, frozen=True):
    """What one team spent on one model, against the week before."""

    tenant: str
    team: str
    platform: str
    model: str
    now: Money
    before: Money


class Move(msgspec.Struct, frozen=True):
    """A model that a route began to call, or called the week before and does not any more.

    Attributes
    ----------
    n : its calls in the week in which it had some
    """

    tenant: str
    route: str
    platform: str
    model: str
    began: bool
    n: int


class Changed(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Something that was changed on purpose."""

    at: datetime
    kind: str
    tenant: str = ""
    route: str = ""
    platform: str = ""
    model: str = ""
    from_: str = ""
    to: str = ""
    note: str = ""
    by: str = ""


class Incident(msgspec.Struct, frozen=True):
    """A page or ticket that fired in the week.

    Attributes
    ----------
    how_bad : with interval and n
    began_at : when the trouble began, as far as is known, which is before it fired
    outcome : what a person said of it: false, expected, resolved; empty where nobody said anything
    """

    id: str
    severity: str
    headline: str
    how_bad: str
    fired_at: datetime
    resolved_at: datetime | None = None
    outcome: str = ""
    by: str = ""
    began_at: datetime | None = None


class Worse(msgspec.Struct, frozen=True):
    """A rate that is higher than the week before, beyond what chance among all comparisons explains.

    Attributes
    ----------
    interval : of the difference of the shares; all that were compared hold together with 95 %
    """

    tenant: str
    route: str
    platform: str
    model: str
    rate: str
    now: float
    now_n: int
    before: float
    before_n: int
    interval: Interval


class Last(msgspec.Struct, frozen=True):
    """A model in use whose day comes.

    Attributes
    ----------
    days : to it, on the day of the digest; below 0 it has come
    promised : no end is announced, it is only promised to live until then
    """

    tenant: str
    platform: str
    model: str
    day: date
    days: int
    promised: bool
    share: float
    owners: tuple[str, ...] = ()


class Open(msgspec.Struct, frozen=True):
    """A recommendation that holds, and what it costs to wait.

    Attributes
    ----------
    says : it in one sentence
    days : that are counted: to the model's last day, else a week
    forced : the model ends on the last of these days
    calls_per_day, n_days : of the incumbent on the route, over so many days
    usd, interval : what staying for these days costs more than moving now; None where that is not known
    unknown : why it is not known
    """

    id: str
    tenant: str
    route: str
    platform: str
    model: str
    state: str
    candidate: str
    says: str
    days: int
    forced: bool
    calls_per_day: float
    n_days: int
    usd: float | None = None
    interval: Interval | None = None
    unknown: str = ""


class Digest(msgspec.Struct, frozen=True):
    """One week.

    Attributes
    ----------
    tenant : whose it is; "" for everybody's
    made_at : last days and recommendations are as of then
    began : the first hour with calls, where that is within the week or the week before
    compared : how many rates were compared with the week before
    """

    week: str
    since: datetime
    until: datetime
    made_at: datetime
    tenant: str
    began: datetime | None
    now: Money
    before: Money
    spend: tuple[Spend, ...]
    moves: tuple[Move, ...]
    changes: tuple[Changed, ...]
    incidents: tuple[Incident, ...]
    standing: int
    worse: tuple[Worse, ...]
    compared: int
    last_days: tuple[Last, ...]
    open: tuple[Open, ...]
