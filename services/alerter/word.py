"""What a person says of an alert, and what becomes of it then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.alerter.alert import Alert, digest
from services.alerter.errors import AlertOver, AmbiguousAlert, UnknownAlert, Unspeakable

Verb = Literal["ack", "resolve", "expected", "false"]

VERBS: tuple[Verb, ...] = ("ack", "resolve", "expected", "false")
_SAYS: Mapping[Verb, str] = {
    "ack": "Acknowledged by",
    "resolve": "Resolved by",
    "expected": "Expected, says",
    "false": "False alarm, says",
}
LONGEST_NAME, LONGEST_NOTE = 200, 2000  # characters of who says something, and of why
_NAMED = 5  # ids in an error


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that one person says of one alert.

    Attributes
    ----------
    id : hash of what is said, so that hearing it twice changes nothing
    verb : ack (I work on it), resolve (it is over), expected (the change is meant: get used to it), false
        (there was nothing)
    """

    id: str
    alert_id: str
    tenant: str
    verb: Verb
    by: str
    note: str
    said_at: datetime


def check_said(by: str, note: str) -> None:
    """Refuse what is too long to be kept, and what nobody says.

    Raises
    ------
    Unspeakable : nothing was said
    """
    if not by.strip():
        raise Unspeakable("say who says so: --by NAME")
    for what, said, most in (("name", by, LONGEST_NAME), ("note", note, LONGEST_NOTE)):
        if len(said) > most:
            raise Unspeakable(
                f"the {what} has {len(said):,} characters; {most:,} are kept at most: say it shorter"
            )


def word(alert: Alert, verb: Verb, by: str, said_at: datetime, note: str = "") -> Word:
    """Return what somebody says of an alert now."""
    name = digest(alert.id, verb, by, note, said_at.isoformat())
    return Word(name, alert.id, alert.series.tenant, verb, by, note, said_at)


def check(alert: Alert, verb: Verb) -> None:
    """Refuse what can only be said of an alert that is open.

    Raises
    ------
    AlertOver : it is not; that it was expected or false can be said afterwards, too
    """
    if verb in ("ack", "resolve") and not alert.open:
        raise AlertOver(f"alert {alert.id} is over already; it can still be called expected, or false")


def obeyed(alert: Alert, said: Word, now: datetime) -> Alert:
    """Return the alert as it is once a person's word holds; heard a second time it changes nothing.

    Parameters
    ----------
    now : in the time of the events
    """
    if said.verb == "ack":
        return _acknowledged(alert, said)
    outcome = "resolved" if said.verb == "resolve" else said.verb
    if alert.outcome == outcome and alert.ended_by == said.by:
        return _noted(alert, said) if said.note else alert
    ended = replace(_noted(alert, said), outcome=outcome, ended_by=said.by)
    if not alert.open:
        return ended
    return replace(ended, state="resolved", resolved_at=now, ripe_at=None)


def chosen(ids: Sequence[str], prefix: str) -> str:
    """Return the one id that begins so, or is just that.

    Raises
    ------
    UnknownAlert, AmbiguousAlert : none does, or several do
    """
    found = sorted({each for each in ids if prefix and each.startswith(prefix)})
    if prefix in found:
        return prefix
    if not found:
        raise UnknownAlert(
            f"no alert has the id {prefix!r}, or one that begins so; fmwatch alerts list shows them"
        )
    if len(found) > 1:
        named = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
        raise AmbiguousAlert(f"{len(found)} alerts' ids begin with {prefix!r}: {named}; give more of it")
    return found[0]


def _acknowledged(alert: Alert, said: Word) -> Alert:
    if not alert.open or alert.acknowledged_at == said.said_at:
        return alert
    noted = _noted(alert, said) if said.note else alert
    if alert.acknowledged_by == said.by:  # whoever was told knows
        return noted
    state = "acknowledged" if alert.state == "firing" else alert.state
    return replace(noted, state=state, acknowledged_by=said.by, acknowledged_at=said.said_at)


def _noted(alert: Alert, said: Word) -> Alert:
    """Return the alert with a person's sentence, which stays when the monitor's own changes."""
    words = f": {said.note.rstrip('.')}" if said.note else ""
    sentence = f"{_SAYS[said.verb]} {said.by}{words}."
    if sentence in alert.joined:
        return alert
    return replace(alert, note=f"{alert.note} {sentence}".strip(), joined=(*alert.joined, sentence))
