"""Word weights are added exactly, whatever surrounds a text, and see through thin disguises."""

import numpy as np
import pytest

from detectors import lexicon
from detectors.lexicon import PAIRS, SCALE, SPELLINGS, WORDS, Lexicon, code, pair, readings


def _lexicon(**weights: int) -> Lexicon:
    words = np.zeros(WORDS, np.int64)
    for word, weight in weights.items():
        words[code(word) % WORDS] = weight * SCALE
    return Lexicon(words, np.zeros(SPELLINGS, np.int64), np.zeros(PAIRS, np.int64))


def test_sum() -> None:
    """A text weighs the sum of its words over the root of their number."""
    assert _lexicon(fool=3).weigh([["you", "fool", "fool", "you"], ["you"], []]).tolist() == [3.0, 0.0, 0.0]


def test_pairs() -> None:
    """A pair of neighbours counts within a text, never across two."""
    pairs = np.zeros(PAIRS, np.int64)
    bucket = pair(np.array([code("shut")], np.uint32), np.array([code("up")], np.uint32))
    pairs[bucket] = SCALE
    weights = Lexicon(np.zeros(WORDS, np.int64), np.zeros(SPELLINGS, np.int64), pairs)
    assert weights.weigh([["shut", "up"], ["shut"], ["up"]]) == pytest.approx([0.5**0.5, 0, 0])


@pytest.mark.parametrize("word", ["f00l", "foooool", "ｆｏｏｌ", "fóol"])  # noqa: RUF001 - disguises are the point
def test_disguise(word: str) -> None:
    """A word in a thin disguise weighs what it reads like."""
    assert _lexicon(fool=2).weigh([[word]]).tolist() == [2.0]


@pytest.mark.parametrize("word", ["2026", "12", "hello", "good", "committee", "x", ""])
def test_no_disguise(word: str) -> None:
    """Numbers and ordinary words are no disguise."""
    assert readings(word) == {word}


def test_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When too many words were seen they are forgotten, and weights stay the same."""
    monkeypatch.setattr(lexicon, "CACHED_WORDS", 8)
    weights = _lexicon(fool=1)
    texts = [[f"word{number}", "fool"] for number in range(1_000)]
    expected = [pytest.approx(0.5**0.5)] * len(texts)
    assert weights.weigh(texts).tolist() == expected
    assert weights.weigh(texts[::-1]).tolist() == expected


def test_long_text() -> None:
    """Only the first four hundred words of a text count."""
    assert _lexicon(fool=1).weigh([["you"] * 400 + ["fool"] * 400]).tolist() == [0.0]
