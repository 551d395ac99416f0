"""How signals make and change the values of an alert."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Series, Signal
from services.alerter.alert import (
    CAUSES,
    LOUDNESS,
    Alert,
    Cause,
    Raised,
    at,
    digest,
    fingerprint,
    number,
)
from services.alerter.kinship import routes_of
from services.alerter.nearest import nearest_change
from services.alerter.rules import APART, Verdict, days_left, sentence
from services.alerter.titles import title

MINUTE = timedelta(minutes=1)


def birth(signal: Signal, taken: str, verdict: Verdict, changes: Sequence[Change]) -> Alert:
    """Return the new alert of a signal."""
    born = fingerprint(signal)
    found = at(signal.minute + 1)  # a minute is known when it is over
    whole = signal.series.level == "fleet"
    routes = routes_of(signal)
    return Alert(
        id=digest(born, signal.monitor, signal.minute),
        fingerprint=born,
        rule=verdict.rule,
        signal=signal.signal,
        severity=verdict.severity,
        state="firing" if whole else "pending",
        series=signal.series,
        team=verdict.teams[0],
        teams=tuple(filter(None, verdict.teams)),
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
        title=title(sentence(signal), signal, days_left(signal)),
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
        raised=raised((), signal),
        signals=(taken,),
        ripe_at=None if whole else found + MINUTE,
    )


def renew(alert: Alert, signal: Signal, taken: str, verdict: Verdict) -> Alert:
    """Return the alert with newer and wider evidence: never quieter, never begun later."""
    alert = _returned(alert, signal)
    return replace(
        _told(alert, verdict),
        routes=tuple(dict.fromkeys((*routes_of(signal), *alert.routes))),
        share_of_traffic=max(alert.share_of_traffic or 0.0, number(signal.share_of_traffic) or 0.0),
        began_at=min(alert.began_at, at(signal.began)),
        began_low=min(alert.began_low, at(signal.began_low)),
        observed=number(signal.observed),
        reference=number(signal.reference),
        low=number(signal.low),
        high=number(signal.high),
        n=max(alert.n, signal.n),
        title=title(sentence(signal), signal, days_left(signal)),
        cause=_cause(signal) or alert.cause,
        note=" ".join(part for part in (signal.note, *alert.joined) if part),
        examples=tuple(dict.fromkeys((*alert.examples, *signal.examples)))[:10],
        facts={**alert.facts, **signal.facts},
        raised=raised(alert.raised, signal),
        signals=(*alert.signals, taken),
    )


def hold(alert: Alert, signal: Signal, taken: str, verdict: Verdict) -> Alert:
    """Return the wider alert with one more part under it: more evidence, as loud as the part, its news."""
    alert = _returned(alert, signal)
    held = replace(
        _told(alert, verdict),
        raised=raised(alert.raised, signal),
        signals=(*alert.signals, taken),
        examples=tuple(dict.fromkeys((*alert.examples, *signal.examples)))[:10],
    )
    news = signal.facts.get("news")
    if news is None:
        return held
    about = title(sentence(signal), signal, days_left(signal))
    return replace(_with(held, about, at(signal.began)), facts={**held.facts, "news": news})


def joined(consequence: Alert, drift: Alert) -> Alert:
    """Return the consequence with the drift's sentence; one that comes back needs no second one."""
    return _with(consequence, drift.title, drift.began_at)


def told_of_end(alert: Alert, ended: str) -> Alert:
    """Return the alert with why it ends where nothing says that all is as usual again."""
    if alert.facts.get("ended") == ended:
        return alert
    return replace(alert, note=f"{alert.note} {ended}".strip(), facts={**alert.facts, "ended": ended})


def _with(alert: Alert, about: str, began: datetime) -> Alert:
    """Return the alert with a sentence that stays when the monitor's own changes."""
    said = f"{about} since {began:%d %b %H:%M} UTC."
    return replace(alert, note=f"{alert.note} {said}".strip(), joined=(*alert.joined, said))


def part_of(alert: Alert, signal: Signal, taken: str, verdict: Verdict, whole: Series) -> Alert:
    """Return the alert with a sibling of what it is about: it is about the whole of both now.

    Its size stays that of what it is about; where the signal asked something else of the sibling, that is
    said beside it.
    """
    routes = tuple(dict.fromkeys((*alert.routes, *routes_of(signal))))
    share = (alert.share_of_traffic or 0.0) + (number(signal.share_of_traffic) or 0.0)
    had = math.nan if alert.observed is None else alert.observed
    usual = math.nan if alert.reference is None else alert.reference
    what = alert.facts.get("what", "")
    facts = {**signal.facts, **({"what": what} if what else {})}
    about = replace(signal, series=whole, routes=routes, observed=had, reference=usual, facts=facts)
    held = hold(alert, signal, taken, verdict)
    if what != signal.facts.get("what", what) and "news" not in signal.facts:
        held = _with(held, title(sentence(signal), signal), at(signal.began))
    return replace(
        held,
        series=whole,
        routes=routes,
        share_of_traffic=min(share, 1.0),
        began_at=min(alert.began_at, at(signal.began)),
        began_low=min(alert.began_low, at(signal.began_low)),
        title=title(sentence(about), about),
    )


def is_raised(alert: Alert, signal: Signal) -> bool:
    """Tell whether the signal's series is raised under the alert; a signal sent late speaks of before."""
    moment = at(signal.minute)
    return any(each.series == signal.series and each.at <= moment for each in alert.raised)


def raised(before: Iterable[Raised], signal: Signal) -> tuple[Raised, ...]:
    """Return what is raised under an alert once the signal is."""
    others = {each for each in before if each.series != signal.series}
    return tuple(sorted({*others, Raised(signal.series, at(signal.minute))}))


def _returned(alert: Alert, signal: Signal) -> Alert:
    """Return the alert as it was before it cleared, if it did."""
    if alert.resolved_at is None:
        return alert
    ripe = at(signal.minute + 1) + MINUTE if alert.state == "pending" else None
    facts = dict(alert.facts)
    note = alert.note.replace(facts.pop("ended", ""), "").strip()
    return replace(alert, resolved_at=None, ripe_at=ripe, note=note, facts=facts)


def _told(alert: Alert, verdict: Verdict) -> Alert:
    """Return the alert as loud as what has come to it, and told to whom that hits.

    Others than before hear where it is louder now, hits another team, or a rule sends it to them by name.
    """
    louder = LOUDNESS[verdict.severity] > LOUDNESS[alert.severity]
    teams = tuple(dict.fromkeys((*alert.teams, *filter(None, verdict.teams))))
    more = verdict.receivers if louder or verdict.named or teams != alert.teams else ()
    owners = dict.fromkeys((*alert.owner.split(APART), *verdict.owner.split(APART)))
    return replace(
        alert,
        severity=max(alert.severity, verdict.severity, key=LOUDNESS.__getitem__),
        receivers=tuple(dict.fromkeys((*alert.receivers, *more))),
        teams=teams,
        owner=APART.join(filter(None, owners)),
    )


def _cause(signal: Signal) -> Cause | None:
    said = signal.facts.get("cause")
    if said in CAUSES:
        return next(cause for cause in CAUSES if cause == said)
    if signal.signal == "model_changed":
        return "changed"
    left = days_left(signal)
    return None if left is None else "retired" if left <= 0 else "retiring"
