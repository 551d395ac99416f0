"""Signals in, alerts out: one incident is one alert. Pure: time comes with the signals, never from a clock.

A signal about a part waits a minute for the signal about the whole; the whole claims its parts; what
clears must stay clear for ten minutes; drift alone is information and joins what it causes. The cut does
not matter: a day of signals at once gives the same alerts as its minutes one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Signal
from detectors.monitors.finding import describe
from services.alerter.alert import (
    CAUSES,
    LOUDNESS,
    WIDTH,
    Alert,
    Cause,
    Raised,
    Transition,
    at,
    digest,
    fingerprint,
    number,
)
from services.alerter.nearest import nearest_change
from services.alerter.rules import Rules, Verdict, days_left, sentence
from services.alerter.titles import title
from store.signals import signal_id

MINUTE = timedelta(minutes=1)
HOLD = timedelta(minutes=10)  # what cleared may come back within this without being a second alert
DRIFT = frozenset({"prompt_drift", "response_drift"})
CONSEQUENCES = frozenset(
    {"hallucination", "toxicity", "refusal", "privacy", "error", "latency", "ttft", "spend", "tokens"}
)


class Grouping:
    """The open alerts, and how signals change them.

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
        self._open = {alert.id: alert for alert in known if alert.open}
        self._taken = {taken for alert in known for taken in alert.signals}
        self._changed: dict[str, Alert] = {}
        self.transitions: list[Transition] = []

    def copy(self) -> Grouping:
        """Return another of the same state: what fails half way is done again from the beginning."""
        other = Grouping(self.rules, self._open.values())
        other._taken = set(self._taken)
        return other

    @property
    def open(self) -> Sequence[Alert]:
        """Alerts that are not over, oldest first."""
        return sorted(self._open.values(), key=lambda alert: (alert.detected_at, alert.id))

    def take(self, signals: Iterable[Signal], now: datetime, changes: Sequence[Change] = ()) -> list[Alert]:
        """Take the signals of closed minutes up to `now`; return the alerts that changed, oldest first."""
        self._changed = {}
        self.transitions = []
        for signal in sorted(signals, key=_order):
            self._ripen(at(signal.minute))
            self._one(signal, changes)
        self._ripen(now)
        return sorted(self._changed.values(), key=lambda alert: (alert.detected_at, alert.id))

    def put(self, alert: Alert) -> None:
        """Replace an open alert by what a person or the advisor made of it."""
        if alert.open:
            self._open[alert.id] = alert
        else:
            self._open.pop(alert.id, None)

    def _one(self, signal: Signal, changes: Sequence[Change]) -> None:
        taken = signal_id(signal)
        if taken in self._taken:
            return
        self._taken.add(taken)
        if signal.state == "cleared":
            self._clear(signal, taken)
        elif verdict := self.rules.judge(signal):
            self._join(self._raise(signal, taken, verdict, changes), at(signal.minute + 1))

    def _raise(self, signal: Signal, taken: str, verdict: Verdict, changes: Sequence[Change]) -> Alert:
        found = at(signal.minute + 1)  # a minute is known when it is over
        kin = [alert for alert in self.open if _kin(alert, signal)]
        same = next((alert for alert in kin if _is_raised(alert, signal)), None)
        if same and not _widens(signal, same):
            more = _renew if signal.series == same.series else _hold
            return self._keep(more(same, signal, taken, verdict), found)
        narrower = [alert for alert in kin if _widens(signal, alert)]
        if narrower:
            return self._widen(narrower, signal, taken, verdict)
        holder = next((alert for alert in kin if _holds(alert, signal)), None)
        if holder:
            return self._keep(_hold(holder, signal, taken, verdict), found)
        return self._keep(_birth(signal, taken, verdict, changes), found)

    def _widen(self, narrower: Sequence[Alert], signal: Signal, taken: str, verdict: Verdict) -> Alert:
        first, *others = sorted(narrower, key=lambda alert: (alert.fired_at is None, alert.detected_at))
        found = at(signal.minute + 1)
        for other in others:
            over = replace(other, state="resolved", resolved_at=found, parent=first.id, ripe_at=None)
            self._keep(over, found)
        raised = (each for alert in (first, *others) for each in alert.raised)
        wide = WIDTH[signal.series.level] <= WIDTH[first.series.level]
        wider = _renew(first, signal, taken, verdict)
        return self._keep(
            replace(
                wider,
                series=signal.series if wide else first.series,
                raised=_raised(raised, signal),
            ),
            found,
        )

    def _clear(self, signal: Signal, taken: str) -> None:
        cleared = at(signal.minute + 1)
        for alert in self.open:
            if alert.signal != signal.signal or not _is_raised(alert, signal):
                continue
            raised = tuple(each for each in alert.raised if each.series != signal.series)
            kept = replace(alert, raised=raised, signals=(*alert.signals, taken))
            if not raised:
                # A pending alert that cleared was nobody's business yet: over at once.
                ripe = cleared if alert.state == "pending" else cleared + HOLD
                kept = replace(kept, resolved_at=cleared, ripe_at=ripe)
            self._keep(kept, cleared)

    def _join(self, alert: Alert, found: datetime) -> None:
        """Let drift and the consequence it has be one story."""
        for other in self.open:
            for drift, consequence in ((alert, other), (other, alert)):
                if not drift.parent and _explains(drift, consequence):
                    self._keep(replace(drift, parent=consequence.id), found)
                    if not any(said.startswith(drift.title) for said in consequence.joined):
                        self._keep(_with(consequence, drift), found)

    def _ripen(self, now: datetime) -> None:
        for alert in self.open:
            if alert.ripe_at is None or alert.ripe_at > now:
                continue
            if alert.resolved_at is not None:
                self._keep(replace(alert, state="resolved", ripe_at=None), alert.ripe_at)
            else:
                fired = replace(alert, state="firing", fired_at=alert.ripe_at, ripe_at=None)
                self._keep(fired, alert.ripe_at)

    def _keep(self, alert: Alert, now: datetime) -> Alert:
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


