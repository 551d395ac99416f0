"""Everything a comparison of two windows says, as values: `fmwatch report --json` prints them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.digest.digest import Changed, Incident, Interval
from services.report.second_look import SecondLook
from store.compared import Compared


class Estimate(msgspec.Struct, frozen=True):
    """A quantity in one window.

    Attributes
    ----------
    n : calls it is of
    value : None where there are none
    interval : 95 %, of this quantity alone; None where there are too few
    """

    n: int
    value: float | None = None
    interval: Interval | None = None


class Measure(msgspec.Struct, frozen=True):
    """A quantity in both windows.

    Attributes
    ----------
    unit : ratio, ms, tokens or usd
    difference : interval of now less before; all of a comparison hold together with 95 %. None where unknown
    """

    name: str
    unit: str
    now: Estimate
    before: Estimate
    difference: Interval | None = None

    @property
    def moved(self) -> int:
        """1 where it is higher beyond chance, -1 where it is lower, 0 where nothing is shown."""
        if self.difference is None:
            return 0
        low, high = self.difference
        return (low > 0) - (high < 0)


class Apart(msgspec.Struct, frozen=True):
    """Why a call costs more or less: parts of the difference in USD per priced call, which sum to it.

    Attributes
    ----------
    mix : which model and route calls go to
    tokens : tokens per call
    price : USD per token: by prices, and by how many tokens are in, out and cached
    """

    mix: float
    tokens: float
    price: float


class Spend(msgspec.Struct, frozen=True):
    """Money of both windows, which may differ in length.

    Attributes
    ----------
    usd, before_usd : of calls with a price; None where none has one
    unpriced_n : calls that used tokens and have no price
    apart : None where either window has no priced call
    """

    usd: float | None
    before_usd: float | None
    unpriced_n: int
    before_unpriced_n: int
    apart: Apart | None


class Value(msgspec.Struct, frozen=True):
    """How many calls of each window have a value, such as language `de`.

    Attributes
    ----------
    distinct : how many values there are by the same name, also those that are not listed
    known_n, known_before_n : calls of each window that have any of them
    """

    by: str
    value: str
    n: int
    before_n: int
    distinct: int
    known_n: int
    known_before_n: int


class Comparison(msgspec.Struct, frozen=True):
    """Two windows of the same calls.

    Attributes
    ----------
    alert : whose calls these are, where they were asked for by an alert
    n, before_n : calls
    hours, before_hours : that have calls; of a day or more, calls of an hour are taken as alike
    measures : rates, means and quantiles
    judged : which share of calls could be judged at all, had token counts, had a price
    alerts : of these calls, that began or fired in either window, those that fired last first
    changes : declared in either window or between
    second_look : what Evidently found; None where it was not asked, or could not
    unseen : why there is no second look
    """

    calls: Compared
    alert: Incident | None
    made_at: datetime
    n: int
    before_n: int
    hours: int
    before_hours: int
    measures: tuple[Measure, ...]
    judged: tuple[Measure, ...]
    spend: Spend
    values: tuple[Value, ...]
    alerts: tuple[Incident, ...]
    changes: tuple[Changed, ...]
    second_look: SecondLook | None = None
    unseen: str = ""
