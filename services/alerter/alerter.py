"""From signals to people: group, remember, notify, in that order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, at
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
    """

    def __init__(self, ledger: Ledger, rules: Rules, receivers: Mapping[str, Receiver]) -> None:
        self.ledger = ledger
        self.grouping = Grouping(rules, ledger.alerts())
        self.outbox = Outbox(ledger, receivers)

    def take(self, signals: Sequence[Signal], now: datetime, *, notify: bool = True) -> list[Alert]:
        """Take the signals of closed minutes up to `now`; return the alerts that changed, oldest first.

        Parameters
        ----------
        now : the end of the last closed minute, in the time of the events
        notify : False for a replay: alerts are recorded, nobody is told
        """
        before = {alert.id: alert for alert in self.grouping.open}
        changed = self.grouping.take(signals, now, self._changes(signals))
        return self._record(before, changed, now, notify=notify)

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
        for alert in changed:
            self.grouping.put(alert)
        self.ledger.save_alerts(changed, now)
        return changed

    def _change(self, alert: Alert, now: datetime) -> Alert:
        before = {alert.id: self._find(alert.id)}
        self.grouping.put(alert)
        self._record(before, [alert], now, notify=True)
        return alert

    def _record(
        self, before: Mapping[str, Alert], changed: list[Alert], now: datetime, *, notify: bool
    ) -> list[Alert]:
        # The outbox first: after a crash in between, the same signals make the same notifications again.
        if notify:
            self.outbox.announce(before, changed, now)
        if changed:
            self.ledger.save_alerts(changed, now)
        return changed

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
