"""Of texts that moved: whether their spelling explains it, and in which slice of the traffic they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.texts import Texts

Flags = NDArray[np.bool_]

ODD = 0.75  # quantile of the reference's shares of unknown words; above it a text is oddly spelled
LEAST_KNOWN = 30  # texts whose spelling is known, to speak of it
LEFT = 0.5  # of the excess outside: if texts spelled as ever have moved less than this, spelling explains it
MORE_ODD = 1.2  # odds ratio of oddly spelled texts from which their share has risen
SURE = math.log(100.0)
TWICE = 2.0
PRIOR = 20.0  # imagined texts that have not moved: a few say little


@dataclass(frozen=True, slots=True)
class Placed:
    """Texts, and which of them lie outside, beyond the cut that few texts of the reference pass."""

    texts: Texts
    outside: Flags


def is_spelling(recent: Placed, reference: Placed) -> bool:
    """Tell whether texts moved because they are spelled otherwise.

    They are when oddly spelled texts have become more common, and texts spelled as ever have moved less than
    half as much as all of them.
    """
    known, usual = ~np.isnan(recent.texts.unknown), ~np.isnan(reference.texts.unknown)
    if min(known.sum(), usual.sum()) < LEAST_KNOWN:
        return False
    cut = np.quantile(reference.texts.unknown[usual], ODD)
    odd, usual_odd = recent.texts.unknown > cut, reference.texts.unknown > cut
    if _odds(odd[known]) < MORE_ODD * _odds(usual_odd[usual]):
        return False
    excess = recent.outside.mean() - reference.outside.mean()
    plain = recent.outside[~odd].sum() - (~odd).sum() * reference.outside[~usual_odd].mean()
    return bool(plain / ((~odd).sum() + PRIOR) < LEFT * excess)


def concentration(recent: Placed, reference: Placed, names: Sequence[str]) -> tuple[str, float, float] | None:
    """Return the slice that texts left the reference in, if they did so in one more than elsewhere.

    With it the share outside in this slice, and in the others, at most half as large. Were it a move of
    everything, each slice would have its own share of the reference and the common excess on top; slices are
    ranked by the log-likelihood ratio against that. None where none stands out by 100 to 1.

    Parameters
    ----------
    names : of the slices, by number; those without a name are not looked at
    """
    overall = float(reference.outside.mean())
    found: list[tuple[float, str, float, float]] = []
    for column, usual in zip(recent.texts.slices.T, reference.texts.slices.T, strict=True):
        numbers, place, n = np.unique(column, return_inverse=True, return_counts=True)
        own = np.array([_shrunk(reference.outside[usual == number], overall) for number in numbers])
        seen = np.bincount(place, weights=recent.outside)
        due = n * (own + max(float(seen.sum() - (n * own).sum()) / len(column), 0.0))
        for at, number in enumerate(numbers.tolist()):
            here = np.arange(len(numbers)) == at
            inside, elsewhere = seen[at] / n[at], seen[~here].sum() / max(n[~here].sum(), 1)
            nats = sum(_nats(seen[part].sum(), due[part].sum(), n[part].sum()) for part in (here, ~here))
            if names[number] and inside > TWICE * elsewhere and nats >= SURE:
                found.append((-nats, names[number], float(inside), float(elsewhere)))
    return min(found)[1:] if found else None


def _nats(seen: float, due: float, n: float) -> float:
    """Return the log-likelihood ratio of `seen` of n outside against `due` of them."""
    parts = ((seen, due), (n - seen, n - due))
    return sum(one * math.log(one / expected) for one, expected in parts if one > 0 and expected > 0)


def _shrunk(outside: Flags, overall: float) -> float:
    return float(outside.sum() + PRIOR * overall) / (len(outside) + PRIOR)


def _odds(flags: Flags) -> float:
    return float((flags.sum() + 0.5) / ((~flags).sum() + 0.5))
