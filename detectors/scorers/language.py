"""Which language an answer is in, and whether it is another one than the question's."""

from __future__ import annotations

import numpy as np

from detectors.base import NOT_ASSESSABLE, Column
from detectors.batch import Batch
from detectors.language import UNKNOWN


class Language:
    """Labels each call with its language; the score is 1 where the answer left the question's language.

    The label is the answer's language, or the question's where the answer is too short to tell.
    """

    name = "language"
    version = "1"

    def score(self, batch: Batch) -> Column:
        """Return one language per event."""
        asked, answered = batch.prompt_language, batch.response_language
        labels = [_label(a, b) for a, b in zip(asked, answered, strict=True)]
        switched = [UNKNOWN not in {a, b} and a != b for a, b in zip(asked, answered, strict=True)]
        score = np.array(switched, np.float32)
        score[[label == NOT_ASSESSABLE for label in labels]] = np.nan
        return Column(
            self.name, self.version, score, labels, explain=lambda index: _sentence(asked, answered, index)
        )


def _label(asked: str, answered: str) -> str:
    if answered != UNKNOWN:
        return answered
    return NOT_ASSESSABLE if asked == UNKNOWN else asked


def _sentence(asked: list[str], answered: list[str], index: int) -> str | None:
    if UNKNOWN in {asked[index], answered[index]} or asked[index] == answered[index]:
        return None
    return f"Asked in {asked[index]}, answered in {answered[index]}."
