"""Answers of an incumbent and a candidate to the same requests, as people judged and detectors scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Detector scores of the paired requests that nobody labelled, candidate minus incumbent.

    Attributes
    ----------
    n : how many such requests
    mean : of the difference of scores over them; variance : n times the variance of that mean
    """

    n: int = 0
    mean: float = 0.0
    variance: float = 0.0

    @classmethod
    def of(cls, difference: ArrayLike, conversation: ArrayLike | None = None) -> Unlabelled:
        """Return the summary of score differences, one per request; not assessable counts as 0."""
        scores = np.nan_to_num(np.asarray(difference, np.float64))
        if not len(scores):
            return cls()
        mean = float(scores.mean())
        rest = scores - mean
        if conversation is not None:
            _, place = np.unique(np.asarray(conversation), return_inverse=True)
            rest = np.bincount(place, rest).astype(np.float64)
        return cls(len(scores), mean, float((rest**2).sum() / len(scores)))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labelled requests that both models answered, drawn at random from the route, in order of labelling.

    Attributes
    ----------
    incumbent, candidate : (n,) how bad each answer is, 0 good to 1 bad; a share where judges disagree
    score : (n,) the detector's candidate minus incumbent, on any scale; 0 where it cannot be assessed
    conversation : (n,) requests of one conversation have the same number
    unlabelled : the same score on requests without labels

    Raises
    ------
    ValueError : arrays of different lengths, or a label outside 0 to 1
    """

    incumbent: Floats
    candidate: Floats
    score: Floats
    conversation: NDArray[np.intp]
    unlabelled: Unlabelled

    def __post_init__(self) -> None:
        lengths = {len(one) for one in (self.incumbent, self.candidate, self.score, self.conversation)}
        if len(lengths) > 1:
            raise ValueError("incumbent, candidate, score and conversation need one value per pair")
        for labels in (self.incumbent, self.candidate):
            if len(labels) and not 0 <= labels.min() <= labels.max() <= 1:
                raise ValueError("a label is 0 for a good answer to 1 for a bad one")

    @classmethod
    def of(
        cls,
        incumbent: ArrayLike,
        candidate: ArrayLike,
        *,
        score: ArrayLike | None = None,
        conversation: ArrayLike | None = None,
        unlabelled: Unlabelled | None = None,
    ) -> Pairs:
        """Return pairs from anything array-like; without conversations each request is its own."""
        bad = np.asarray(incumbent, np.float64)
        return cls(
            bad,
            np.asarray(candidate, np.float64),
            np.zeros(len(bad)) if score is None else np.nan_to_num(np.asarray(score, np.float64)),
            np.arange(len(bad)) if conversation is None else np.asarray(conversation, np.intp),
            unlabelled or Unlabelled(),
        )

    def first(self, count: int) -> Pairs:
        """Return the pairs that were labelled first, with what is known of the unlabelled."""
        cut = slice(count)
        return Pairs(
            self.incumbent[cut],
            self.candidate[cut],
            self.score[cut],
            self.conversation[cut],
            self.unlabelled,
        )

    @property
    def n(self) -> int:
        """How many pairs are labelled."""
        return len(self.incumbent)

    @property
    def difference(self) -> Floats:
        """Bad share of the candidate minus the incumbent's, per pair; below 0 the candidate is better."""
        return self.candidate - self.incumbent
