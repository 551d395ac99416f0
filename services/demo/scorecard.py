"""What was arranged against what was alerted: found, missed, false. Pure, over the documents of contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.demo.incidents import Incident

GRACE = timedelta(hours=24)  # after an incident's end it may still be found
MOST_LOUD = 3  # alerts that one incident may cause; the fourth is false
LOUD = ("page", "ticket")

AlertDocument = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Alert:
    id: str
    signal: str
    loud: bool
    routes: frozenset[str]
    detected: datetime


def score(incidents: Sequence[Incident], alerts: Iterable[AlertDocument]) -> dict[str, object]:
    """Return the scorecard of a demo.

    Found is an incident with an alert of its signal, the culprit among its routes, detected from its
    beginning until a day after its end. False is every other page or ticket that is no listed consequence
    on the culprit, and the fourth loud alert of one incident.
    """
    read = sorted((_read(alert) for alert in alerts), key=lambda alert: (alert.detected, alert.id))
    finds = [next((alert for alert in read if _finds(alert, incident)), None) for incident in incidents]
    false = _false(read, incidents)
    found = sum(alert is not None for alert in finds)
    return {
        "arranged": len(incidents),
        "found": found,
        "missed": len(incidents) - found,
        "false": len(false),
        "incidents": [_told(incident, alert) for incident, alert in zip(incidents, finds, strict=True)],
        "false_alerts": false,
    }


def _finds(alert: _Alert, incident: Incident) -> bool:
    return alert.signal == incident.kind and _concerns(alert, incident)


def _concerns(alert: _Alert, incident: Incident) -> bool:
    """Return whether the alert is about that incident's routes in its time."""
    ended = incident.ended + GRACE if incident.ended else None
    in_time = incident.began <= alert.detected and (ended is None or alert.detected <= ended)
    return in_time and not alert.routes.isdisjoint(incident.routes)


def _false(alerts: Sequence[_Alert], incidents: Sequence[Incident]) -> list[str]:
    """Return the ids of false alerts; an alert counts for the incident whose own signal it is, if any."""
    loud_of = [0] * len(incidents)
    false = []
    for alert in (alert for alert in alerts if alert.loud):
        whose = _whose(alert, incidents)
        if whose is None or loud_of[whose] >= MOST_LOUD:
            false.append(alert.id)
        if whose is not None:
            loud_of[whose] += 1
    return false


def _whose(alert: _Alert, incidents: Sequence[Incident]) -> int | None:
    """Return the incident that the alert is about: first by its own signal, else by what it also causes."""
    numbered = list(enumerate(incidents))
    own = [n for n, incident in numbered if _finds(alert, incident)]
    caused = [n for n, incident in numbered if _causes(incident, alert)]
    return next(iter(own + caused), None)


def _causes(incident: Incident, alert: _Alert) -> bool:
    return alert.signal in incident.consequences and _concerns(alert, incident)


def _told(incident: Incident, alert: _Alert | None) -> dict[str, object]:
    alone = len(incident.routes) == 1
    return {
        "kind": incident.kind,
        "consequences": list(incident.consequences),
        "route": incident.routes[0] if alone else "",
        "routes": list(incident.routes),
        "platform": incident.platform,
        "model": incident.model,
        "began_at": incident.began.isoformat(),
        "ended_at": incident.ended.isoformat() if incident.ended else None,
        "found_at": alert.detected.isoformat() if alert else None,
        "alert": alert.id if alert else None,
        "size": round(incident.size, 3),
    }


def _read(alert: AlertDocument) -> _Alert:
    routes = alert.get("routes") or ()
    assert isinstance(routes, Sequence)  # noqa: S101 - contracts say so
    named = {str(route) for route in routes} | {str(alert.get("route") or "")}
    return _Alert(
        id=str(alert["id"]),
        signal=str(alert["signal"]),
        loud=alert["severity"] in LOUD,
        routes=frozenset(named - {""}),
        detected=datetime.fromisoformat(str(alert["detected_at"])),
    )
