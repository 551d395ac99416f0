"""Split words into the pieces of a BERT vocabulary, in plain Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST_WORD = 100  # characters; the reference gives up on longer ones too
# Each of these is a word of its own to the reference: ideographs, and the underscore that \w lets through.
_PART = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ceaf]|[^\\W_\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ceaf]+"
)


class WordPiece:
    """Greedy longest-match splitting, equal to the reference tokenizer on words without punctuation.

    Parameters
    ----------
    pieces : the vocabulary in order; a piece that continues a word begins with "##"

    >>> WordPiece(["[UNK]", "un", "##known"])("unknown")
    [1, 2]
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.words = {piece: i for i, piece in enumerate(pieces) if piece.isalnum()}
        self._continued = {piece[2:]: i for i, piece in enumerate(pieces) if piece.startswith("##")}
        self._longest = max(map(len, pieces))

    def __call__(self, word: str) -> list[int]:
        """Return the indices of a lower-case word's pieces; none for what the vocabulary cannot spell."""
        if word.isascii() and word.isalnum():
            return self._split(word)
        return [index for part in _PART.findall(_plain(word)) for index in self._split(part)]

    def _split(self, part: str) -> list[int]:
        found: list[int] = []
        at = 0
        while at < len(part) <= LONGEST_WORD:
            known = self._continued if at else self.words
            for end in range(min(len(part), at + self._longest), at, -1):
                index = known.get(part[at:end])
                if index is not None:
                    found.append(index)
                    at = end
                    break
            else:
                return []
        return found


def _plain(word: str) -> str:
    """Return a word without accents, as the vocabulary spells it."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
