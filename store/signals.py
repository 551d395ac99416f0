"""Signals as rows, each under an id that is a hash of what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b

from detectors.monitors.base import Signal
from store.rows import Rows

_SERIES = ("tenant", "level", "platform", "route", "model")
_PLAIN = ("signal", "state", "team", "unit", "n", "monitor", "note")
_NUMBERS = ("observed", "reference", "low", "high", "share_of_traffic")
_MINUTE_S = 60


def signal_id(signal: Signal) -> str:
    """Return the same id whenever the same is found again: a hash of series, signal, minute and state."""
    series = signal.series
    named = [getattr(series, name) for name in _SERIES] + [series.team] * bool(series.team)
    parts = (*named, signal.signal, str(signal.minute), signal.state)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def signal_columns(signals: Sequence[Signal]) -> Rows:
    """Return the columns of table `signals`."""
    rows: Rows = {name: [getattr(signal.series, name) for signal in signals] for name in _SERIES}
    rows |= {name: [getattr(signal, name) for signal in signals] for name in _PLAIN}
    rows |= {name: [_finite(getattr(signal, name)) for signal in signals] for name in _NUMBERS}
    rows["id"] = [signal_id(signal) for signal in signals]
    rows["at"] = [signal.minute * _MINUTE_S for signal in signals]
    for name in ("began", "began_low", "began_high"):
        rows[f"{name}_at"] = [max(getattr(signal, name), 0) * _MINUTE_S for signal in signals]
    rows["routes"] = [list(signal.routes) for signal in signals]
    rows["examples"] = [list(signal.examples) for signal in signals]
    rows["facts"] = [dict(signal.facts) for signal in signals]
    return rows


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
