"""What a lookout tells about itself: how far behind it and the workers are, what it found, what waits."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import product

from detectors.monitors.base import Signal
from services.alerter.alerter import Alerter
from services.alerter.heartbeat import Heartbeat
from stream.errors import LogError
from stream.log import Log
from stream.meter import Meter
from stream.metrics import (
    ALERTS,
    DELIVERIES,
    FAILING,
    HEARTBEAT_AGE,
    OLDEST_UNDELIVERED,
    ROUND,
    ROUNDS,
    SIGNALS,
    UNACKNOWLEDGED,
    WATCH_LAG,
)
from stream.topics import INGEST
from stream.worker import GROUP


class LookoutNumbers:
    """The rows of the table that only who watches can fill.

    Parameters
    ----------
    clock : what time it is
    """

    def __init__(self, meter: Meter, clock: Callable[[], datetime]) -> None:
        self.meter = meter
        self._clock = clock
        self._position: int | None = None
        self._heartbeat: Heartbeat | None = None
        self._began = clock()
        meter.ask(WATCH_LAG, self._lag_s)
        meter.ask(HEARTBEAT_AGE, self._heartbeat_age_s)

    @contextmanager
    def round(self) -> Iterator[None]:
        """Measure a round and count how it ends."""
        began = time.perf_counter()
        with self.failing():
            yield
        self.meter.count(ROUNDS, 1, "done")
        self.meter.observe(ROUND, time.perf_counter() - began)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Count a round as failed where this raises."""
        try:
            yield
        except BaseException:
            self.meter.count(ROUNDS, 1, "failed")
            raise

    def waiting(self, log: Log) -> Collection[float]:
        """Look since when the oldest record waits in each topic that has one, s since the epoch.

        Raises
        ------
        LogError : the log does not answer; nothing is said of what waits
        """
        try:
            found = {topic: log.waiting_since(topic, GROUP) for topic in INGEST}
        except LogError:
            self.meter.forget(UNACKNOWLEDGED)
            raise
        now = self._clock().timestamp()
        for topic, since in found.items():
            self.meter.set(UNACKNOWLEDGED, 0.0 if since is None else max(0.0, now - since), topic)
        return [since for since in found.values() if since is not None]

    def watched(self, position: int) -> None:
        """Note the first minute not watched yet."""
        self._position = position

    def found(self, signals: Sequence[Signal]) -> None:
        """Count signals."""
        for (signal, state), n in Counter((one.signal, one.state) for one in signals).items():
            self.meter.count(SIGNALS, n, signal, state)

    def told(self, alerter: Alerter, heartbeat: Heartbeat, now: datetime) -> None:
        """Note which alerts are open, what waits to be sent, and who does not take it."""
        alerts = Counter[tuple[str, ...]]((alert.severity, alert.state) for alert in alerter.grouping.open)
        for words in product(*(label.values for label in ALERTS.labels)):
            self.meter.set(ALERTS, alerts[words], *words)
        deliveries = alerter.outbox.counts()
        for state in DELIVERIES.labels[0].values:
            self.meter.set(DELIVERIES, deliveries.get(state, 0), state)
        waiting = [each.queued_at for each in alerter.outbox.waiting]
        self.meter.set(OLDEST_UNDELIVERED, (now - min(waiting)).total_seconds() if waiting else 0.0)
        failing = {one.receiver for one in (*alerter.outbox.troubles(now), *heartbeat.troubles())}
        self.meter.set(FAILING, len(failing))
        self._heartbeat = heartbeat

    def quiet(self) -> None:
        """Say nothing any more: another watches."""
        self._position = None
        self._heartbeat = None
        for row in (OLDEST_UNDELIVERED, FAILING):
            self.meter.set(row, math.nan)
        for row in (UNACKNOWLEDGED, ALERTS, DELIVERIES):
            self.meter.forget(row)

    def _lag_s(self) -> float:
        position = self._position
        return math.nan if position is None else self._clock().timestamp() - position * 60

    def _heartbeat_age_s(self) -> float:
        beating = self._heartbeat
        if beating is None or not beating.receivers:
            return math.nan
        last = min(beating.arrived.get(name, self._began) for name in beating.receivers)
        return (self._clock() - last).total_seconds()
