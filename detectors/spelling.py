"""Tell how many of a text's words no dictionary holds: typing errors, lost blanks, words cut in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import filterfalse

import numpy as np
from numpy.typing import NDArray

from detectors.encoders.static import vocabulary
from detectors.language import readable

BEGINNING = 64  # words; a longer text is judged by its beginning
LETTERS = frozenset("aisdmt")  # that stand alone: a, I, and what follows an apostrophe


def unknown_ratio(
    texts: Sequence[str], split: Sequence[Sequence[str]], languages: Sequence[str]
) -> NDArray[np.float32]:
    """Return for each text the share of its words that the encoder's vocabulary lacks.

    The vocabulary is English: NaN for texts in other languages, and for those without words. Numbers are
    never unknown: they change with every order.

    Parameters
    ----------
    split : the lower-cased words of each text
    languages : ISO code of each, or "unknown"

    Cost: about 2 us a text.

    >>> unknown_ratio(["Reset my pasword"], [["reset", "my", "pasword"]], ["en"]).round(2).tolist()
    [0.33000001311302185]
    """
    ratios = (
        _ratio(words[:BEGINNING]) if words and readable(text, language) else np.nan
        for text, words, language in zip(texts, split, languages, strict=True)
    )
    return np.fromiter(ratios, np.float32, len(texts))


def _ratio(words: Sequence[str]) -> float:
    return sum(map(str.isalpha, filterfalse(_dictionary().__contains__, words))) / len(words)


@lru_cache(1)
def _dictionary() -> frozenset[str]:
    words = (piece for piece in vocabulary() if piece.isalpha())
    return frozenset(word for word in words if len(word) > 1 or word in LETTERS)
