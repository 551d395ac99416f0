"""Notifications on their way: written down before they are sent, sent until they arrive.

At least once: a crash between sending and writing sends again, with the same id. Whatever was triggered at a
receiver is resolved there, and never before the trigger itself arrived.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerter.alert import WIDTH, Alert, Severity, digest
from services.alerter.errors import AlerterError, Dropped, Rejected, Retryable
from services.alerter.examples import none
from services.alerter.failing import Trouble, hears, of_deliveries, said_of
from services.alerter.ledger import Delivery, Ledger
from services.alerter.receivers.base import Kind, Notification, Receiver, Renewing, Said
from services.wording.examples import Example
from services.wording.links import Link

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
MOST_ASKED_S = 3600.0
GIVE_UP = timedelta(hours=24)
LEAST_TRIES = 100  # which take most of a day
GIVE_UP_END = timedelta(days=30)  # an incident that nobody ends stays open for ever
RENEW = timedelta(minutes=1)
ORDER: Mapping[Kind, int] = {"fire": 0, "renotify": 1, "acknowledge": 2, "resolve": 3, "change": 4}
HELD: frozenset[Kind] = frozenset({"fire", "renotify", "change"})  # by a mute
GROWN = 2  # times as many routes as were told of last are news

_log = logging.getLogger("fmwatch")


class Outbox:
    """Deliveries that wait, and what became of the others.

    What a receiver refused is sent again by the next process, if it still matters: it was corrected by then.

    Parameters
    ----------
    ledger : keeps them over a restart
    receivers : by the name that rules use
    examples : of an alert's calls, for what is sent
    links : to where people see more of an alert
    """

    def __init__(
        self,
        ledger: Ledger,
        receivers: Mapping[str, Receiver],
        examples: Callable[[Alert], Sequence[Example]] = none,
        links: Callable[[Alert], Sequence[Link]] = none,
    ) -> None:
        self.ledger = ledger
        self.receivers = receivers
        self.examples = examples
        self.links = links
        going_on = {alert.id for alert in ledger.alerts() if alert.open}
        self._known = {one.id: _revived(one, going_on) for one in ledger.deliveries()}
        self._muted: frozenset[str] = frozenset()
        self._rests: dict[str, datetime] = {}  # until when a receiver asked to be left alone
        self._renewed: dict[str, datetime] = {}
        self._unrenewed: dict[str, Trouble] = {}

    @property
    def waiting(self) -> Sequence[Delivery]:
        """What still has to be sent, in the order it must arrive."""
        found = (delivery for delivery in self._known.values() if delivery.state == "waiting")
        return sorted(found, key=lambda each: (each.queued_at, ORDER[each.kind], each.id))

    def counts(self) -> Mapping[str, int]:
        """Return how many deliveries are in each state, those of alerts that were over long ago left out."""
        return Counter(delivery.state for delivery in self._known.values())

    def troubles(self, now: datetime) -> list[Trouble]:
        """Return the receivers that do not take what they should, worst first."""
        tried = [one for one in self._known.values() if not self._held(one)]
        return [*of_deliveries(tried, now), *self._unrenewed.values()]

    def announce(self, before: Mapping[str, Alert], changed: Iterable[Alert], now: datetime) -> None:
        """Queue what the receivers of changed alerts have to be told.

        Parameters
        ----------
        before : those alerts as they were, by id
        changed : as they are
        """
        changed = list(changed)
        self._withdraw(changed, now)
        fresh = {
            delivery.id: delivery
            for alert in changed
            for kind, receivers in self._due(before.get(alert.id), alert)
            for delivery in (self._telling(alert, receiver, kind, now) for receiver in receivers)
            if delivery.id not in self._known
        }
        self._save(list(fresh.values()), now)

    def _withdraw(self, changed: Iterable[Alert], now: datetime) -> None:
        """Drop what still waits to say that an alert fires which was over while it was muted."""
        over = {alert.id: alert.muted for alert in changed if alert.muted and not alert.open}
        dropped = [
            replace(one, state="dropped", message=f"muted: {over[one.alert.id]}")
            for one in self.waiting
            if one.alert.id in over and one.kind in HELD
        ]
        self._save(dropped, now)

    def remind(self, alerts: Iterable[Alert], every: Mapping[Severity, timedelta], now: datetime) -> None:
        """Queue again what nobody has acknowledged for long; what was missed meanwhile is not made up for."""
        waiting = {(delivery.alert.id, delivery.receiver) for delivery in self.waiting}
        fresh = []
        for alert in alerts:
            patience = every.get(alert.severity)
            if not (patience and alert.loud and alert.state == "firing" and alert.resolved_at is None):
                continue
            for receiver in self.triggered(alert.id):
                last = self._last_told(alert.id, receiver)
                if now - last >= patience and (alert.id, receiver) not in waiting:
                    fresh.append(self._telling(alert, receiver, "renotify", now))
        self._save(fresh, now)

    def deliver(self, now: datetime, muted: Collection[str] = ()) -> int:
        """Send whatever is due, each alert's in order; return how many arrived.

        A receiver that is away is asked once: waiting for its silence again and again would hold up the rest.

        Parameters
        ----------
        muted : ids of the alerts of which nobody is to hear now; what would say that they fire waits
        """
        arrived = 0
        self._muted = frozenset(muted)
        stuck: set[tuple[str, str, bool]] = set()
        away = {name for name, until in self._rests.items() if until > now}
        for delivery in self.waiting:
            # A change is told beside the alert, and never holds it up.
            lane = (delivery.alert.id, delivery.receiver, delivery.kind == "change")
            if lane in stuck or delivery.receiver in away:
                continue
            if self._held(delivery) or delivery.next_at > now:
                stuck.add(lane)
                continue
            tried = self._send(delivery, now)
            arrived += tried.state == "sent"
            if tried.state == "waiting":
                away.add(delivery.receiver)
        for name, receiver in self.receivers.items():
            if isinstance(receiver, Renewing) and name not in away:
                self._renew(name, receiver, now)
        return arrived

    def _held(self, delivery: Delivery) -> bool:
        """Tell whether a mute keeps it from being sent."""
        return delivery.state == "waiting" and delivery.kind in HELD and delivery.alert.id in self._muted

    def _due(self, before: Alert | None, alert: Alert) -> list[tuple[Kind, tuple[str, ...]]]:
        told = self.triggered(alert.id)
        if alert.state == "resolved":
            return [("resolve", told)]
        # Whoever was told, however quiet it is now; the same word again has the same id.
        taken = alert.state == "acknowledged" or alert.acknowledged_at is not None
        if not alert.loud:
            # Information goes only where a rule sends it; a joined alert speaks through the other one.
            quiet = alert.fired_at is None or bool(alert.parent or alert.muted)
            fires: tuple[str, ...] = () if quiet else alert.receivers
            return [("fire", fires), ("acknowledge", (*told, *fires) if taken else ())]
        grown = before is not None and before.fired_at is not None and _grown(self._as_told(before), alert)
        fresh = tuple(name for name in hears(alert) if name not in told)
        return [
            ("fire", fresh),
            ("renotify", told if grown else ()),
            ("acknowledge", (*told, *fresh) if taken else ()),
            ("change", fresh if alert.nearest_change or alert.signal == "model_changed" else ()),
        ]

    def _telling(self, alert: Alert, receiver: str, kind: Kind, now: datetime) -> Delivery:
        last = self._last_told(alert.id, receiver) if kind == "renotify" else None
        return Delivery(_name(alert, receiver, kind, last), alert, receiver, kind, "waiting", 0, now, now)

    def _last_told(self, alert_id: str, receiver: str) -> datetime:
        """Return when a receiver was last told that an alert fires, or may have been."""
        said = (
            delivery.queued_at
            for delivery in self._known.values()
            if (delivery.alert.id, delivery.receiver) == (alert_id, receiver)
            and delivery.kind in ("fire", "renotify")
        )
        return max(said)

    def _as_told(self, before: Alert) -> Alert:
        """Return the alert as its receivers know it."""
        said = [
            delivery
            for delivery in self._known.values()
            if delivery.alert.id == before.id and delivery.kind in ("fire", "renotify")
        ]
        last = max(said, key=lambda delivery: (delivery.queued_at, ORDER[delivery.kind]), default=None)
        return last.alert if last else before

    def triggered(self, alert_id: str) -> tuple[str, ...]:
        """Return the receivers that were told, or may have been, that this alert fires.

        What was given up after many tries may have arrived: only the answers got lost.
        """
        found = (
            delivery
            for delivery in self._known.values()
            if delivery.alert.id == alert_id and delivery.kind == "fire" and _may_arrive(delivery)
        )
        return tuple(sorted(delivery.receiver for delivery in found))

    def _send(self, delivery: Delivery, now: datetime) -> Delivery:
        tried = replace(delivery, attempts=delivery.attempts + 1, next_at=now)
        try:
            said = self._notify(delivery)
        except Rejected as error:
            tried = replace(tried, state="failed", message=str(error))
        except Dropped as error:
            tried = replace(tried, state="dropped", message=str(error))
        except Retryable as error:
            tried = _again(tried, error, now)
            if error.after_s:
                self._rests[delivery.receiver] = tried.next_at
        else:
            tried = replace(tried, state="sent", message=said.text, reference=said.reference)
        self._save([tried], now)
        return tried

    def _notify(self, delivery: Delivery) -> Said:
        receiver = self.receivers.get(delivery.receiver)
        if receiver is None:
            raise Rejected(f"no receiver is called {delivery.receiver!r}; name it under `receivers`")
        reference = self._reference(delivery)
        try:
            said = receiver.notify(self._notification(delivery, reference))
        except AlerterError:
            raise
        except Exception as error:
            raise Retryable(said_of(delivery.receiver, error)) from error
        return said or Said()

    def _reference(self, delivery: Delivery) -> str:
        """Return what the receiver called the alert's message when it last said so."""
        known = (
            one
            for one in self._known.values()
            if one.alert.id == delivery.alert.id and one.receiver == delivery.receiver and one.reference
        )
        last = max(known, key=lambda one: (one.queued_at, ORDER[one.kind]), default=None)
        return last.reference if last else ""

    def _renew(self, name: str, receiver: Renewing, now: datetime) -> None:
        last = self._renewed.get(name)
        if last is not None and now - last < RENEW:
            return
        self._renewed[name] = now
        standing = self._standing(name)
        try:
            if standing:
                receiver.renew(standing)
        except Exception as error:  # noqa: BLE001 -- one receiver's defect is no other's
            since = self._unrenewed[name].since if name in self._unrenewed else now
            self._unrenewed[name] = Trouble(name, since, said_of(name, error), len(standing))
        else:
            self._unrenewed.pop(name, None)

    def _standing(self, receiver: str) -> list[Alert]:
        """Return the alerts that a receiver was told of and not yet that they are over, each as last told."""
        mine = [one for one in self._known.values() if one.receiver == receiver and one.kind != "change"]
        over = {one.alert.id for one in mine if one.kind == "resolve"}
        told = sorted((one for one in mine if one.state == "sent"), key=lambda one: one.queued_at)
        return list({one.alert.id: one.alert for one in told if one.alert.id not in over}.values())

    def _notification(self, delivery: Delivery, reference: str) -> Notification:
        alert, kind = delivery.alert, delivery.kind
        return Notification(delivery.id, kind, alert, reference, self._shown(delivery), self.links(alert))

    def _shown(self, delivery: Delivery) -> Sequence[Example]:
        """Return the examples that go with it; none where they cannot be read, for the page comes first."""
        if delivery.kind not in ("fire", "renotify"):
            return ()
        try:
            return self.examples(delivery.alert)
        except Exception:  # noqa: BLE001 -- the page comes first
            _log.exception("alert %s is told without examples", delivery.alert.id)
            return ()

    def _save(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        if deliveries:
            self.ledger.save_deliveries(deliveries, now)
            self._known.update((delivery.id, delivery) for delivery in deliveries)


def wait(attempts: int, asked_s: float | None = None) -> timedelta:
    """Return how long to wait after so many attempts; a receiver may ask for more, within an hour."""
    doubled_s = min(FIRST_WAIT_S * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT_S)
    return timedelta(seconds=max(doubled_s, min(asked_s or 0.0, MOST_ASKED_S)))


def _again(delivery: Delivery, error: Retryable, now: datetime) -> Delivery:
    patience = GIVE_UP_END if delivery.kind == "resolve" else GIVE_UP
    # What was found in the past was queued in the past: it has its tries all the same.
    if now - delivery.queued_at >= patience and delivery.attempts >= LEAST_TRIES:
        return replace(delivery, state="failed", message=f"given up after {delivery.attempts} tries: {error}")
    later = now + wait(delivery.attempts, error.after_s)
    return replace(delivery, next_at=later, message=str(error))


def _may_arrive(delivery: Delivery) -> bool:
    """Tell whether a receiver has it, perhaps has it, or will: what it refused at once it has not."""
    if delivery.state == "failed":
        return delivery.attempts > 1
    return delivery.state == "waiting" or delivery.attempts > 0


def _revived(delivery: Delivery, going_on: set[str]) -> Delivery:
    matters = delivery.kind == "resolve" or (delivery.kind == "fire" and delivery.alert.id in going_on)
    return (
        replace(delivery, state="waiting", attempts=0) if delivery.state == "failed" and matters else delivery
    )


def _grown(told: Alert, alert: Alert) -> bool:
    """Tell whether an alert is louder or wider than its receivers know it, or about more.

    One route more of ten is not wider. What it is about besides stands in the fact `news`.
    """
    news = alert.facts.get("news", "")
    if news and news != told.facts.get("news"):
        return True
    wider = WIDTH[alert.series.level] < WIDTH[told.series.level]
    wider |= len(alert.routes) >= GROWN * len(told.routes)
    return told.severity != alert.severity or (wider and bool(set(alert.routes) - set(told.routes)))


def _name(alert: Alert, receiver: str, kind: Kind, last: datetime | None) -> str:
    """Return a delivery's id: the same for whatever a receiver is to hear once."""
    # A change that came before several alerts is told once.
    before = alert.nearest_change
    if kind == "change" and before:
        what = (before.at.isoformat(), before.kind, before.route, before.platform, before.model, before.to)
        return digest(alert.series.tenant, receiver, kind, *what)
    return digest(alert.id, receiver, kind, *_about(alert, kind, last))


def _about(alert: Alert, kind: Kind, last: datetime | None) -> tuple[object, ...]:
    """Return what a notification is about: told again only when it grows, waits or is acknowledged again."""
    if kind == "acknowledge":
        return (alert.acknowledged_by, alert.acknowledged_at)
    if kind != "renotify":
        return ()
    return (last, alert.severity, *sorted(alert.routes), alert.facts.get("news", ""))
