"""What a month cost, by team, route or model: what is known, what has no price, and where it leads. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from urllib.parse import urlencode

import numpy as np

from detectors.monitors.forecast import LEARNT_DAYS, Forecast, forecast
from detectors.monitors.local_time import LocalTime
from services.console.month import Month
from services.console.organisation import Organisation
from services.console.records import Spent, SpentHour
from services.wording.numbers import UNKNOWN, percent, usd

By = Literal["team", "route", "model"]
MOST = 200  # rows of the page; the file has all
HOUR = timedelta(hours=1)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run

Whose = tuple[str, str]  # tenant, name


@dataclass(frozen=True, slots=True)
class Asked:
    """Which month, by what, and of which team only.

    Attributes
    ----------
    misread : something was asked for that there is none of
    """

    month: Month
    by: By = "team"
    tenant: str = ""
    team: str | None = None
    misread: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, str], now: datetime, organisation: Organisation) -> Asked:
        """Return what a query asks for; this month by team where it asks for nothing."""
        text, by = parameters.get("month", ""), parameters.get("by", "team")
        month = Month.said(text) if text else Month.of(now, organisation.zone)
        known: By = next((each for each in get_args(By) if each == by), "team")
        misread = month is None or by != known
        found = month or Month.of(now, organisation.zone)
        return cls(found, known, parameters.get("tenant", ""), parameters.get("team"), misread)

    def query(self, *, month: Month | None = None, by: By | None = None) -> str:
        """Return the same as a query, of another month or by something else where it is named."""
        said = {"month": str(month or self.month), "by": by or self.by}
        if self.tenant:
            said["tenant"] = self.tenant
        if self.team is not None:
            said["team"] = self.team
        return urlencode(said, errors="replace")

    def takes(self, spent: Spent) -> bool:
        """Tell whether something was spent by whom is asked for."""
        return self.tenant in {"", spent.tenant} and self.team in {None, spent.team}

    def name(self, spent: Spent) -> str:
        """Return under which name something is summed up."""
        return f"{spent.platform}/{spent.model}" if self.by == "model" else getattr(spent, self.by)


@dataclass(slots=True)
class Row:
    """What one team, route or model cost.

    Attributes
    ----------
    usd, before_usd : of calls with a price, this month and the month before; None where none has one
    budget_usd, forecast : of a team that has a budget
    """

    tenant: str
    name: str
    calls: int = 0
    priced: int = 0
    unpriced: int = 0
    usd: float | None = None
    before_usd: float | None = None
    budget_usd: float | None = None
    forecast: Forecast | None = None

    @property
    def used(self) -> float | None:
        """The share of the budget that is spent."""
        return None if self.budget_usd is None or self.usd is None else self.usd / self.budget_usd

    @property
    def over(self) -> str:
        """Whether the budget is passed or, as the forecast's middle has it, likely to be."""
        if self.budget_usd is None:
            return ""
        if self.usd is not None and self.usd >= self.budget_usd:
            return "passed"
        return "likely to be passed" if self.forecast and self.forecast.total >= self.budget_usd else ""

    @property
    def leads(self) -> tuple[str, str]:
        """Where the month leads, in words, and its interval."""
        if self.forecast is None:
            return UNKNOWN, "less than a week known" if self.budget_usd is not None else ""
        return usd(self.forecast.total), f"{usd(self.forecast.low)} to {usd(self.forecast.high)}"

    @property
    def said(self) -> tuple[str, str, str, str]:
        """What was spent, the same of the month before, the budget and its share, in words."""
        return usd(self.usd), usd(self.before_usd), usd(self.budget_usd), percent(self.used)


