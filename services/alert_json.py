"""An alert as JSON, one and the same for `replay --json`, receivers and the read API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.wording.alert import headline, lines
from services.wording.links import Addresses, links
from services.wording.told import Told, teams

_CHANGE = ("route", "platform", "model")
_CHANGED = ("to", "note", "by")


def contract(alert: Told) -> dict[str, object]:
    """Return exactly the fields of the contract.

    Parameters
    ----------
    alert : the alerter's own value, or what another service read of it
    """
    return _contract(_fields(alert))


def document(alert: Told, at: Addresses | None = None) -> dict[str, object]:
    """Return the contract's fields, what explains them, and the alert in words."""
    has = _fields(alert)
    explanation, triage = has["explanation"], alert.explanation.triage
    cause = triage.cause if triage else None
    return _contract(has) | {
        "fingerprint": has["fingerprint"],
        "state": has["state"],
        "title": has["title"],
        "owner": has["owner"],
        "unit": has["unit"],
        "began_interval": [stamp(has["began_low"]), stamp(has["began_high"])],
        "note": has["note"],
        "examples": list(has["examples"]),
        "facts": dict(has["facts"]),
        "monitor": has["monitor"],
        "parent": has["parent"] or None,
        "acknowledged_by": has["acknowledged_by"] or None,
        "acknowledged_at": stamp(has["acknowledged_at"]),
        "outcome": has["outcome"] or None,
        "ended_by": has["ended_by"] or None,
        "muted": has["muted"] or None,
        "muted_until": stamp(has["muted_until"]),
        "runbook": f"docs/runbooks/{has['signal']}.md",
        "headline": headline(alert),
        "lines": [line._asdict() for line in lines(alert)],
        "links": [link._asdict() for link in links(alert, at or Addresses())],
        "teams": list(teams(alert)),
        "slice": explanation["slice"],
        "triage": explanation["triage"] and {"cause": cause and cause.cause, **explanation["triage"]},
        "advice": explanation["advice"],
    }


def stamp(moment: datetime | None) -> str | None:
    """Return RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _fields(alert: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = msgspec.to_builtins(alert, builtin_types=(datetime,))
    return found


def _contract(has: Mapping[str, Any]) -> dict[str, object]:
    series = has["series"]
    change = has["nearest_change"]
    return {
        "id": has["id"],
        "rule": has["rule"],
        "signal": has["signal"],
        "severity": has["severity"],
        "level": series["level"],
        "tenant": series["tenant"],
        "team": has["team"],
        "route": series["route"],
        "platform": series["platform"],
        "model": series["model"],
        "routes": list(has["routes"]),
        "share_of_traffic": has["share_of_traffic"],
        "began_at": stamp(has["began_at"]),
        "detected_at": stamp(has["detected_at"]),
        "fired_at": stamp(has["fired_at"]),
        "resolved_at": stamp(has["resolved_at"]),
        "observed": has["observed"],
        "reference": has["reference"],
        "interval": [has["low"], has["high"]],
        "n": has["n"],
        "cause": has["cause"],
        "nearest_change": _change(change, has["began_at"]) if change else None,
        "recommendation_id": has["recommendation_id"],
    }


def _change(change: Mapping[str, Any], began: datetime) -> dict[str, object]:
    return {
        "at": stamp(change["at"]),
        "kind": change["kind"],
        "minutes_before": round((began - change["at"]).total_seconds() / 60),
        **{name: change[name] for name in _CHANGE},
        "from": change["from_"],
        **{name: change[name] for name in _CHANGED},
    }
