"""What the alerter remembers between runs: its alerts and what was told to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from fmwatch.event import Change

from services.alerter.alert import Alert
from services.alerter.receivers.base import Kind

DeliveryState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification on its way to one receiver.

    Attributes
    ----------
    id : hash of (alert, receiver, kind, round): the same notification is never queued twice
    state : waiting (to be sent at `next_at`), sent, failed (rejected or given up)
    message : the receiver's last complaint
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


class Ledger(Protocol):
    """Keeps alerts and deliveries; saving the same again changes nothing. Called by one alerter only."""

    def save_alerts(self, alerts: Sequence[Alert], now: datetime) -> None:
        """Keep these versions; durable on return."""

    def save_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Keep these versions; durable on return."""

    def alerts(self) -> Sequence[Alert]:
        """Return the newest version of every alert that is open or was resolved recently."""

    def deliveries(self) -> Sequence[Delivery]:
        """Return the newest version of every delivery of those alerts."""

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        """Return what was changed on purpose within the range."""


@dataclass(slots=True)
class MemoryLedger:
    """Forgets everything at the end of the process: for tests and dry runs."""

    known: dict[str, Alert] = field(default_factory=dict)
    queued: dict[str, Delivery] = field(default_factory=dict)
    changed: list[Change] = field(default_factory=list)

    def save_alerts(self, alerts: Sequence[Alert], now: datetime) -> None:  # noqa: ARG002 -- no versions kept
        self.known.update((alert.id, alert) for alert in alerts)

    def save_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002 -- same
        self.queued.update((delivery.id, delivery) for delivery in deliveries)

    def alerts(self) -> Sequence[Alert]:
        return list(self.known.values())

    def deliveries(self) -> Sequence[Delivery]:
        return list(self.queued.values())

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [change for change in self.changed if since <= change.at <= until]