@dataclass(frozen=True, slots=True)
class SpendPage:
    """A month.

    Attributes
    ----------
    rows : the dearest first; several : of more than one tenant
    whole : their sum; running : the month is not over
    first : call of the month before, where that began late in it: it may not be all that was spent
    """

    now: datetime
    labelled: str
    asked: Asked
    rows: tuple[Row, ...]
    whole: Row
    running: bool
    several: bool
    zone: str
    first: datetime | None

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows of the page."""
        return self.rows[:MOST]


def rows(asked: Asked, month: Sequence[Spent], before: Sequence[Spent]) -> list[Row]:
    """Return what was spent by name, the dearest first; what has no price is counted and adds nothing."""
    found: dict[Whose, Row] = {}
    for spent in filter(asked.takes, month):
        row = _row(found, asked, spent)
        row.calls += spent.n
        row.priced += spent.priced_n
        row.unpriced += spent.unpriced_n
        row.usd = _sum(row.usd, spent.usd)
    for spent in filter(asked.takes, before):
        row = _row(found, asked, spent)
        row.before_usd = _sum(row.before_usd, spent.usd)
    return sorted(found.values(), key=lambda row: (-(row.usd or 0.0), -row.calls, row.tenant, row.name))


def first(asked: Asked, before: Sequence[Spent], begins: datetime) -> datetime | None:
    """Return when calls of the month before begin, None where that is within its first day, or never."""
    earliest = min((spent.first for spent in before if asked.takes(spent)), default=begins)
    return earliest if earliest - begins > timedelta(days=1) else None


def whole(found: Sequence[Row]) -> Row:
    """Return the sum of rows."""
    total = Row("", "")
    for row in found:
        total.calls += row.calls
        total.priced += row.priced
        total.unpriced += row.unpriced
        total.usd = _sum(total.usd, row.usd)
        total.before_usd = _sum(total.before_usd, row.before_usd)
    return total


def budgeted(
    found: Sequence[Row], hours: Sequence[SpentHour], now: datetime, asked: Asked, organisation: Organisation
) -> None:
    """Give teams their budgets, and where the month leads as their monitor sees it."""
    past: dict[Whose, dict[datetime, float]] = {}
    for each in hours:
        own = past.setdefault((each.tenant, each.team), {})
        own[each.hour] = own.get(each.hour, 0.0) + each.usd
    for row in found:
        row.budget_usd = organisation.budgets.get(row.name)
        known = past.get((row.tenant, row.name))
        if row.budget_usd is not None and known:
            row.forecast = _forecast(known, row.usd or 0.0, now, asked.month, organisation)


def learnt(now: datetime) -> tuple[datetime, datetime]:
    """Return the hours that a forecast learns from."""
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return end - timedelta(days=LEARNT_DAYS), end


def written(page: SpendPage) -> str:
    """Return the rows as a CSV file (RFC 4180) that no spreadsheet takes for formulas."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(
        (
            *("month", "tenant", page.asked.by, "calls", "priced_calls", "unpriced_calls", "spend_usd"),
            *("month_before_usd", "budget_usd", "budget_ratio"),
            *("forecast_usd", "forecast_low_usd", "forecast_high_usd"),
            *(("labelled",) if page.labelled else ()),
        )
    )
    for row in page.rows:
        ends = (row.forecast.total, row.forecast.low, row.forecast.high) if row.forecast else (None,) * 3
        numbers = (row.usd, row.before_usd, row.budget_usd, row.used, *ends)
        lines.writerow(
            (
                *(str(page.asked.month), _cell(row.tenant), _cell(row.name)),
                *(row.calls, row.priced, row.unpriced),
                *("" if value is None else f"{value:.6f}" for value in numbers),
                *((_cell(page.labelled),) if page.labelled else ()),
            )
        )
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(found: dict[Whose, Row], asked: Asked, spent: Spent) -> Row:
    name = asked.name(spent)
    return found.setdefault((spent.tenant, name), Row(spent.tenant, name))


def _sum(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else one + other


def _forecast(
    past: Mapping[datetime, float], so_far: float, now: datetime, month: Month, organisation: Organisation
) -> Forecast | None:
    since, end = learnt(now)
    spent = np.array([past.get(since + HOUR * n, 0.0) for n in range((end - since) // HOUR)])
    until = month.after.begins(organisation.zone)
    hour, last = LocalTime(organisation.zone.key).hour(_minutes(end, until)).tolist()
    # Without a limit: whether the budget is near matters to its alert, not to where the month leads.
    return forecast(spent, hour, last, so_far, 0.0)


def _minutes(*moments: datetime) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([int(each.timestamp()) // 60 for each in moments], dtype=np.int64)
