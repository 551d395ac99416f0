"""The smallest encoder and scorers that fill the protocols, and what a test replays with."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from detectors.base import Column, Scorer
from detectors.batch import Batch, Embeddings
from store.database import Database
from store.writer import Writer
from stream.border import Border
from stream.decode import Clock
from stream.log import Delivery
from stream.replay import Progress, Replay
from stream.sqlite_log import SqliteLog
from stream.step import Counts, Step

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class FlatEncoder:
    """Gives every text that has words the same row."""

    version = "flat-1"

    def encode(self, texts: Sequence[Sequence[str]]) -> Embeddings:
        return np.array([[bool(words)] * 256 for words in texts], np.int8).reshape(len(texts), 256)


class LengthScorer:
    """Scores a refusal by the length of the answer; fails on answers that say so."""

    name = "refusal"
    version = "length-1"

    def score(self, batch: Batch) -> Column:
        if "explode" in batch.response:
            raise ValueError("an answer this scorer cannot stand")
        score = np.array([len(text) for text in batch.response], np.float32)
        return Column(
            self.name,
            self.version,
            score,
            ["answered"] * len(batch),
            explain=lambda index: f"{len(batch.response[index])} characters",
            parts={"length": [len(text) for text in batch.response]},
        )


def BEFORE_SETTLING(_: Counts) -> None:  # noqa: N802 - a test replaces it to make the process die there
    """Called when the step is done and nothing is acknowledged yet."""


def step_for(
    log: SqliteLog, database: Database, scorers: Sequence[Scorer] = ()
) -> Callable[[Clock], Callable[[Sequence[Delivery]], Counts]]:
    """Return what a replay makes its step with."""
    writer = Writer(database)

    def make(clock: Clock) -> Callable[[Sequence[Delivery]], Counts]:
        step = Step(log, writer, scorers or [LengthScorer()], FlatEncoder(), clock)

        def observed(deliveries: Sequence[Delivery]) -> Counts:
            counts = step(deliveries)
            BEFORE_SETTLING(counts)
            return counts

        return observed

    return make


def replay(
    directory: Path, database: Database, progress: Progress | None = None, round_lines: int = 2048
) -> Replay:
    """Return a replay with everything real but the scorers."""
    log = SqliteLog(directory)
    wall = NOON + timedelta(days=3)
    return Replay(
        log,
        database,
        Border(),
        step_for(log, database),
        progress=progress,
        wall=lambda: wall,
        round_lines=round_lines,
    )
