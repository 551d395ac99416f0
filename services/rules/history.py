"""The past as a look back needs it: calls, what was raised besides, changes, and what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from fmwatch.event import Change

from detectors import registry
from detectors.monitors.base import Leaf, Observations, Signal
from store import alerting, lookback
from store.database import Database
from store.observations import read
from store.queries import first_minute, last_minute

BY_THE_CALENDAR = "lifecycle"  # the signal that no monitor finds in calls


@dataclass(frozen=True, slots=True)
class PastAlert:
    """An alert of the time itself, and what people have said of it.

    Attributes
    ----------
    outcome : "false", "expected", or "" where nobody said
    """

    id: str
    signal: str
    tenant: str
    routes: tuple[str, ...]
    detected_at: datetime
    outcome: str = ""
    acknowledged_by: str = ""


class History(Protocol):
    """Answers about the past. Every method may block, and raises StoreUnavailable where the store is away."""

    def span(self) -> tuple[int, int] | None:
        """Return the first minute with calls and the one after the last; None where nothing is stored."""

    def fleet(self, since: datetime, until: datetime) -> Mapping[Leaf, str]:
        """Return who was called, and the team of each."""

    def observations(self, start: int, end: int) -> Observations:
        """Return the calls of a range of minutes, a day at most."""

    def calendar(self, since: datetime, until: datetime) -> Sequence[Signal]:
        """Return what was raised by the calendar."""

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        """Return what was changed on purpose."""

    def alerts(self, since: datetime) -> Sequence[PastAlert]:
        """Return the alerts that were open since, and what people said of them."""


class StoreHistory:
    """The past of an open store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def span(self) -> tuple[int, int] | None:
        first, last = first_minute(self.database), last_minute(self.database)
        return None if first is None or last is None else (first, last + 1)

    def fleet(self, since: datetime, until: datetime) -> Mapping[Leaf, str]:
        return lookback.fleet(self.database, since, until)

    def observations(self, start: int, end: int) -> Observations:
        return read(self.database, start, end, registry.encoder().version)

    def calendar(self, since: datetime, until: datetime) -> Sequence[Signal]:
        return lookback.signals(self.database, BY_THE_CALENDAR, since, until)

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [Change(**row) for row in alerting.changes(self.database, since, until)]

    def alerts(self, since: datetime) -> Sequence[PastAlert]:
        return [past(body) for body in alerting.alert_bodies(self.database, since)]


class _Series(msgspec.Struct):
    tenant: str


class _Body(msgspec.Struct):
    """The part of an alert's stored value that is asked for here; what an older version lacks is empty."""

    id: str
    signal: str
    series: _Series
    routes: tuple[str, ...]
    detected_at: datetime
    outcome: str = ""
    acknowledged_by: str = ""


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_BODY = msgspec.json.Decoder(_Body)


def past(body: str) -> PastAlert:
    """Return an alert of its stored value."""
    found = _BODY.decode(body)
    return PastAlert(
        id=found.id,
        signal=found.signal,
        tenant=found.series.tenant,
        routes=found.routes,
        detected_at=found.detected_at,
        outcome=found.outcome,
        acknowledged_by=found.acknowledged_by,
    )


def moment(minute: int) -> datetime:
    """Return the start of a minute since the epoch."""
    return datetime.fromtimestamp(minute * 60, UTC)
