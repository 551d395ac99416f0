"""One marked alert through each receiver, and its end: what `fmwatch rules test-fire` asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from detectors.monitors.base import Series
from services.alerter.alert import Alert, digest
from services.alerter.errors import Dropped, Rejected, Retryable
from services.alerter.failing import DELIVERY, TENANT
from services.alerter.receivers.base import Kind, Notification, Receiver, Said

RULE = "test-fire"

Outcome = Literal["sent", "dropped", "away", "refused"]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one notification.

    Attributes
    ----------
    outcome : sent, dropped (the receiver has no word for it), away (it does not answer), refused (it will
        never take it)
    said : the receiver's own words, or what went wrong and the remedy
    """

    receiver: str
    kind: Kind
    outcome: Outcome
    said: str = ""


def trials(receivers: Mapping[str, Receiver], now: datetime) -> Sequence[Tried]:
    """Send the alert and its end to each receiver; return what became of both."""
    return [tried for name, receiver in receivers.items() for tried in trial(name, receiver, now)]


def trial(name: str, receiver: Receiver, now: datetime) -> Sequence[Tried]:
    """Send one receiver both, each once. What was refused is not resolved; what may have arrived is.

    Nothing is recorded, and what fails is not tried again.
    """
    firing = marked(name, now)
    over = replace(firing, state="resolved", resolved_at=now)
    fire, said = _sent(name, receiver, Notification(digest(firing.id, "fire"), "fire", firing))
    if fire.outcome == "refused":
        return [fire]
    end = Notification(digest(over.id, "resolve"), "resolve", over, reference=said.reference)
    return [fire, _sent(name, receiver, end)[0]]


def marked(name: str, now: datetime) -> Alert:
    """Return an alert that says of itself that nothing is wrong."""
    return Alert(
        id=digest(RULE, name, now.isoformat()),
        fingerprint=digest(RULE, name),
        rule=RULE,
        signal=DELIVERY,
        severity="page",
        state="firing",
        series=Series("fleet", TENANT),
        team="",
        owner="",
        routes=(),
        share_of_traffic=None,
        began_at=now,
        began_low=now,
        began_high=now,
        detected_at=now,
        observed=None,
        reference=None,
        low=None,
        high=None,
        unit="",
        n=0,
        monitor=RULE,
        title=f"TEST of the receiver {name}: nothing is wrong",
        fired_at=now,
        note="Sent by a person with fmwatch rules test-fire. It is over at once.",
        facts={"test": "true"},
        receivers=(name,),
    )


def _sent(name: str, receiver: Receiver, notification: Notification) -> tuple[Tried, Said]:
    kind = notification.kind
    try:
        said = receiver.notify(notification) or Said()
    except Dropped as error:
        return Tried(name, kind, "dropped", str(error)), Said()
    except Retryable as error:
        return Tried(name, kind, "away", str(error)), Said()
    except Rejected as error:
        return Tried(name, kind, "refused", str(error)), Said()
    return Tried(name, kind, "sent", said.text), said
