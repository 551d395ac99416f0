"""The served model moved although the requested name stayed the same."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.monitors.base import Signal
from services.advisor.usage import RouteUsage

CAUSE = "changed"


def evidence(signals: Iterable[Signal], usage: RouteUsage) -> str | None:
    """Return what on-call reads about a moved model, or None when no signal says so for this usage."""
    for signal in signals:
        if signal.signal == "model_changed" and signal.state == "raised" and concerns(signal, usage):
            was, now = signal.facts.get("from", "?"), signal.facts.get("to", "?")
            return f"asked {usage.model}, served {now} instead of {was}; nobody changed the request"
    return None


def concerns(signal: Signal, usage: RouteUsage) -> bool:
    """Whether a signal is about this model on this route, or about all of its route or platform."""
    series = signal.series
    same = series.tenant == usage.tenant and series.model in {"", usage.model}
    return (
        same
        and series.platform in {"", usage.platform}
        and (
            usage.route in signal.routes or series.route == usage.route or not (signal.routes or series.route)
        )
    )