def _birth(signal: Signal, taken: str, verdict: Verdict, changes: Sequence[Change]) -> Alert:
    born = fingerprint(signal)
    found = at(signal.minute + 1)  # a minute is known when it is over
    whole = signal.series.level == "fleet"
    routes = _routes(signal)
    return Alert(
        id=digest(born, signal.monitor, signal.minute),
        fingerprint=born,
        rule=verdict.rule,
        signal=signal.signal,
        severity=verdict.severity,
        state="firing" if whole else "pending",
        series=signal.series,
        team=signal.team,
        owner=verdict.owner,
        routes=routes,
        share_of_traffic=number(signal.share_of_traffic),
        began_at=at(signal.began),
        began_low=at(signal.began_low),
        began_high=at(signal.began_high),
        detected_at=found,
        observed=number(signal.observed),
        reference=number(signal.reference),
        low=number(signal.low),
        high=number(signal.high),
        unit=signal.unit,
        n=signal.n,
        monitor=signal.monitor,
        title=title(sentence(signal.signal), signal, days_left(signal)),
        fired_at=found if whole else None,
        cause=_cause(signal),
        nearest_change=nearest_change(
            signal.series, routes, at(signal.began), at(signal.began_high), changes
        ),
        recommendation_id=signal.facts.get("recommendation_id"),
        note=signal.note,
        examples=tuple(signal.examples),
        facts=dict(signal.facts),
        receivers=verdict.receivers,
        raised=_raised((), signal),
        signals=(taken,),
        ripe_at=None if whole else found + MINUTE,
    )


def _renew(alert: Alert, signal: Signal, taken: str, verdict: Verdict) -> Alert:
    """Return the alert with newer and wider evidence: never quieter, never begun later."""
    return replace(
        _returned(alert, signal),
        routes=tuple(dict.fromkeys((*_routes(signal), *alert.routes))),
        share_of_traffic=max(alert.share_of_traffic or 0.0, number(signal.share_of_traffic) or 0.0),
        began_at=min(alert.began_at, at(signal.began)),
        began_low=min(alert.began_low, at(signal.began_low)),
        observed=number(signal.observed),
        reference=number(signal.reference),
        low=number(signal.low),
        high=number(signal.high),
        n=max(alert.n, signal.n),
        title=title(sentence(signal.signal), signal, days_left(signal)),
        severity=max(alert.severity, verdict.severity, key=LOUDNESS.__getitem__),
        receivers=tuple(dict.fromkeys((*alert.receivers, *verdict.receivers))),
        cause=_cause(signal) or alert.cause,
        note=" ".join(part for part in (signal.note, *alert.joined) if part),
        examples=tuple(dict.fromkeys((*alert.examples, *signal.examples)))[:10],
        facts={**alert.facts, **signal.facts},
        raised=_raised(alert.raised, signal),
        signals=(*alert.signals, taken),
    )


