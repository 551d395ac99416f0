"""Signals on their topic: written by the watcher and the advisor, read by the alerter."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.monitors.base import Signal
from stream.log import Delivery, Log, Record
from stream.topics import SIGNALS

READ_LINES = 1000
READ_BYTES = 4 * 1024 * 1024


def publish(log: Log, signals: Sequence[Signal]) -> None:
    """Append signals to the log; durable when this returns. One published twice has the same id."""
    log.append(
        SIGNALS, [Record(signal.series.tenant.encode(), msgspec.json.encode(signal)) for signal in signals]
    )


def read(log: Log, group: str) -> tuple[list[Delivery], list[Signal]]:
    """Return the oldest signals that the group has not committed, with the deliveries to commit."""
    deliveries = log.read(SIGNALS, group, lines=READ_LINES, size=READ_BYTES)
    lines = [line for delivery in deliveries for line in delivery.record.lines]
    return deliveries, [msgspec.json.decode(line, type=Signal) for line in lines]
