"""A calendar month in the zone of the teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Self:
        """Return the month that a moment is in."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    @classmethod
    def said(cls, text: str) -> Self | None:
        """Return the month of a text such as 2026-11, None where it is none."""
        try:
            found = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007 -- only its year and month
        except ValueError:
            return None
        return cls(found.year, found.month) if 2000 <= found.year < 2100 else None  # noqa: PLR2004 -- what a store can hold

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    @property
    def after(self) -> Month:
        """The next month."""
        return Month(self.year, self.number + 1) if self.number < 12 else Month(self.year + 1, 1)  # noqa: PLR2004 -- December

    @property
    def name(self) -> str:
        """November 2026."""
        return datetime(self.year, self.number, 1, tzinfo=UTC).strftime("%B %Y")

    def __str__(self) -> str:
        """Return it as links have it."""
        return f"{self.year:04d}-{self.number:02d}"

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return its first hour, UTC; the store sums up whole hours of UTC."""
        first = datetime(self.year, self.number, 1, tzinfo=zone).astimezone(UTC)
        return first.replace(minute=0) + (timedelta(hours=1) if first.minute else timedelta())