def _hold(alert: Alert, signal: Signal, taken: str, _: Verdict) -> Alert:
    """Return the wider alert with one more part under it; a part adds evidence, not noise."""
    return replace(
        _returned(alert, signal),
        raised=_raised(alert.raised, signal),
        signals=(*alert.signals, taken),
        examples=tuple(dict.fromkeys((*alert.examples, *signal.examples)))[:10],
    )


def _with(consequence: Alert, drift: Alert) -> Alert:
    """Return the consequence with the drift's sentence; one that comes back needs no second one."""
    said = f"{drift.title} since {drift.began_at:%d %b %H:%M} UTC."
    return replace(consequence, note=f"{consequence.note} {said}".strip(), joined=(*consequence.joined, said))


def _is_raised(alert: Alert, signal: Signal) -> bool:
    """Tell whether the signal's series is raised under the alert; a signal sent late speaks of before."""
    moment = at(signal.minute)
    return any(each.series == signal.series and each.at <= moment for each in alert.raised)


def _raised(before: Iterable[Raised], signal: Signal) -> tuple[Raised, ...]:
    others = {each for each in before if each.series != signal.series}
    return tuple(sorted({*others, Raised(signal.series, at(signal.minute))}))


def _returned(alert: Alert, signal: Signal) -> Alert:
    """Return the alert as it was before it cleared, if it did."""
    if alert.resolved_at is None:
        return alert
    ripe = at(signal.minute + 1) + MINUTE if alert.state == "pending" else None
    return replace(alert, resolved_at=None, ripe_at=ripe)


def _routes(signal: Signal) -> tuple[str, ...]:
    return tuple(signal.routes) or ((signal.series.route,) if signal.series.route else ())


def _kin(alert: Alert, signal: Signal) -> bool:
    """Tell whether both could be one incident: one kind, one tenant, no contradicting key."""
    mine, theirs = alert.series, signal.series
    if alert.signal != signal.signal or mine.tenant != theirs.tenant:
        return False
    if _names(signal, alert):
        return True
    keys = ((mine.platform, theirs.platform), (mine.route, theirs.route), (mine.model, theirs.model))
    return all(not a or not b or a == b for a, b in keys)


def _widens(signal: Signal, alert: Alert) -> bool:
    theirs, mine = set(_routes(signal)), set(alert.routes)
    if _names(signal, alert):
        return signal.series != alert.series
    wider = WIDTH[signal.series.level] < WIDTH[alert.series.level]
    return theirs >= mine and (theirs != mine or wider)


def _names(signal: Signal, alert: Alert) -> bool:
    """Tell whether the signal says of itself that it widens what this alert stands for."""
    widens = signal.facts.get("widens")
    return widens is not None and any(describe(each.series) == widens for each in alert.raised)


def _holds(alert: Alert, signal: Signal) -> bool:
    return set(alert.routes) >= set(_routes(signal))


def _explains(drift: Alert, consequence: Alert) -> bool:
    """Tell whether drift moved on the very series that something loud happened on."""
    if drift.signal not in DRIFT or consequence.signal not in CONSEQUENCES or consequence.severity == "info":
        return False
    mine, theirs = set(drift.routes), set(consequence.routes)
    return (
        drift.series.tenant == consequence.series.tenant and bool(mine) and (mine <= theirs or theirs <= mine)
    )


def _cause(signal: Signal) -> Cause | None:
    said = signal.facts.get("cause")
    if said in CAUSES:
        return next(cause for cause in CAUSES if cause == said)
    if signal.signal == "model_changed":
        return "changed"
    left = days_left(signal)
    return None if left is None else "retired" if left <= 0 else "retiring"
