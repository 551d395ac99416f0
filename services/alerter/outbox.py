"""Notifications on their way: written down before they are sent, sent until they arrive.

At least once: a crash between sending and writing sends again, with the same id. Whatever was triggered at a
receiver is resolved there, and never before the trigger itself arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerter.alert import Alert, digest
from services.alerter.errors import Rejected, Retryable
from services.alerter.ledger import Delivery, Ledger
from services.alerter.receivers.base import Kind, Notification, Receiver

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
MOST_ASKED_S = 3600.0
GIVE_UP = timedelta(hours=24)
ORDER: Mapping[Kind, int] = {"fire": 0, "renotify": 1, "resolve": 2}


class Outbox:
    """Deliveries that wait, and what became of the others.

    Parameters
    ----------
    ledger : keeps them over a restart
    receivers : by the name that rules use
    """

    def __init__(self, ledger: Ledger, receivers: Mapping[str, Receiver]) -> None:
        self.ledger = ledger
        self.receivers = receivers
        self._known = {delivery.id: delivery for delivery in ledger.deliveries()}

    @property
    def waiting(self) -> Sequence[Delivery]:
        """What still has to be sent, in the order it must arrive."""
        found = (delivery for delivery in self._known.values() if delivery.state == "waiting")
        return sorted(found, key=lambda each: (each.queued_at, ORDER[each.kind], each.id))

    def counts(self) -> Mapping[str, int]:
        """Return how many deliveries are in each state, those of alerts that were over long ago left out."""
        return Counter(delivery.state for delivery in self._known.values())

    def announce(self, before: Mapping[str, Alert], changed: Iterable[Alert], now: datetime) -> None:
        """Queue what the receivers of changed alerts have to be told.

        Parameters
        ----------
        before : those alerts as they were, by id
        changed : as they are
        """
        fresh = [
            delivery
            for alert in changed
            for kind, receivers in self._due(before.get(alert.id), alert)
            for delivery in (_queue(alert, receiver, kind, now) for receiver in receivers)
            if delivery.id not in self._known
        ]
        self._save(fresh, now)

    def deliver(self, now: datetime) -> int:
        """Send whatever is due, each alert's in order; return how many arrived.

        A receiver that is away is asked once: waiting for its silence again and again would hold up the rest.
        """
        arrived = 0
        stuck: set[tuple[str, str]] = set()
        away: set[str] = set()
        for delivery in self.waiting:
            lane = (delivery.alert.id, delivery.receiver)
            if lane in stuck or delivery.receiver in away:
                continue
            if delivery.next_at > now:
                stuck.add(lane)
                continue
            tried = self._send(delivery, now)
            arrived += tried.state == "sent"
            if tried.state == "waiting":
                away.add(delivery.receiver)
        return arrived

    def _due(self, before: Alert | None, alert: Alert) -> list[tuple[Kind, tuple[str, ...]]]:
        told = self._triggered(alert.id)
        if alert.state == "resolved":
            return [("resolve", told)]
        if not alert.loud:
            # Information goes only where a rule sends it; a joined alert speaks through the other one.
            quiet = alert.fired_at is None or bool(alert.parent)
            return [] if quiet else [("fire", alert.receivers)]
        grown = before is not None and before.fired_at is not None and _grown(before, alert)
        fresh = tuple(name for name in alert.receivers if name not in told)
        return [("fire", fresh), ("renotify", told if grown else ())]

    def _triggered(self, alert_id: str) -> tuple[str, ...]:
        """Return the receivers that were told, or may have been, that this alert fires."""
        found = (
            delivery
            for delivery in self._known.values()
            if delivery.alert.id == alert_id and delivery.kind == "fire" and delivery.state != "failed"
        )
        return tuple(sorted(delivery.receiver for delivery in found))

    def _send(self, delivery: Delivery, now: datetime) -> Delivery:
        tried = replace(delivery, attempts=delivery.attempts + 1)
        receiver = self.receivers.get(delivery.receiver)
        try:
            if receiver is None:
                raise Rejected(f"no receiver is called {delivery.receiver!r}; name it under `receivers`")  # noqa: TRY301 -- one path for every refusal
            receiver.notify(Notification(delivery.id, delivery.kind, delivery.alert))
        except Rejected as error:
            tried = replace(tried, state="failed", message=str(error))
        except Retryable as error:
            tried = _again(tried, error, now)
        else:
            tried = replace(tried, state="sent", message="")
        self._save([tried], now)
        return tried

    def _save(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        if deliveries:
            self.ledger.save_deliveries(deliveries, now)
            self._known.update((delivery.id, delivery) for delivery in deliveries)


def wait(attempts: int, asked_s: float | None = None) -> timedelta:
    """Return how long to wait after so many attempts; a receiver may ask for more, within an hour."""
    doubled_s = min(FIRST_WAIT_S * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT_S)
    return timedelta(seconds=max(doubled_s, min(asked_s or 0.0, MOST_ASKED_S)))


def _again(delivery: Delivery, error: Retryable, now: datetime) -> Delivery:
    if now - delivery.queued_at >= GIVE_UP:
        return replace(delivery, state="failed", message=f"given up after {delivery.attempts} tries: {error}")
    later = now + wait(delivery.attempts, error.after_s)
    return replace(delivery, next_at=later, message=str(error))


def _grown(before: Alert, alert: Alert) -> bool:
    return before.severity != alert.severity or bool(set(alert.routes) - set(before.routes))


def _queue(alert: Alert, receiver: str, kind: Kind, now: datetime) -> Delivery:
    # A renotification is about one size of the alert: told again only when it grows again.
    size = (alert.severity, *sorted(alert.routes)) if kind == "renotify" else ()
    name = digest(alert.id, receiver, kind, *size)
    return Delivery(name, alert, receiver, kind, "waiting", 0, now, now)
