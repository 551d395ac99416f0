"""The read API's documents."""

from __future__ import annotations

from datetime import UTC, datetime

from services.console.records import Advice, Alert, Change
from services.console.sums import Leaf, Rate


def alert_document(alert: Alert) -> dict[str, object]:
    """Return an alert; the fields of `replay --json`, and what explains them."""
    series = alert.series
    return {
        "id": alert.id,
        "rule": alert.rule,
        "signal": alert.signal,
        "severity": alert.severity,
        "state": alert.state,
        "level": series.level,
        "tenant": series.tenant,
        "team": alert.team,
        "owner": alert.owner,
        "route": series.route,
        "platform": series.platform,
        "model": series.model,
        "routes": list(alert.routes),
        "share_of_traffic": alert.share_of_traffic,
        "title": alert.title,
        "began_at": stamp(alert.began_at),
        "began_interval": [stamp(alert.began_low), stamp(alert.began_high)],
        "detected_at": stamp(alert.detected_at),
        "fired_at": stamp(alert.fired_at),
        "resolved_at": stamp(alert.resolved_at),
        "observed": alert.observed,
        "reference": alert.reference,
        "interval": [alert.low, alert.high],
        "unit": alert.unit,
        "n": alert.n,
        "cause": alert.cause,
        "nearest_change": _change(alert.nearest_change) if alert.nearest_change else None,
        "recommendation_id": alert.recommendation_id,
        "note": alert.note,
        "facts": dict(alert.facts),
        "parent": alert.parent or None,
    }


def leaf_document(leaf: Leaf) -> dict[str, object]:
    """Return a route on a model with its last 24 hours; a rate that nothing supports is null."""
    rates = {
        name: leaf.day.rate(name) for name in ("error", "hallucination", "toxicity", "refusal", "privacy")
    }
    return {
        "tenant": leaf.key.tenant,
        "team": leaf.key.team,
        "route": leaf.key.route,
        "platform": leaf.key.platform,
        "model": leaf.key.model,
        "first_seen": stamp(leaf.first_seen),
        "calls": leaf.day.n,
        "spend_usd": leaf.day.cost_usd if leaf.day.priced_n else None,
        "unpriced": leaf.day.unpriced_n,
        "latency_p50_ms": leaf.day.latency_ms(0.5),
        "latency_p95_ms": leaf.day.latency_ms(0.95),
        "rates": {name: _rate(rate) for name, rate in rates.items() if rate is not None},
    }


def advice_document(advice: Advice) -> dict[str, object]:
    """Return a recommendation."""
    return {
        "id": advice.id,
        "tenant": advice.tenant,
        "route": advice.route,
        "platform": advice.platform,
        "incumbent": advice.incumbent,
        "candidate": advice.candidate or None,
        "causes": list(advice.causes),
        "state": advice.state,
        "spend_difference_ratio": advice.spend_difference_ratio,
        "spend_basis": advice.spend_basis,
        "quality_difference": advice.quality_difference,
        "n": advice.n,
        "evidence": advice.evidence,
        "expires_at": stamp(advice.expires_at),
        "text": advice.text,
    }


def stamp(moment: datetime | None) -> str | None:
    """Return RFC 3339 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _rate(rate: Rate) -> dict[str, object]:
    low, high = rate.interval
    return {"ratio": rate.share, "interval": [low, high] if rate.n else None, "n": rate.n}


def _change(change: Change) -> dict[str, object]:
    return {
        "at": stamp(change.at),
        "kind": change.kind,
        "route": change.route,
        "platform": change.platform,
        "model": change.model,
        "from": change.from_,
        "to": change.to,
        "note": change.note,
        "by": change.by,
    }
