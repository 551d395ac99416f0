"""From signals to people: group, remember, notify, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, Transition, at
from services.alerter.errors import UnknownAlert
from services.alerter.grouping import Grouping
from services.alerter.ledger import Ledger
from services.alerter.nearest import LOOK_BACK
from services.alerter.outbox import Outbox
from services.alerter.receivers.base import Receiver
from services.alerter.rules import Rules


class Alerter:
    """Owns every alert of a store. One per store, called from one thread.

    Parameters
    ----------
    ledger : where alerts and deliveries are kept
    rules : what deserves an alert and who hears of it
    receivers : by the name that rules use
    publish : tells other programs what becomes of alerts; durable when it returns, raises where it is not
    """

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        receivers: Mapping[str, Receiver],
        publish: Callable[[Sequence[Transition]], None] = lambda _: None,
    ) -> None:
        self.ledger = ledger
        self.publish = publish
        self.grouping = Grouping(rules, ledger.alerts())
        self.outbox = Outbox(ledger, receivers)

    def take(self, signals: Sequence[Signal], now: datetime, *, notify: bool = True) -> list[Alert]:
        """Take the signals of closed minutes up to `now`; return the alerts that changed, oldest first.

        Parameters
        ----------
        now : the end of the last closed minute, in the time of the events
        notify : False for a replay and for minutes long past: alerts are recorded and published, and who was
            told of one hears that it is over; nobody hears of others

        Raises
        ------
        LogError, StoreUnavailable : nothing has changed; take the same signals again
        """
        before = {alert.id: alert for alert in self.grouping.open}
        grouping = self.grouping.copy()
        changed = grouping.take(signals, now, self._changes(signals))
        self._record(before, changed, grouping.transitions, now, notify=notify)
        self.grouping = grouping
        return changed

    def deliver(self, now: datetime) -> int:
        """Send what waits in the outbox; return how many notifications arrived."""
        return self.outbox.deliver(now)

    def acknowledge(self, alert_id: str, by: str, now: datetime) -> Alert:
        """Note that somebody works on it."""
        alert = self._find(alert_id)
        state = "acknowledged" if alert.state == "firing" else alert.state
        return self._change(replace(alert, state=state, acknowledged_by=by), now)

    def resolve(self, alert_id: str, by: str, now: datetime) -> Alert:
        """End it by a person's word; the same trouble raised anew is a new alert."""
        alert = self._find(alert_id)
        note = f"{alert.note} Resolved by {by}.".strip()
        return self._change(replace(alert, state="resolved", resolved_at=now, ripe_at=None, note=note), now)

    def advise(self, advice: Mapping[tuple[str, str, str, str], str], now: datetime) -> list[Alert]:
        """Attach recommendations to the alerts they answer.

        Parameters
        ----------
        advice : (tenant, route, platform, model) -> recommendation id
        """
        linked = [(alert, _answer(alert, advice)) for alert in self.grouping.open]
        changed = [
            replace(alert, recommendation_id=answer)
            for alert, answer in linked
            if answer and answer != alert.recommendation_id
        ]
        self.ledger.save_alerts(changed, now)
        for alert in changed:
            self.grouping.put(alert)
        return changed

    def _change(self, alert: Alert, now: datetime) -> Alert:
        before = self._find(alert.id)
        transitions = [] if alert.told == before.told else [Transition(alert, now)]
        self._record({alert.id: before}, [alert], transitions, now, notify=True)
        self.grouping.put(alert)
        return alert

    def _record(
        self,
        before: Mapping[str, Alert],
        changed: Sequence[Alert],
        transitions: Sequence[Transition],
        now: datetime,
        *,
        notify: bool,
    ) -> None:
        # The alerts last, for they know which signals were taken: after a crash before that, the same signals
        # make the same notifications and records again, and who has had them knows them by their ids.
        self.outbox.announce(before, [alert for alert in changed if notify or not alert.open], now)
        self.publish(transitions)
        if changed:
            self.ledger.save_alerts(changed, now)

    def _find(self, alert_id: str) -> Alert:
        found = next((alert for alert in self.grouping.open if alert.id == alert_id), None)
        if found is None:
            raise UnknownAlert(f"no open alert {alert_id!r}; `fmwatch alerts list` shows them")
        return found

    def _changes(self, signals: Iterable[Signal]) -> Sequence[Change]:
        raised = [signal for signal in signals if signal.state == "raised"]
        if not raised:
            return ()
        since = at(min(signal.began for signal in raised)) - LOOK_BACK
        until = at(max(max(signal.began, signal.began_high) for signal in raised)) + timedelta(minutes=1)
        return self.ledger.changes(since, until)


def _answer(alert: Alert, advice: Mapping[tuple[str, str, str, str], str]) -> str | None:
    """Return the advice for the alert's own series, else for its worst route that has any."""
    series = alert.series
    if not series.model:
        return None
    keys = [(series.tenant, route, series.platform, series.model) for route in (series.route, *alert.routes)]
    return next((advice[key] for key in keys if key in advice), None)
