"""Signals in, alerts out: one incident is one alert. Pure: time comes with the signals, never from a clock.

A signal about a part waits a minute for the signal about the whole; the whole claims its parts; parts of one
platform that turn bad together are one; what clears must stay clear for ten minutes; drift alone is
information and joins what it causes; what follows from a louder alert by itself is told with it. The cut does
not matter: a day of signals at once gives the same alerts as its minutes one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Signal
from services.alerter.alert import WIDTH, Alert, State, Transition, at
from services.alerter.kinship import DRIFT, brings_about, explains, holds, kin, sibling, widens
from services.alerter.mute import Mute, Mutes
from services.alerter.rules import Rules, Verdict
from services.alerter.shaping import birth, hold, is_raised, joined, part_of, raised, renew, told_of_end
from store.signals import signal_id

HOLD = timedelta(minutes=10)  # what cleared may come back within this without being a second alert


class Grouping:
    """The open alerts, and how signals and time change them.

    Parameters
    ----------
    rules : what deserves an alert
    alerts : alerts of earlier runs: the open ones continue, the resolved ones keep their signals known

    Attributes
    ----------
    transitions : what the last `take` changed of what is told, each step of it, in order
    """

    def __init__(self, rules: Rules, alerts: Iterable[Alert] = ()) -> None:
        known = list(alerts)
        self.rules = rules
        self.mutes = rules.mutes
        self._open = {alert.id: alert for alert in known if alert.open}
        self._taken = {taken for alert in known for taken in alert.signals}
        self._changed: dict[str, Alert] = {}
        self._reached: datetime | None = None
        self.transitions: list[Transition] = []

    def copy(self) -> Grouping:
        """Return another of the same state: what fails half way is done again from the beginning."""
        other = Grouping(self.rules, self._open.values())
        other._taken, other._reached = set(self._taken), self._reached
        return other

    @property
    def open(self) -> Sequence[Alert]:
        """Alerts that are not over, oldest first."""
        return sorted(self._open.values(), key=lambda alert: (alert.detected_at, alert.id))

    def take(
        self,
        signals: Iterable[Signal],
        now: datetime,
        changes: Sequence[Change] = (),
        maintenance: Sequence[Mute] = (),
    ) -> list[Alert]:
        """Take the signals of closed minutes up to `now`; return the alerts that changed, oldest first.

        Parameters
        ----------
        changes : what was changed on purpose before these signals
        maintenance : windows that were declared and had not ended when the last signals were taken
        """
        self._begin(maintenance)
        self._remute(self._reached or now)
        for signal in sorted(signals, key=_order):
            self._pass(at(signal.minute))
            self._one(signal, changes)
        self._pass(now)
        return self._end()

    def end(self, alert: Alert, now: datetime, maintenance: Sequence[Mute] = ()) -> list[Alert]:
        """Take an alert as a person has changed it; return it and the alerts that change with it."""
        self._begin(maintenance)
        self._keep(alert, now)
        if not alert.open:
            for part in self._effects(alert):
                self._keep(replace(part, state="resolved", resolved_at=now, ripe_at=None), now)
        return self._end()

    def put(self, alert: Alert) -> None:
        """Replace an open alert by what the advisor made of it."""
        if alert.open:
            self._open[alert.id] = alert
        else:
            self._open.pop(alert.id, None)

    def _begin(self, maintenance: Sequence[Mute]) -> None:
        self.mutes = Mutes((*self.rules.mutes.own, *maintenance))
        self._changed = {}
        self.transitions = []

    def _end(self) -> list[Alert]:
        return sorted(self._changed.values(), key=lambda alert: (alert.detected_at, alert.id))

    def _one(self, signal: Signal, changes: Sequence[Change]) -> None:
        taken = signal_id(signal)
        if taken in self._taken:
            return
        self._taken.add(taken)
        if signal.state == "cleared":
            self._clear(signal, taken)
        elif verdict := self.rules.judge(signal):
            found = at(signal.minute + 1)  # a minute is known when it is over
            self._join(self._keep(self._raise(signal, taken, verdict, changes), found), found)

    def _raise(self, signal: Signal, taken: str, verdict: Verdict, changes: Sequence[Change]) -> Alert:
        related = [alert for alert in self.open if kin(alert, signal)]
        same = next((alert for alert in related if is_raised(alert, signal)), None)
        if same and not widens(signal, same):
            return self._more(same, signal, taken, verdict)
        narrower = [alert for alert in related if widens(signal, alert)]
        if narrower:
            return self._widen(narrower, signal, taken, verdict)
        holder = next((alert for alert in related if holds(alert, signal)), None)
        if holder:
            return self._more(holder, signal, taken, verdict)
        for alert in self.open:
            if whole := sibling(alert, signal):
                return part_of(alert, signal, taken, verdict, whole)
        return birth(signal, taken, verdict, changes)

    @staticmethod
    def _more(alert: Alert, signal: Signal, taken: str, verdict: Verdict) -> Alert:
        """Return the alert with news of all that it is about, or of a part."""
        more = renew if signal.series == alert.series else hold
        return more(alert, signal, taken, verdict)

    def _widen(self, narrower: Sequence[Alert], signal: Signal, taken: str, verdict: Verdict) -> Alert:
        first, *others = sorted(narrower, key=lambda alert: (alert.fired_at is None, alert.detected_at))
        found = at(signal.minute + 1)
        for other in others:
            over = replace(other, state="resolved", resolved_at=found, parent=first.id, ripe_at=None)
            self._keep(over, found)
            self._release(over, found)
        under = (each for alert in (first, *others) for each in alert.raised)
        wide = WIDTH[signal.series.level] <= WIDTH[first.series.level]
        wider = renew(first, signal, taken, verdict)
        return replace(wider, series=signal.series if wide else first.series, raised=raised(under, signal))

    def _clear(self, signal: Signal, taken: str) -> None:
        cleared = at(signal.minute + 1)
        for alert in self.open:
            if alert.signal != signal.signal or not is_raised(alert, signal):
                continue
            left = tuple(each for each in alert.raised if each.series != signal.series)
            kept = replace(alert, raised=left, signals=(*alert.signals, taken))
            if ended := signal.facts.get("ended"):
                kept = told_of_end(kept, ended)
            if not left:
                # A pending alert that cleared was nobody's business yet: over at once.
                ripe = cleared if alert.state == "pending" else cleared + HOLD
                kept = replace(kept, resolved_at=cleared, ripe_at=ripe)
            self._keep(kept, cleared)

    def _join(self, alert: Alert, found: datetime) -> None:
        """Let drift and the consequence it has be one story, and a cause and what it brings about."""
        cause = self._open.get(alert.parent)
        if cause and alert.signal not in DRIFT and not brings_about(cause, alert):
            self._keep(replace(alert, parent=""), found)  # it has outgrown its cause
        for other in self.open:
            for one, another in ((alert.id, other.id), (other.id, alert.id)):
                part, story = self._open[one], self._open[another]
                if part.parent or not (explains(part, story) or brings_about(story, part)):
                    continue
                self._keep(replace(part, parent=story.id), found)
                if not any(said.startswith(part.title) for said in story.joined):
                    self._keep(joined(story, part), found)

    def _release(self, over: Alert, now: datetime) -> None:
        """Let what an alert brought about, and what goes on without it, be an alert of its own again."""
        for alert in self._effects(over):
            self._keep(replace(alert, parent=over.parent), now)

    def _effects(self, cause: Alert) -> list[Alert]:
        return [alert for alert in self.open if alert.parent == cause.id and alert.signal not in DRIFT]

    def _remute(self, now: datetime) -> None:
        """Let go of mutes that are no more there, and let those hold that came later than the alert."""
        for alert in self.open:
            gone = alert.muted and not self.mutes.has(alert.muted, alert.muted_until)
            if gone or (not alert.muted and self.mutes.at(alert, now)):
                self._keep(alert, now)

    def _pass(self, now: datetime) -> None:
        """Let time pass: what was pending fires, what stayed clear is over, mutes begin and end."""
        while due := min(self._due(now), default=None):
            moment, _, alert_id = due
            self._reached = max(self._reached or moment, moment)
            self._ripen(self._open[alert_id], moment)
        self._reached = max(self._reached or now, now)

    def _due(self, now: datetime) -> list[tuple[datetime, datetime, str]]:
        found = ((self._next(alert), alert.detected_at, alert.id) for alert in self._open.values())
        return [(moment, detected, name) for moment, detected, name in found if moment and moment <= now]

    def _next(self, alert: Alert) -> datetime | None:
        """Return when time next changes an alert by itself."""
        mute = alert.muted_until or self.mutes.next_start(alert, self._reached or alert.detected_at)
        return min((moment for moment in (alert.ripe_at, mute) if moment is not None), default=None)

    def _ripen(self, alert: Alert, moment: datetime) -> None:
        if alert.ripe_at is None or alert.ripe_at > moment:
            self._keep(alert, moment)
        elif alert.resolved_at is not None:
            over = replace(alert, state="resolved", ripe_at=None)
            self._keep(over, moment)
            self._release(over, moment)
        else:
            state: State = "acknowledged" if alert.acknowledged_by else "firing"
            self._keep(replace(alert, state=state, fired_at=moment, ripe_at=None), moment)

    def _keep(self, alert: Alert, now: datetime) -> Alert:
        """Remember an alert as it is now, muted or not."""
        mute = self.mutes.at(alert, now) if alert.open else None
        if alert.open:
            reason, until = (mute.reason, mute.until) if mute else ("", None)
            alert = replace(alert, muted=reason, muted_until=until)
        before = self._open.get(alert.id)
        if before is None or before.told != alert.told:
            self.transitions.append(Transition(alert, now))
        self.put(alert)
        self._changed[alert.id] = alert
        return alert


def _order(signal: Signal) -> tuple[object, ...]:
    # Within a minute: what is raised first, the whole before its parts, then what cleared.
    width = WIDTH[signal.series.level]
    return (signal.minute, signal.state == "cleared", width, signal.signal, signal.series, signal.monitor)
