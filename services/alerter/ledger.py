"""What the alerter remembers between runs: its alerts and what was told to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from fmwatch.event import Change

from services.alerter.alert import Alert
from services.alerter.receivers.base import Kind
from services.alerter.word import Word

DeliveryState = Literal["waiting", "sent", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification on its way to one receiver.

    Attributes
    ----------
    id : hash of (alert, receiver, kind, round): the same notification is never queued twice
    state : waiting (to be sent at `next_at`), sent, failed (rejected or given up), dropped (the receiver has
        no word for it)
    message : the receiver's last words or complaint
    next_at : when to try it next; of one that waits no more, when it was tried last
    reference : what the receiver calls its message
    """

    id: str
    alert: Alert
    receiver: str
    kind: Kind
    state: DeliveryState
    attempts: int
    next_at: datetime
    queued_at: datetime
    message: str = ""
    reference: str = ""


class Ledger(Protocol):
    """Keeps alerts and deliveries; saving the same again changes nothing. Called by one alerter only."""

    def save_alerts(self, alerts: Sequence[Alert], now: datetime) -> None:
        """Keep these versions; durable on return."""

    def save_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Keep these versions; durable on return."""

    def alerts(self) -> Sequence[Alert]:
        """Return the newest version of every alert that is open or was resolved recently."""

    def alert(self, alert_id: str) -> Alert | None:
        """Return the newest version of one alert, however old."""

    def deliveries(self) -> Sequence[Delivery]:
        """Return the newest version of every delivery of those alerts."""

    def words(self) -> Sequence[Word]:
        """Return what people have said and nobody has taken yet, the oldest first."""

    def save_word(self, word: Word, alert: Alert, heard_at: datetime | None) -> None:
        """Keep what somebody says of an alert, and from when on it holds; durable on return."""

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        """Return what was changed on purpose within the range."""

    def maintenance(self, since: datetime) -> Sequence[Change]:
        """Return the maintenance that was declared and ends after `since`, also that to come."""


@dataclass(slots=True)
class MemoryLedger:
    """Forgets everything at the end of the process: for tests and dry runs."""

    known: dict[str, Alert] = field(default_factory=dict)
    queued: dict[str, Delivery] = field(default_factory=dict)
    changed: list[Change] = field(default_factory=list)
    said: dict[str, tuple[Word, datetime | None]] = field(default_factory=dict)

    def save_alerts(self, alerts: Sequence[Alert], now: datetime) -> None:  # noqa: ARG002 -- no versions kept
        self.known.update((alert.id, alert) for alert in alerts)

    def save_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002 -- same
        self.queued.update((delivery.id, delivery) for delivery in deliveries)

    def alerts(self) -> Sequence[Alert]:
        return list(self.known.values())

    def alert(self, alert_id: str) -> Alert | None:
        return self.known.get(alert_id)

    def words(self) -> Sequence[Word]:
        return [word for word, heard_at in self.said.values() if heard_at is None]

    def save_word(self, word: Word, alert: Alert, heard_at: datetime | None) -> None:  # noqa: ARG002 -- for the monitors
        self.said[word.id] = (word, heard_at)

    def deliveries(self) -> Sequence[Delivery]:
        return list(self.queued.values())

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [change for change in self.changed if since <= change.at <= until]

    def maintenance(self, since: datetime) -> Sequence[Change]:
        windows = [change for change in self.changed if change.kind == "maintenance"]
        return [change for change in windows if change.until is not None and change.until > since]
