"""Whether other questions are told from worse answers: real questions of ten topics, one of them new.

A rise is *explained* where the new topic brings it, and should not be where answers got worse to the
questions of always, whether or not others came as well. Beside: eight clusters, the past weighted as they
are mixed today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from detectors import registry
from detectors.text import words
from services.advisor.questions import explained
from services.demo.questions import Questions
from services.demo.samples import samples

USUAL, NEW = (
    0.06,
    0.5,
)  # share of bad answers: to the questions of always, and to a topic nobody set it up for
_EACH = 1_500  # questions of a topic, most of them with what people write around them
_CLUSTERS, _ROUNDS = 8, 10
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Case:
    """What was asked and answered, as shares of the later calls.

    Attributes
    ----------
    new : of a topic that the past does not have; rise : bad answers on top of the usual
    hard : share of bad answers to the new topic
    """

    name: str
    new: float
    rise: float
    hard: float = NEW


CASES = (
    Case("a tenth is new, half of it bad", 0.10, 0.0),
    Case("a quarter is new, half of it bad", 0.25, 0.0),
    Case("half is new, half of it bad", 0.50, 0.0),
    Case("the same, 3 points worse", 0.0, 0.03),
    Case("the same, 6 points worse", 0.0, 0.06),
    Case("a quarter is new and no harder, all 6 points worse", 0.25, 0.06, USUAL + 0.06),
)


def questions(times: int, seed: int) -> list[Row]:
    """Return how often a rise is explained, in per cent of those that the sample shows."""
    return [_row(case, calls, times, seed) for calls in (600, 2_000) for case in CASES]


def _row(case: Case, calls: int, times: int, seed: int) -> Row:
    random = np.random.default_rng(seed)
    ours = clusters = shown = 0
    for turn in range(times):
        lies, now, bad = _drawn(case, calls, turn, random)
        if bad[now].mean() <= bad[~now].mean():
            continue
        shown += 1
        ours += bool(explained(_rows(lies, now, bad)))
        clusters += _by_clusters(lies.astype(np.float32), now, bad, random)
    return {
        "cause": "degraded",
        "questions": case.name,
        "calls": calls,
        "n": shown,
        "explained": round(100 * ours / shown, 1),
        "by_clusters": round(100 * clusters / shown, 1),
    }


@cache
def _topics() -> Sequence[NDArray[np.int8]]:
    """Return the embeddings of each topic's questions, (1,500, 256)."""
    held, encoder = samples(), registry.encoder()
    random = Random(1)  # noqa: S311 - the same questions every time
    asked = [
        Questions(list(texts), held.phrases, desk=number, bare_share=0.3, draw=random)
        for number, texts in enumerate(held.assistant.values())
    ]
    return [encoder.encode([words(one.next()[1]) for _ in range(_EACH)]) for one in asked]


def _drawn(
    case: Case, calls: int, turn: int, random: np.random.Generator
) -> tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.bool_]]:
    topics = _topics()
    new = topics[turn % len(topics)]
    usual = np.concatenate([topic for topic in topics if topic is not new])
    brought = round(case.new * calls)
    old = usual[random.choice(len(usual), 2 * calls - brought, replace=False)]
    lies = np.concatenate([old, new[random.choice(len(new), brought, replace=False)]])
    now = np.arange(2 * calls) >= calls
    rate = np.where(np.arange(2 * calls) >= len(old), case.hard, USUAL + case.rise * now)
    order = random.permutation(2 * calls)
    return lies[order], now[order], (random.random(2 * calls) < rate)[order]


def _rows(
    lies: NDArray[np.int8], now: NDArray[np.bool_], bad: NDArray[np.bool_]
) -> list[Mapping[str, object]]:
    return [
        {"now": one, "bad": two, "fit": None, "prompt_embedding": lie.tobytes()}
        for one, two, lie in zip(now.tolist(), bad.tolist(), lies, strict=True)
    ]


def _by_clusters(
    lies: NDArray[np.float32], now: NDArray[np.bool_], bad: NDArray[np.bool_], random: np.random.Generator
) -> bool:
    """The usual way: whether half of the rise is gone once the past is mixed as the present, by k-means."""
    centres = lies[random.choice(len(lies), _CLUSTERS, replace=False)]
    for _ in range(_ROUNDS):
        kind = ((centres**2).sum(axis=1) - 2 * lies @ centres.T).argmin(axis=1)
        centres = np.array(
            [lies[kind == k].mean(axis=0) if (kind == k).any() else centres[k] for k in range(_CLUSTERS)]
        )
    then_n, now_n = (np.bincount(kind[of], minlength=_CLUSTERS) for of in (~now, now))
    then_bad, now_bad = (np.bincount(kind[of], bad[of], _CLUSTERS) for of in (~now, now))
    seen = then_n > 0
    mixed = (now_bad - now_n * then_bad / np.maximum(then_n, 1))[seen].sum() / max(now_n[seen].sum(), 1)
    return bool(mixed < (bad[now].mean() - bad[~now].mean()) / 2)
