"""What one process counts and measures, by the rows of the table; read by Prometheus."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from importlib import metadata
from itertools import product

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from stream.metrics import BUILD, OTHER, TABLE, Count, Level, Metric, Service, Spread

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Made = Counter | Gauge | Histogram


class Meter:
    """The numbers of one process. Thread-safe; a call takes about a microsecond, so make few for each batch.

    A row that the table does not give to this service is a mistake: KeyError. A word that a closed label does
    not have counts as `other`.
    """

    def __init__(self, service: Service) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # they would double the text
        self._registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for row in TABLE:
            if service in row.services:
                self._make(row)
        ProcessCollector(registry=self._registry)
        self.set(BUILD, 1, _version(), platform.python_version())

    def _make(self, row: Metric) -> None:
        names = [label.name for label in row.labels]
        if isinstance(row, Count):
            counter = Counter(row.name, row.help, names, registry=self._registry)
            self._counters[row.name] = counter
            if names and all(label.values for label in row.labels):
                for words in product(*(label.values for label in row.labels)):
                    counter.labels(*words)  # 0 is there before the first, so that an increase is seen
        elif isinstance(row, Spread):
            self._histograms[row.name] = Histogram(
                row.name, row.help, names, registry=self._registry, buckets=row.buckets
            )
        else:
            self._gauges[row.name] = Gauge(row.name, row.help, names, registry=self._registry)

    def count(self, row: Count, n: float = 1, *words: str) -> None:
        """Add to a counter.

        Parameters
        ----------
        words : one for each of the row's labels
        """
        counter = self._counters[row.name]
        (counter.labels(*_known(row, words)) if words else counter).inc(n)

    def set(self, row: Level, value: float, *words: str) -> None:
        """Say what something is now."""
        gauge = self._gauges[row.name]
        (gauge.labels(*_known(row, words)) if words else gauge).set(value)

    def ask(self, row: Level, value: Callable[[], float], *words: str) -> None:
        """Let each reader ask what something is then; it never goes back to `set`."""
        gauge = self._gauges[row.name]
        (gauge.labels(*_known(row, words)) if words else gauge).set_function(value)

    def forget(self, row: Level) -> None:
        """Say nothing any more of a level that has labels: this process cannot know it now."""
        self._gauges[row.name].clear()

    def observe(self, row: Spread, value: float, *words: str) -> None:
        """Put one value into its bucket."""
        histogram = self._histograms[row.name]
        (histogram.labels(*_known(row, words)) if words else histogram).observe(value)

    def timed(self, row: Spread, *words: str) -> AbstractContextManager[object]:
        """Measure how long the block takes, also where it raises."""
        histogram = self._histograms[row.name]
        return (histogram.labels(*_known(row, words)) if words else histogram).time()

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)


def _known(row: Metric, words: Sequence[str]) -> list[str]:
    """Keep what is not ours out of labels: each word a sender makes up would be a series for ever."""
    return [
        word if not label.values or word in label.values else OTHER
        for label, word in zip(row.labels, words, strict=True)
    ]


@cache
def _version() -> str:
    return metadata.version("fmwatch-server")
