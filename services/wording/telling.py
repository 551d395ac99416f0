"""The words by which a few texts are unlike the usual ones: what a cluster of texts is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LEAST_TEXTS = 3  # that have a word: what one person wrote is theirs
MOST_USUAL = 0.05  # share of the usual texts that may have it
MOST = 5
# Letters only, for numbers are somebody's; what redaction left in brackets is no word of the text.
_WORD = re.compile(r"\[\w+\]|([^\W\d_]{4,24})")


def telling(texts: Sequence[str], usual: Sequence[str]) -> tuple[str, ...]:
    """Return the words that many of these texts have and hardly any usual one, the most telling first.

    >>> telling(["Refund, please"] * 3, ["Hello, please answer"] * 9)
    ('refund',)
    """
    if not usual:
        return ()
    own, others = _texts_with(texts), _texts_with(usual)
    # A word counts by the share of texts that have it beyond the usual share.
    excess = {word: n / len(texts) - others[word] / len(usual) for word, n in own.items() if n >= LEAST_TEXTS}
    few = [word for word in excess if others[word] <= MOST_USUAL * len(usual)]
    return tuple(sorted(few, key=lambda word: (-excess[word], word))[:MOST])


def _texts_with(texts: Sequence[str]) -> Counter[str]:
    return Counter(word for text in texts for word in set(_WORD.findall(text.lower())) if word)
