"""The day on which a model in use stops, as it was last told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import msgspec

from store.database import utc

State = Literal["announced", "promised", "gone"]
Key = tuple[str, str, str]  # tenant, platform, model

SHOWN = timedelta(days=90)  # for so long what is past, and what is no date any more, stays in a calendar


class About(msgspec.Struct, frozen=True):
    """What is told beside the day.

    Attributes
    ----------
    share : of the tenant's calls, to whole per cents: smaller moves are no news
    owners : of its routes; the team where nobody is named
    via : the served model whose end this is, where the requested name itself has none
    source, url, as_of, confidence : who says so, where, when that was read, and how sure it is
    why_gone : why it is no date any more
    """

    share: float = 0.0
    routes: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    via: str = ""
    source: str = ""
    url: str = ""
    as_of: str = ""
    confidence: str = ""
    why_gone: str = ""


class Deadline(msgspec.Struct, frozen=True):
    """One model of a tenant, and its day.

    Attributes
    ----------
    state : announced by the provider; promised or listed to live until then, with no end announced; gone: it
        was told once and does not hold any more
    sequence : how often day or state have changed since it was first told
    changed_at : when anything of it changed last
    """

    tenant: str
    platform: str
    model: str
    state: State
    day: date
    sequence: int
    made_at: datetime
    changed_at: datetime
    about: About = About()

    @property
    def key(self) -> Key:
        """What makes it the same one, whatever its day."""
        return self.tenant, self.platform, self.model

    @property
    def name(self) -> str:
        """platform/model."""
        return f"{self.platform}/{self.model}"

    def shown(self, now: datetime) -> bool:
        """Tell whether a calendar still has it: nobody looks at what was over long ago."""
        last = self.changed_at if self.state == "gone" else _noon(self.day)
        return now - last <= SHOWN


_ABOUT = msgspec.json.Decoder(About)  # made at import: of threads that use a type first, one may crash


def days_until(day: date, now: datetime) -> int:
    """Return the whole days from today, in UTC, to a day; below 0 where it is past.

    >>> days_until(date(2026, 12, 7), datetime(2026, 12, 6, 23, 59, tzinfo=UTC))
    1
    """
    return (day - now.astimezone(UTC).date()).days


def deadline_of(row: Mapping[str, Any]) -> Deadline:
    """Return the deadline of a row of its table."""
    plain: dict[str, Any] = {name: row[name] for name in row if name != "body"}
    plain |= {name: utc(row[name]) for name in ("made_at", "changed_at")}
    return Deadline(**plain, about=_ABOUT.decode(row["body"]))


def as_row(deadline: Deadline, updated: datetime) -> dict[str, object]:
    """Return a deadline as a row of its table."""
    names = ("tenant", "platform", "model", "state", "day", "sequence", "made_at", "changed_at")
    row: dict[str, object] = {name: getattr(deadline, name) for name in names}
    return row | {"body": msgspec.json.encode(deadline.about).decode(), "updated_at": updated}


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
