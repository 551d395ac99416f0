"""Signals on their topic: written by the watcher and the advisor, read by the alerter."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.monitors.base import Signal
from stream.log import Log, Position, Record
from stream.topics import SIGNALS

# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_DECODER = msgspec.json.Decoder(Signal)
NO_BOUND = 1 << 62  # signals are few and small; a round of the watcher is alerted on as a whole


def publish(log: Log, signals: Sequence[Signal]) -> None:
    """Append signals to the log; durable when this returns. One published twice has the same id."""
    log.append(
        SIGNALS, [Record(signal.series.tenant.encode(), msgspec.json.encode(signal)) for signal in signals]
    )


def read(log: Log, group: str) -> tuple[list[Position], list[Signal]]:
    """Return all signals that the group has not committed, oldest first, with the positions to commit."""
    positions: list[Position] = []
    signals: list[Signal] = []
    waiting = log.lag(SIGNALS, group)
    for delivery in log.read(SIGNALS, group, lines=waiting, size=NO_BOUND) if waiting else ():
        positions.append(delivery.position)
        signals += [_DECODER.decode(line) for line in delivery.record.lines]
    return positions, signals
