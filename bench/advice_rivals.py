"""Ways to decide between two models: ours, and what people do instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from bench.advice_draws import Draw
from services.advisor.compare.decision import Verdict, first_decision
from services.advisor.compare.estimate import estimate
from services.advisor.compare.interval import Interval
from services.advisor.compare.looks import Experiment
from services.advisor.compare.sequence import Sequence

EVERY = 20  # pairs between two looks of somebody who watches
_Z = 1.96


class Judged(NamedTuple):
    """A verdict, and whether every interval shown had the truth inside; None where none is shown."""

    verdict: Verdict
    covered: bool | None


def looks(draw: Draw) -> Judged:
    """Our declared experiment."""
    return _judged(draw, Experiment(draw.pairs.n).intervals(draw.pairs))


def sequence(draw: Draw) -> Judged:
    """Our watching."""
    return _judged(draw, Sequence().intervals(draw.pairs, EVERY))


def once(draw: Draw) -> Judged:
    """Our estimate with a plain 95 % interval, looked at once at the end: the best that anyone could do."""
    known = estimate(draw.pairs)
    assert known
    half = _Z * known.variance**0.5
    middle = known.difference
    return _judged(draw, [Interval(middle, middle - half, middle + half, known.pairs, "look")])


def raw_mean(draw: Draw) -> Judged:
    """Compare the means."""
    return Judged("switch" if draw.pairs.difference.mean() <= draw.margin else "stay", None)


def plain(draw: Draw) -> Judged:
    """A textbook 95 % interval of paired labels, once."""
    return _judged(draw, _textbook(draw, np.array([draw.pairs.n])))


def peeked(draw: Draw) -> Judged:
    """The same interval, looked at every 20 pairs until it decides."""
    return _judged(draw, _textbook(draw, np.arange(EVERY, draw.pairs.n + 1, EVERY)))


def detector(draw: Draw) -> Judged:
    """A detector's flags on 4,000 calls of each model, no label at all."""
    half = _Z * draw.detected_error
    middle = draw.detected
    return _judged(draw, [Interval(middle, middle - half, middle + half, 0, "look")])


METHODS: Mapping[str, Callable[[Draw], Judged]] = {
    "looks": looks,
    "sequence": sequence,
    "PPI++ once": once,
    "raw means": raw_mean,
    "95 % interval once": plain,
    "95 % interval peeked": peeked,
    "detector only": detector,
}


def _judged(draw: Draw, intervals: list[Interval]) -> Judged:
    verdict, _ = first_decision(intervals, draw.margin)
    return Judged(verdict, all(one.covers(draw.truth) for one in intervals) if intervals else None)


def _textbook(draw: Draw, after: np.ndarray) -> list[Interval]:
    difference = draw.pairs.difference
    mean = np.cumsum(difference)[after - 1] / after
    variance = np.maximum(np.cumsum(difference**2)[after - 1] / after - mean**2, 0) / (after - 1)
    half = _Z * variance**0.5
    return [
        Interval(float(m), float(m - h), float(m + h), int(n), "look")
        for m, h, n in zip(mean, half, after, strict=True)
    ]
