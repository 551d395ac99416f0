"""Questions unlike the usual ones: found where they are, and not where they are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.unusual import OUTSIDE, unusual

DIMENSIONS = 32


def texts(n: int, random: np.random.Generator, towards: float = 0.0) -> NDArray[np.int8]:
    """Return embeddings around one centre, or moved away from it."""
    centre = np.zeros(DIMENSIONS)
    centre[0], centre[1] = 1.0, towards
    return np.rint(40 * (centre + 0.4 * random.standard_normal((n, DIMENSIONS)))).astype(np.int8)


def test_found() -> None:
    """Bad calls with other questions lie outside; of the usual ones a tenth does."""
    random = np.random.default_rng(1)
    rows = np.concatenate([texts(1000, random), texts(150, random), texts(100, random, towards=2.0)])
    order = random.permutation(len(rows))
    recent, wrong = (order >= 1000), (order >= 1150)
    found = unusual(rows[order], recent, wrong)
    assert found is not None
    judged, like = found
    assert like[judged & wrong].mean() > 0.95
    assert abs(like[judged & ~recent].mean() - (1 - OUTSIDE)) < 0.05


def test_not_found() -> None:
    """Bad calls with usual questions are no more often outside than others: the halves are kept apart."""
    outside = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        rows, recent = texts(1200, random), np.arange(1200) >= 1000
        random.shuffle(recent)
        wrong = recent & (random.random(1200) < 0.3)
        found = unusual(rows, recent, wrong)
        assert found is not None
        judged, like = found
        outside.append(like[judged & wrong].mean())
    assert abs(float(np.mean(outside)) - (1 - OUTSIDE)) < 0.05


def test_too_few() -> None:
    """A handful of bad calls has no direction."""
    rows = texts(100, np.random.default_rng(0))
    recent = np.arange(100) >= 90
    assert unusual(rows, recent, recent & (np.arange(100) >= 94)) is None
