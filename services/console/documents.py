"""The read API's documents."""

from __future__ import annotations

from services.alert_json import stamp
from services.console.quantile import Quantile
from services.console.sums import Leaf, Rate
from services.wording.advice import Advice


def leaf_document(leaf: Leaf) -> dict[str, object]:
    """Return a route on a model with its last 24 hours and this one; what nothing supports is null.

    The upper end of an interval is null, too, where too few calls tell it.
    """
    rates = {
        name: leaf.day.rate(name)
        for name in ("error", "hallucination", "toxicity", "refusal", "privacy", "truncated")
    }
    median, p95 = leaf.day.latency(0.5), leaf.day.latency(0.95)
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
        "latency_p50_ms": median.value,
        "latency_p50_interval_ms": _interval(median),
        "latency_p95_ms": p95.value,
        "latency_p95_interval_ms": _interval(p95),
        "latency_n": p95.n,
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
        "screen": advice.rests_on.splitlines(),
    }


def _interval(quantile: Quantile) -> list[float | None] | None:
    return None if quantile.low is None else [quantile.low, quantile.high]


def _rate(rate: Rate) -> dict[str, object]:
    low, high = rate.interval
    return {"ratio": rate.share, "interval": [low, high] if rate.n else None, "n": rate.n}
