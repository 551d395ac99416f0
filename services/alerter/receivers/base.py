"""What every receiver is: a place that takes one notification at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from services.alerter.alert import Alert
from services.wording.examples import Example
from services.wording.links import Link

Kind = Literal["fire", "renotify", "acknowledge", "resolve", "change"]


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to tell one receiver.

    Attributes
    ----------
    id : the same however often it is sent, so that a receiver can drop a second copy
    kind : fire (new), renotify (it has grown, or nobody has acknowledged it for long),
        acknowledge (somebody works on it), resolve (it is over),
        change (what was changed on purpose right before it, or the change that the alert itself is about)
    reference : what this receiver called the message that told it of the alert; "" where it said nothing
    examples : of its calls, as they may be shown; none when it is over
    links : to where people see more
    """

    id: str
    kind: Kind
    alert: Alert
    reference: str = ""
    examples: Sequence[Example] = ()
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a receiver answered when it took something.

    Attributes
    ----------
    text : its own words, one line
    reference : finds the message again at the receiver, for what is told of the alert later
    """

    text: str = ""
    reference: str = ""


class Receiver(Protocol):
    """Takes notifications. Called by the outbox, one at a time; may block for seconds.

    The same notification may come twice: after a crash, and where an answer got lost.
    """

    def notify(self, notification: Notification) -> Said | None:
        """Deliver it, or raise `Retryable` (again later), `Rejected` (never again) or `Dropped` (no word)."""


@runtime_checkable
class Renewing(Protocol):
    """A receiver that forgets an alert which nobody tells it of again."""

    def renew(self, alerts: Sequence[Alert]) -> None:
        """Tell again that these alerts, which it was told of, still fire; raises as `notify` does."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat.

    Attributes
    ----------
    at : when it was made
    watched_until : up to when calls are watched; None where nothing is stored yet
    every_s : when the next may be expected
    """

    at: datetime
    watched_until: datetime | None
    every_s: int


@runtime_checkable
class Beating(Protocol):
    """A receiver that notices when heartbeats no longer come."""

    def beat(self, beat: Beat) -> None:
        """Deliver a heartbeat, or raise as `notify` does."""
