"""How well a score ranks: AUC, alone, inside groups, and its difference to a competitor with an interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def auc(positive: ArrayLike, score: ArrayLike) -> float:
    """Return the probability that a positive scores above a negative, ties counting half.

    >>> auc([1, 0, 1, 0], [0.9, 0.1, 0.4, 0.4])
    0.875
    """
    wanted = np.asarray(positive, bool)
    _, place, count = np.unique(np.asarray(score, float), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    hits = int(wanted.sum())
    misses = len(wanted) - hits
    if not hits or not misses:
        return float("nan")
    return float((rank[wanted].sum() - hits * (hits + 1) / 2) / (hits * misses))


def difference(
    positive: ArrayLike,
    score: ArrayLike,
    competitor: ArrayLike,
    cluster: Sequence[str],
    *,
    rounds: int = 2_000,
    seed: int = 1,
) -> tuple[float, float]:
    """Return the 95 % interval of the AUC difference; whole clusters are resampled, for both scores alike."""
    wanted, ours, theirs = np.asarray(positive, bool), np.asarray(score), np.asarray(competitor)
    rows = _rows(cluster)
    random = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        take = np.concatenate([rows[one] for one in random.integers(0, len(rows), len(rows))])
        found.append(auc(wanted[take], ours[take]) - auc(wanted[take], theirs[take]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def rates(positive: ArrayLike, flagged: ArrayLike) -> dict[str, float]:
    """Return precision, recall, F1, false-alarm rate and balanced accuracy of a yes-or-no verdict."""
    wanted, said = np.asarray(positive, bool), np.asarray(flagged, bool)
    hit = int((wanted & said).sum())
    recall = hit / max(1, int(wanted.sum()))
    false = int((said & ~wanted).sum()) / max(1, int((~wanted).sum()))
    return {
        "precision": hit / max(1, int(said.sum())),
        "recall": recall,
        "f1": 2 * hit / max(1, int(wanted.sum()) + int(said.sum())),
        "false_alarm_rate": false,
        "balanced_accuracy": (recall + 1 - false) / 2,
    }


def _rows(cluster: Sequence[str]) -> list[NDArray[np.intp]]:
    _, place = np.unique(np.asarray(cluster), return_inverse=True)
    return [np.flatnonzero(place == one) for one in range(int(place.max()) + 1)]
