"""What others watch embeddings with: the distance of a window's mean, and PSI over k-means cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.drift_texts import Run

CELLS, ROUNDS = 32, 12
EVERY = 10  # texts between two looks
FALSE = 0.1  # of the runs in which nothing happens may alarm

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """A statistic of the last `window` texts; above `threshold` it alarms.

    Attributes
    ----------
    statistic : reference and live texts in, the statistic after every tenth text out, NaN before it is full
    """

    words: str
    window: int
    statistic: Callable[[Vectors, Vectors, int], Floats]
    threshold: float = np.inf

    def of(self, run: Run) -> Floats:
        """Return the statistic after the reference, one value for every ten first texts of a retry."""
        rows = np.asarray(run.texts.rows / 127, np.float32)
        live = np.arange(len(rows)) >= run.reference
        return self.statistic(rows[~live], rows[live & run.first], self.window)

    def calibrated(self, quiet: Sequence[Run]) -> Baseline:
        """Return it with the threshold that a tenth of these runs, in which nothing happens, pass."""
        highest = [float(np.nanmax(self.of(run))) for run in quiet]
        return Baseline(self.words, self.window, self.statistic, float(np.quantile(highest, 1 - FALSE)))

    def delay(self, run: Run) -> int | None:
        """Return after how many texts of the case it alarms."""
        quiet = run.changed - run.reference
        above = np.flatnonzero(self.of(run) > self.threshold) * EVERY + EVERY
        late = above[above > quiet]
        return int(late[0]) - quiet if len(late) else None

    def alarms(self, run: Run) -> bool:
        """Tell whether it alarms at all."""
        return bool((self.of(run) > self.threshold).any())


def mean_shift(reference: Vectors, live: Vectors, window: int) -> Floats:
    """Return how far the mean of the window lies from the reference's."""
    sums = np.cumsum(live.astype(np.float64), axis=0)[EVERY - 1 :: EVERY]

    def distance(means: Floats) -> Floats:
        return np.asarray(np.linalg.norm(means - reference.mean(axis=0), axis=-1), np.float64)

    return _windowed(sums, window, distance)


def psi(reference: Vectors, live: Vectors, window: int) -> Floats:
    """Return the population stability index of the window over k-means cells of the reference."""
    centres = _centres(reference)
    usual = _shares(_counts(_nearest(reference, centres)), len(reference))
    hits = np.zeros((len(live), CELLS))
    hits[np.arange(len(live)), _nearest(live, centres)] = 1.0
    sums = np.cumsum(hits, axis=0)[EVERY - 1 :: EVERY]

    def index(shares: Floats) -> Floats:
        now = _shares(shares * window, window)
        found: Floats = ((now - usual) * np.log(now / usual)).sum(axis=-1)
        return found

    return _windowed(sums, window, index)


def _windowed(sums: Floats, window: int, statistic: Callable[[Floats], Floats]) -> Floats:
    back = window // EVERY
    means = sums[back - 1 :].copy()
    means[1:] -= sums[: len(means) - 1]
    found = np.full(len(sums), np.nan)
    found[back - 1 :] = statistic(means / window)
    return found


def _counts(cells: NDArray[np.int64]) -> Floats:
    return np.bincount(cells, minlength=CELLS).astype(np.float64)


def _shares(counts: Floats, n: int) -> Floats:
    return (counts + 0.5) / (n + 0.5 * CELLS)


def _centres(rows: Vectors) -> Vectors:
    centres = rows[np.linspace(0, len(rows) - 1, CELLS).astype(np.int64)]
    for _ in range(ROUNDS):
        nearest = _nearest(rows, centres)
        own = [rows[nearest == cell] for cell in range(CELLS)]
        centres = np.stack([part.mean(axis=0) if len(part) else centres[at] for at, part in enumerate(own)])
    return centres


def _nearest(rows: Vectors, centres: Vectors) -> NDArray[np.int64]:
    return np.asarray((rows @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1))


BASELINES = (
    Baseline("mean_shift_1000", 1_000, mean_shift),
    Baseline("mean_shift_300", 300, mean_shift),
    Baseline("psi_1000", 1_000, psi),
)
