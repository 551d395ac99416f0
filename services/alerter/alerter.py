"""From signals to people: group, remember, notify, in that order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import Alert, Transition, at
from services.alerter.answer import AdviceKey, answer
from services.alerter.examples import none
from services.alerter.explain import Explain, unexplained
from services.alerter.grouping import Grouping
from services.alerter.ledger import Ledger
from services.alerter.mute import Mute, declared
from services.alerter.nearest import LOOK_BACK
from services.alerter.outbox import Outbox
from services.alerter.receivers.base import Receiver
from services.alerter.rules import Rules
from services.alerter.word import Word, obeyed
from services.wording.examples import Example
from services.wording.explanation import Explanation
from services.wording.links import Link

MINUTE = timedelta(minutes=1)

_log = logging.getLogger("fmwatch")


class Alerter:
    """Owns every alert of a store. One per store, called from one thread.

    Parameters
    ----------
    ledger : where alerts and deliveries are kept
    rules : what deserves an alert and who hears of it
    receivers : by the name that rules use
    publish : tells other programs what becomes of alerts; durable when it returns, raises where it is not
    explain : completes an alert that has come up or grown, before anybody is told
    examples : of an alert's calls, for what is sent
    """

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        receivers: Mapping[str, Receiver],
        publish: Callable[[Sequence[Transition]], None] = lambda _: None,
        *,
        explain: Explain = unexplained,
        examples: Callable[[Alert], Sequence[Example]] = none,
        links: Callable[[Alert], Sequence[Link]] = none,
    ) -> None:
        self.ledger = ledger
        self.rules = rules
        self.publish = publish
        self.explain = explain
        self.grouping = Grouping(rules, ledger.alerts())
        self.outbox = Outbox(ledger, receivers, examples, links)

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
        windows = self._maintenance(now) if signals or grouping.open else ()
        found = grouping.take(signals, now, self._changes(signals), windows)
        changed = self._explained(grouping, found)
        spoken = [alert for alert in changed if notify or not alert.open]
        self._record(before, changed, grouping.transitions, now, spoken)
        self.grouping = grouping
        if notify:
            self.outbox.remind(grouping.open, self.rules.renotify, now)
        return changed

    def deliver(self, now: datetime) -> int:
        """Send what waits in the outbox; return how many notifications arrived."""
        return self.outbox.deliver(now, {alert.id for alert in self.grouping.open if alert.muted})

    def hear(self, now: datetime) -> list[Alert]:
        """Take what people have said since; return the alerts that changed.

        Parameters
        ----------
        now : the start of the first minute that nobody has watched yet: from then on it holds for monitors

        Raises
        ------
        LogError, StoreUnavailable : what is not taken yet is taken by the next call
        """
        return [alert for said in self.ledger.words() for alert in self._hear(said, now)]

    def _hear(self, said: Word, now: datetime) -> list[Alert]:
        alert = self._known(said.alert_id)
        if alert is None:  # it was erased meanwhile, and what is said of it with it
            return []
        after = obeyed(alert, said, now)
        changed: list[Alert] = []
        if after != alert:
            grouping = self.grouping.copy()
            before = {each.id: each for each in (*grouping.open, alert)}
            changed = grouping.end(after, now, self._maintenance(now))
            # Who never heard of it, as in a replay, does not hear now that somebody works on it.
            spoken = [each for each in changed if self.outbox.triggered(each.id)]
            self._record(before, changed, grouping.transitions, now, spoken)
            self.grouping = grouping
        # A monitor that watches again has to have raised it before it can hear of it.
        said_of = max((each.at + MINUTE for each in alert.raised), default=now)
        self.ledger.save_word(said, alert, max(now, said_of))
        return changed

    def advise(self, advice: Mapping[AdviceKey, str], now: datetime) -> list[Alert]:
        """Attach recommendations to the alerts they answer.

        Parameters
        ----------
        advice : (tenant, route, platform, model) -> recommendation id
        """
        others = self.grouping.open
        changed = [
            self._explain(replace(alert, recommendation_id=advice[key]), others)
            for alert in others
            if (key := answer(alert, advice)) and advice[key] != alert.recommendation_id
        ]
        self.ledger.save_alerts(changed, now)
        for alert in changed:
            self.grouping.put(alert)
        return changed

    def _explained(self, grouping: Grouping, changed: Sequence[Alert]) -> list[Alert]:
        """Complete the alerts that changed, as long as they are open; their transitions tell the same."""
        others = grouping.open
        explained = [
            self._explain(alert, others) if alert.open or alert.explanation == Explanation() else alert
            for alert in changed
        ]
        for alert in explained:
            grouping.put(alert)
        found = {alert.id: alert.explanation for alert in explained}
        grouping.transitions = [
            replace(one, alert=replace(one.alert, explanation=found.get(one.alert.id, Explanation())))
            for one in grouping.transitions
        ]
        return explained

    def _explain(self, alert: Alert, others: Sequence[Alert]) -> Alert:
        """Return the alert explained, or as it is where that fails: people hear of it all the same."""
        try:
            return self.explain(alert, others)
        except Exception:  # noqa: BLE001 -- the page comes first
            _log.exception("alert %s goes without an explanation", alert.id)
            return alert

    def _record(
        self,
        before: Mapping[str, Alert],
        changed: Sequence[Alert],
        transitions: Sequence[Transition],
        now: datetime,
        spoken: Sequence[Alert],
    ) -> None:
        # The alerts last, for they know which signals were taken: after a crash before that, the same signals
        # make the same notifications and records again, and who has had them knows them by their ids.
        self.outbox.announce(before, spoken, now)
        self.publish(transitions)
        if changed:
            self.ledger.save_alerts(changed, now)

    def _known(self, alert_id: str) -> Alert | None:
        found = next((alert for alert in self.grouping.open if alert.id == alert_id), None)
        return found or self.ledger.alert(alert_id)

    def _changes(self, signals: Iterable[Signal]) -> Sequence[Change]:
        raised = [signal for signal in signals if signal.state == "raised"]
        if not raised:
            return ()
        since = at(min(signal.began for signal in raised)) - LOOK_BACK
        until = at(max(max(signal.began, signal.began_high) for signal in raised)) + MINUTE
        return self.ledger.changes(since, until)

    def _maintenance(self, now: datetime) -> Sequence[Mute]:
        """Return the windows that may hold an alert: a day at most is taken at a time."""
        windows = map(declared, self.ledger.maintenance(now - LOOK_BACK))
        return [window for window in windows if window is not None]
