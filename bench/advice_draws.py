"""Labelled pairs with a known truth: drawn from people's labels, or made with any rate of bad answers."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from bench.advice_people import Compared, Floats
from services.advisor.compare.pairs import Pairs, Unlabelled

SEPARATION = 2**0.5 * NormalDist().inv_cdf(0.80)  # of a detector with AUC .80
SHIFT = 0.35  # how much a detector likes one model more than another, for no reason of quality
UNLABELLED = 10  # requests with scores only, per labelled one
SCORED = 4_000  # calls of each that a detector alone would judge by
_PAIRED = 0.12  # correlation of two models' labels on one request, as RefChecker has it
_NORMAL = NormalDist()
_ROOT2 = 2**0.5


@dataclass(frozen=True)
class Draw:
    """One imagined comparison.

    Attributes
    ----------
    truth : bad share of the candidate minus the incumbent's, in the population drawn from
    margin : the candidate may be worse by so much
    detected, detected_error : the same difference as a detector alone reports it, with its standard error
    """

    truth: float
    margin: float
    pairs: Pairs
    detected: float
    detected_error: float


def from_people(
    compared: Compared, weight: Floats, n: int, margin: float, random: np.random.Generator
) -> Draw:
    """Draw `n` requests of a route whose questions come with these weights (q,)."""
    place = random.choice(len(weight), n, p=weight)
    difference = compared.difference
    others = random.multinomial(UNLABELLED * n, weight) / (UNLABELLED * n)
    truth = float(weight @ difference)
    bad = float(weight @ compared.incumbent), float(weight @ compared.candidate)
    if compared.scores is None:
        shifts = SHIFT * random.standard_normal(2)
        score, unlabelled = _scored(
            difference[place], float(others @ difference), float(shifts[1] - shifts[0]), random
        )
        rates = _flagged(bad, shifts)
    else:
        gap = compared.scores[1] - compared.scores[0]
        score = gap[place]
        mean = float(others @ gap)
        unlabelled = Unlabelled(UNLABELLED * n, mean, float(others @ (gap - mean) ** 2))
        rates = _flagged_really(bad[0], compared.scores, weight)
    pairs = Pairs.of(compared.incumbent[place], compared.candidate[place], score=score, unlabelled=unlabelled)
    return _draw(truth, margin, pairs, rates, random)


def made(
    bad: float,
    difference: float,
    n: int,
    margin: float,
    random: np.random.Generator,
    *,
    size: int = 1,
    alike: float = 0.0,
) -> Draw:
    """Make `n` requests whose incumbent is bad in a share `bad` and whose candidate in `difference` more.

    Parameters
    ----------
    size, alike : requests of a conversation, and how much its answers by one model correlate
    """
    rates = bad, bad + difference
    conversation = np.arange(n) // size
    first, second = _labels(rates, conversation, alike, random)
    shifts = SHIFT * random.standard_normal(2)
    shift = float(shifts[1] - shifts[0])
    many = UNLABELLED * n
    if size == 1:
        spread = sum(rate * (1 - rate) for rate in rates)
        mean = difference + random.standard_normal() * (spread / many) ** 0.5
        score, unlabelled = _scored(second - first, mean, shift, random)
    else:
        wide = np.arange(many) // size
        one, other = _labels(rates, wide, alike, random)
        score = SEPARATION * (second - first) + shift + _ROOT2 * random.standard_normal(n)
        rest = SEPARATION * (other - one) + shift + _ROOT2 * random.standard_normal(many)
        unlabelled = Unlabelled.of(rest, wide)
    pairs = Pairs.of(first, second, score=score, conversation=conversation, unlabelled=unlabelled)
    return _draw(difference, margin, pairs, _flagged(rates, shifts), random)


def _draw(
    truth: float, margin: float, pairs: Pairs, rates: tuple[float, float], random: np.random.Generator
) -> Draw:
    error = (sum(rate * (1 - rate) for rate in rates) / SCORED) ** 0.5
    detected = rates[1] - rates[0] + error * random.standard_normal()
    return Draw(truth, margin, pairs, float(detected), error)


def _labels(
    rates: tuple[float, float], conversation: np.ndarray, alike: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return both models' labels; an answer is at times its conversation's, at times its request's."""
    n = len(conversation)
    of_request = random.random(n)
    found = []
    for rate in rates:
        luck = random.random(n)
        cause = random.random(n)
        shared = cause > 1 - _PAIRED**0.5 * (1 - alike**0.5)
        luck = np.where(shared, of_request, luck)
        if alike:
            luck = np.where(cause < alike**0.5, random.random(conversation[-1] + 1)[conversation], luck)
        found.append((luck < rate).astype(np.float64))
    return found[0], found[1]


def _scored(
    difference: Floats, mean: float, shift: float, random: np.random.Generator
) -> tuple[Floats, Unlabelled]:
    """Return a made detector's score differences, and its summary over requests that differ by `mean`."""
    n = len(difference)
    many = UNLABELLED * n
    score = SEPARATION * difference + shift + _ROOT2 * random.standard_normal(n)
    noise = random.standard_normal() * (2 / many) ** 0.5
    variance = SEPARATION**2 * float(difference.var()) + 2
    return score, Unlabelled(many, SEPARATION * mean + shift + noise, variance)


def _flagged(bad: tuple[float, float], shifts: Floats) -> tuple[float, float]:
    """Return the shares that a made detector flags, its threshold set so that the incumbent's is right."""

    def share(place: int, threshold: float) -> float:
        wrong = _NORMAL.cdf(SEPARATION + shifts[place] - threshold)
        return bad[place] * wrong + (1 - bad[place]) * _NORMAL.cdf(shifts[place] - threshold)

    low, high = -8.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if share(0, middle) > bad[0] else (low, middle)
    return share(0, low), share(1, low)


def _flagged_really(bad: float, scores: Floats, weight: Floats) -> tuple[float, float]:
    order = np.argsort(-scores[0])
    flagged = int(np.searchsorted(np.cumsum(weight[order]), bad))
    threshold = scores[0][order[min(flagged, len(order) - 1)]]
    return float(weight @ (scores[0] >= threshold)), float(weight @ (scores[1] >= threshold))
