"""Weights of words, of how they are spelled and of pairs of them, added up per text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from math import sqrt
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WORDS = 1 << 15  # buckets
PAIRS = 1 << 15
SPELLINGS = 1 << 16
LONGEST_TEXT = 400  # words
TOGETHER = 64  # texts
CACHED_WORDS = 1 << 16
SCALE = 1 << 12  # weights are whole multiples of 1 / SCALE, so that every sum is exact

_LEET = str.maketrans("01345789", "oieastbg")
_REPEATED = re.compile(r"(\D)\1{2,}")

Weights = NDArray[np.int64]
Sums = NDArray[np.float64]

_NONE = np.zeros(0)


class Lexicon:
    """The part of a linear model that sees words: its weights, and what it has worked out per word.

    A word in disguise (digits for letters, letters drawn out, other alphabets' look-alikes) counts as
    what it reads like, where that weighs more.

    Parameters
    ----------
    words, spellings, pairs : weight of each bucket, in units of 1 / 4096

    Cost: about 8 us per text of 85 words, once its words were seen.
    """

    def __init__(self, words: Weights, spellings: Weights, pairs: Weights) -> None:
        self._pairs = pairs
        self._known = _Known(words.tolist(), spellings.tolist())

    def weigh(self, texts: Sequence[Sequence[str]]) -> Sums:
        """Return one sum per text, divided by the root of its number of words."""
        slices = [texts[at : at + TOGETHER] for at in range(0, len(texts), TOGETHER)]
        return np.concatenate(
            [_NONE, *(self._weigh([text[:LONGEST_TEXT] for text in part]) for part in slices)]
        )

    def _weigh(self, texts: Sequence[Sequence[str]]) -> Sums:
        lengths = np.array([len(text) for text in texts], np.int64)
        at = np.array(self._known.places(texts), np.int64)
        owner = np.repeat(np.arange(len(texts)), lengths)
        sums = _sums(owner, self._known.weights[at], len(texts))
        neighbours = owner[1:] == owner[:-1]
        codes = self._known.codes[at]
        sums += _sums(owner[1:], self._pairs[pair(codes[:-1], codes[1:])] * neighbours, len(texts))
        return np.asarray(sums / (SCALE * np.sqrt(np.maximum(lengths, 1))), np.float64)


class _Known(dict[str, int]):
    """What has been worked out per word: its place in the arrays `codes` and `weights`."""

    def __init__(self, words: list[int], spellings: list[int]) -> None:
        super().__init__()
        self._words, self._spellings = words, spellings
        room = CACHED_WORDS + TOGETHER * LONGEST_TEXT
        self.codes = np.zeros(room, np.uint32)
        self.weights = np.zeros(room, np.int64)

    def places(self, texts: Sequence[Sequence[str]]) -> list[int]:
        if len(self) > CACHED_WORDS:
            self.clear()
        return list(map(self.__getitem__, chain.from_iterable(texts)))

    def __missing__(self, word: str) -> int:
        at = self[word] = len(self)
        weight, read = max((self._weight(read), read) for read in readings(word))
        self.codes[at], self.weights[at] = code(read), weight
        return at

    def _weight(self, word: str) -> int:
        buckets = spelling(word)
        spelled = sum(map(self._spellings.__getitem__, buckets)) / sqrt(max(1, len(buckets)))
        return self._words[code(word) % WORDS] + round(spelled)


def code(word: str) -> int:
    """Return a word's number, the same on every machine."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def pair(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the bucket of each pair of neighbouring words."""
    return np.asarray((first * np.uint32(31) + second) % np.uint32(PAIRS), np.uint32)


def spelling(word: str) -> list[int]:
    """Return the buckets of a word's three to five neighbouring letters, its ends marked."""
    if len(word) < 3:  # noqa: PLR2004 - shorter words have no spelling of their own
        return []
    marked = f"<{word[:30]}>".encode("utf-8", "surrogatepass")
    ends = len(marked) + 1
    return [crc32(marked[at : at + n]) % SPELLINGS for n in (3, 4, 5) for at in range(ends - n)]


def readings(word: str) -> set[str]:
    r"""Return the word, and what it reads like if it is in disguise.

    >>> sorted(readings("1d10t")), sorted(readings("committee"))
    (['1d10t', 'idiot'], ['committee'])
    >>> sorted(readings("stuuuupid"))
    ['stupid', 'stuupid', 'stuuuupid']
    """
    if word.isascii() and word.isalpha() and not _REPEATED.search(word):
        return {word}
    read = unicodedata.normalize("NFKD", word)
    read = "".join(c for c in read if not unicodedata.combining(c))
    if any(map(str.isalpha, read)):
        read = read.translate(_LEET)
    return {word, _REPEATED.sub(r"\1", read), _REPEATED.sub(r"\1\1", read)}


def _sums(owner: NDArray[np.int64], weights: NDArray[np.int64], n: int) -> Sums:
    # bincount adds doubles one after the other; whole numbers of this size add up exactly.
    return np.bincount(owner, weights, n).astype(np.float64)
