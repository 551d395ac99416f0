"""A week as people name it: 2026-W47, from Monday on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NAMED = re.compile(r"(\d{4})-W(\d{2})")
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days that begin on a Monday, in a zone; the hours that sums are kept by decide to the hour."""

    monday: date
    zone: ZoneInfo

    @classmethod
    def named(cls, text: str, zone: ZoneInfo) -> Week:
        """Return the ISO week of a name; raises ValueError where there is none.

        >>> Week.named("2026-W47", ZoneInfo("UTC")).monday
        datetime.date(2026, 11, 16)
        """
        parts = _NAMED.fullmatch(text.strip())
        year, week = (int(parts[1]), int(parts[2])) if parts else (0, 0)
        try:
            found = cls(date.fromisocalendar(year, week, 1), zone)
            # The first and the last week of all time have none before, or no end.
            _ = found.before.since, found.until
        except (ValueError, OverflowError):
            raise ValueError(f"{text[:40]!r} is no week; write for instance 2026-W47") from None
        return found

    @classmethod
    def last(cls, now: datetime, zone: ZoneInfo) -> Week:
        """Return the newest week that is over."""
        today = now.astimezone(zone).date()
        return cls(today - timedelta(days=today.weekday()) - WEEK, zone)

    @property
    def name(self) -> str:
        """2026-W47."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def before(self) -> Week:
        """The week before."""
        return Week(self.monday - WEEK, self.zone)

    @property
    def since(self) -> datetime:
        """Its first hour, UTC."""
        return self._hour(self.monday)

    @property
    def until(self) -> datetime:
        """The first hour after it, UTC."""
        return self._hour(self.monday + WEEK)

    def _hour(self, day: date) -> datetime:
        at = datetime.combine(day, time(), self.zone).astimezone(UTC)
        return at.replace(minute=0)
