"""The step and its scorers with what they do counted: around them, so that the hot path stays as it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from detectors.base import NOT_ASSESSABLE, Column, Scorer
from detectors.batch import Batch, Embeddings, Encoder
from store.errors import StoreUnavailable
from stream.errors import LogUnavailable
from stream.log import Delivery
from stream.meter import Meter
from stream.metrics import (
    BATCH_BYTES,
    BATCH_EVENTS,
    DEAD_LETTERS,
    EVENTS,
    IN_HAND,
    INCLUSION,
    RETRIES,
    SCORER,
    STEP,
    VERDICTS,
)
from stream.scoring import ERROR
from stream.step import Counts

EMBEDDING = "embedding"  # the encoder's name among the scorers


class ObservedStep:
    """A step that counts what became of each batch; called from one thread, read from any.

    Parameters
    ----------
    step : see `stream.step.Step`
    clock : seconds since the epoch
    """

    def __init__(
        self,
        step: Callable[[Sequence[Delivery]], Counts],
        meter: Meter,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._step = step
        self._meter = meter
        self._clock = clock
        self._oldest: float | None = None  # of the batch in hand, s since the epoch
        meter.ask(IN_HAND, self._in_hand)

    def __call__(self, deliveries: Sequence[Delivery]) -> Counts:
        began = time.perf_counter()
        self._take(deliveries)
        try:
            counts = self._step(deliveries)
        except StoreUnavailable:
            self._meter.count(RETRIES, 1, "store")
            raise
        except LogUnavailable:
            self._meter.count(RETRIES, 1, "log")
            raise
        self._meter.observe(STEP, time.perf_counter() - began)
        self._tell(deliveries, counts)
        self._oldest = None
        return counts

    def _take(self, deliveries: Sequence[Delivery]) -> None:
        """Note how old the batch is: by the log's word, or since it was first tried here."""
        since = self._clock() if self._oldest is None else self._oldest
        self._oldest = min((one.at for one in deliveries if one.at is not None), default=since)

    def _in_hand(self) -> float:
        oldest = self._oldest
        return 0.0 if oldest is None else max(0.0, self._clock() - oldest)

    def _tell(self, deliveries: Sequence[Delivery], counts: Counts) -> None:
        meter = self._meter
        meter.count(EVENTS, counts.accepted, "stored")
        meter.count(EVENTS, counts.events - counts.accepted, "dead_letter")
        for reason, n in counts.dead_letters.items():
            meter.count(DEAD_LETTERS, n, reason)
        meter.observe(BATCH_EVENTS, counts.events)
        meter.observe(BATCH_BYTES, sum(len(one.record.value) for one in deliveries))


class ObservedScorer:
    """A scorer that is timed, and whose verdicts are counted."""

    def __init__(self, scorer: Scorer, meter: Meter) -> None:
        self._scorer = scorer
        self._meter = meter
        for outcome in VERDICTS.labels[1].values:
            meter.count(VERDICTS, 0, self.name, outcome)  # 0 is there before the first, so that it is seen

    @property
    def name(self) -> str:
        """The verdict's name."""
        return self._scorer.name

    @property
    def version(self) -> str:
        """The scorer's own."""
        return self._scorer.version

    def score(self, batch: Batch) -> Column:
        """Return the scorer's column; what it raises for a single event is a verdict too."""
        try:
            with self._meter.timed(SCORER, self.name):
                column = self._scorer.score(batch)
        except Exception:
            if len(batch) == 1:  # else the halves are scored again
                self._meter.count(VERDICTS, 1, self.name, ERROR)
            raise
        scored = int(np.count_nonzero(~np.isnan(column.score)))
        self._meter.count(VERDICTS, scored, self.name, "scored")
        self._meter.count(VERDICTS, len(batch) - scored, self.name, NOT_ASSESSABLE)
        self._meter.set(INCLUSION, column.inclusion, self.name)
        return column


class ObservedEncoder:
    """An encoder that is timed."""

    def __init__(self, encoder: Encoder, meter: Meter) -> None:
        self._encoder = encoder
        self._meter = meter

    @property
    def version(self) -> str:
        """The encoder's own."""
        return self._encoder.version

    def encode(self, texts: Sequence[Sequence[str]]) -> Embeddings:
        """Return the encoder's rows."""
        with self._meter.timed(SCORER, EMBEDDING):
            return self._encoder.encode(texts)


def observed(scorers: Sequence[Scorer], meter: Meter) -> list[Scorer]:
    """Return the same scorers, each of them timed and counted."""
    return [ObservedScorer(scorer, meter) for scorer in scorers]
