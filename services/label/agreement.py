"""How far people agree who judged the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """What several people said of the same answers.

    Attributes
    ----------
    answers : that two or more people judged
    same : of them, those of which all said the same
    alpha : Krippendorff's: 1 is full agreement, 0 what chance gives; None where nobody could have disagreed
    """

    answers: int
    same: int
    alpha: float | None


def agreement(judged: Iterable[Sequence[bool]]) -> Agreement:
    """Return the agreement over answers, each with what every person said of it.

    Source: Krippendorff 2011, nominal data, any number of people, missing ones allowed.

    >>> agreement([[True, True], [False, False], [True, False], [True]])
    Agreement(answers=3, same=2, alpha=0.4444444444444444)
    """
    several = [said for said in judged if len(said) > 1]
    bad = sum(sum(said) for said in several)
    good = sum(map(len, several)) - bad
    same = sum(len(set(said)) == 1 for said in several)
    if not bad or not good:
        return Agreement(len(several), same, None)
    apart = sum(sum(said) * (len(said) - sum(said)) / (len(said) - 1) for said in several)
    return Agreement(len(several), same, 1 - (bad + good - 1) * apart / (bad * good))
