"""What every receiver is: a place that takes one notification at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from services.alerter.alert import Alert

Kind = Literal["fire", "renotify", "resolve"]


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to tell one receiver.

    Attributes
    ----------
    id : the same however often it is sent, so that a receiver can drop a second copy
    kind : fire (new), renotify (it has grown), resolve (it is over)
    """

    id: str
    kind: Kind
    alert: Alert


class Receiver(Protocol):
    """Takes notifications. Called by the outbox, one at a time; may block for seconds."""

    def notify(self, notification: Notification) -> None:
        """Deliver it, or raise `Retryable` (again later) or `Rejected` (never again)."""
