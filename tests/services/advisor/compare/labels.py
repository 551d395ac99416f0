"""Labelled pairs with known rates of bad answers."""

from __future__ import annotations

import numpy as np

from services.advisor.compare.pairs import Pairs, Unlabelled


def labelled(
    n: int,
    incumbent: float = 0.10,
    candidate: float = 0.10,
    *,
    seed: int = 1,
    size: int = 1,
    alike: float = 0.0,
    separation: float = 0.0,
    scored: int = 0,
) -> Pairs:
    """Draw pairs; conversations of `size`, labels in them correlate by `alike`, scores on `scored` more."""
    random = np.random.default_rng(seed)
    conversation = np.arange(n + scored) // size
    first, second = (_labels(rate, conversation, alike, random) for rate in (incumbent, candidate))
    score = separation * (second - first) + random.standard_normal(n + scored)
    return Pairs.of(
        first[:n],
        second[:n],
        score=score[:n],
        conversation=conversation[:n],
        unlabelled=Unlabelled.of(score[n:], conversation[n:]) if scored else None,
    )


def _labels(rate: float, conversation: np.ndarray, alike: float, random: np.random.Generator) -> np.ndarray:
    own, shared = random.random(len(conversation)), random.random(conversation[-1] + 1)[conversation]
    return (np.where(random.random(len(conversation)) < alike**0.5, shared, own) < rate).astype(np.float64)
