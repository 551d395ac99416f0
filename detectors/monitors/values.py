"""What is known of a text beside where it lies: its value in each of a few dimensions, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.base import NOT_ASSESSABLE
from detectors.monitors.base import Observations

BY = ("model", "language", "prompt version", "region")
MOST = 4_096  # values known at a time: some give every call a prompt version of its own
NONE = 0  # number of a value that is not known

Numbers = NDArray[np.int32]
Column = tuple[Numbers, Callable[[int], str]]  # each call's code, and what a code means


def dimensions(observations: Observations) -> tuple[Column, ...]:
    """Return a column for every dimension, in the order of `BY`; the value is empty where it is not known."""
    leaves, languages = observations.leaves, observations.languages
    return (
        (observations.leaf, lambda code: f"{leaves[code].platform}/{leaves[code].model}"),
        (observations.language, lambda code: "" if languages[code] == NOT_ASSESSABLE else languages[code]),
        _column(observations, observations.prompt_version, observations.prompt_versions),
        _column(observations, observations.region, observations.regions),
    )


class Values:
    """Numbers values as they come, and forgets those that hardly any text has.

    Attributes
    ----------
    names : of the values, by number
    """

    def __init__(self, names: Sequence[str] = ("",)) -> None:
        self.names = list(names)
        self._number = {name: number for number, name in enumerate(self.names)}

    def numbers(self, codes: Numbers, name: Callable[[int], str]) -> Numbers:
        """Return the number of each code's value."""
        present, places = np.unique(codes, return_inverse=True)
        return np.array([self._of(name(code)) for code in present.tolist()], np.int32)[places]

    def forget(self, used: Sequence[Numbers]) -> Numbers | None:
        """Where there are too many values, keep the half of `MOST` that is used most.

        Parameters
        ----------
        used : the numbers that texts have

        Return the new number of each old one, `NONE` for what is forgotten; None where all may stay.
        """
        if len(self.names) <= MOST:
            return None
        times = np.bincount(np.concatenate([part.ravel() for part in used]), minlength=len(self.names))
        times[NONE] = times.sum() + 1
        most = np.argsort(-times, kind="stable")[: MOST // 2]
        kept = np.sort(most[times[most] > 0])
        anew = np.full(len(times), NONE, dtype=np.int32)
        anew[kept] = np.arange(len(kept))
        self.names = [self.names[number] for number in kept.tolist()]
        self._number = {name: number for number, name in enumerate(self.names)}
        return anew

    def _of(self, name: str) -> int:
        number = self._number.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
        return number


def _column(observations: Observations, codes: Numbers, names: Sequence[str]) -> Column:
    """Return a column that observations may lack."""
    if len(codes) < len(observations):
        return np.zeros(len(observations), dtype=np.int32), lambda _: ""
    return codes, lambda code: names[code]
