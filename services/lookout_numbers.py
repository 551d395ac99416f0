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
from stream.errors import LogError
from stream.log import Log
from stream.meter import Meter
from stream.metrics import ALERTS, DELIVERIES, ROUND, ROUNDS, SIGNALS, UNACKNOWLEDGED, WATCH_LAG
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
        meter.ask(WATCH_LAG, self._lag_s)

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

    def told(self, alerter: Alerter) -> None:
        """Note which alerts are open and what waits to be sent."""
        alerts = Counter[tuple[str, ...]]((alert.severity, alert.state) for alert in alerter.grouping.open)
        for words in product(*(label.values for label in ALERTS.labels)):
            self.meter.set(ALERTS, alerts[words], *words)
        deliveries = alerter.outbox.counts()
        for state in DELIVERIES.labels[0].values:
            self.meter.set(DELIVERIES, deliveries.get(state, 0), state)

    def quiet(self) -> None:
        """Say nothing any more: another watches."""
        self._position = None
        for row in (UNACKNOWLEDGED, ALERTS, DELIVERIES):
            self.meter.forget(row)

    def _lag_s(self) -> float:
        position = self._position
        return math.nan if position is None else self._clock().timestamp() - position * 60
