"""Of texts that moved: whether their spelling explains it, and in which slice of the traffic they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.slices import Group
from detectors.monitors.texts import Texts
from detectors.monitors.values import BY, NONE

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

ODD = 0.75  # quantile of the reference's shares of unknown words; above it a text is oddly spelled
LEAST_KNOWN = 30  # texts whose spelling is known, to speak of it
LEFT = 0.5  # of the excess outside: if texts spelled as ever have moved less than this, spelling explains it
MORE_ODD = 1.2  # odds ratio of oddly spelled texts from which their share has risen
LEAST_TEXTS = 10  # of a value that may be named
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


def groups(recent: Placed, reference: Placed, names: Sequence[str]) -> list[Group]:
    """Return texts by each value of each dimension; a bad one is one outside.

    Values that few recent texts have, or that are not known, are one group without a name.

    Parameters
    ----------
    names : of the values, by number
    """
    found: list[Group] = []
    for at, by in enumerate(BY):
        now, before = _counted(recent, at, len(names)), _counted(reference, at, len(names))
        counts = np.concatenate([now, before])
        named = np.flatnonzero(now[0] >= LEAST_TEXTS)
        named = named[named != NONE]
        rest = counts.sum(axis=1) - counts[:, named].sum(axis=1)
        columns = [(names[number], counts[:, number]) for number in named.tolist()]
        found += [Group(by, name, *column.tolist()) for name, column in (*columns, ("", rest))]
    return found


def _counted(placed: Placed, at: int, size: int) -> Counts:
    """Return how many texts have each value of a dimension, and how many of them lie outside."""
    own = placed.texts.slices[:, at]
    return np.stack([np.bincount(part, minlength=size) for part in (own, own[placed.outside])])


def _odds(flags: Flags) -> float:
    return float((flags.sum() + 0.5) / ((~flags).sum() + 0.5))
