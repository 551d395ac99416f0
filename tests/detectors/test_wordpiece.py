"""Our splitting into pieces equals the reference implementation's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from detectors.encoders.static import vocabulary
from detectors.text import words
from detectors.wordpiece import WordPiece

PIECES = vocabulary()
OURS = WordPiece(PIECES)
THEIRS = BertWordPieceTokenizer(vocab={piece: at for at, piece in enumerate(PIECES)}, lowercase=True)
LEFT_OUT = {PIECES.index("[UNK]"), PIECES.index("_")}  # both stand for nothing we could add up


def _ours(text: str) -> list[int]:
    return [at for word in words(text) for at in ([OURS.words[word]] if word in OURS.words else OURS(word))]


def _theirs(text: str) -> list[int]:
    found = [THEIRS.encode(word, add_special_tokens=False).ids for word in words(text)]
    return [at for word in found for at in word if at not in LEFT_OUT]


@pytest.mark.parametrize(
    "text",
    [
        "unforgettableness",
        "Résumé naïve Zürich",
        "snake_case and __init__",
        "汉字 and 漢字 in one",
        "한국어 şğü Ελληνικά",
        "x" * 101,
        "3.14159 and 2026",
    ],
)
def test_parity(text: str) -> None:
    """Accents, scripts, underscores and lengths are treated as the reference does."""
    assert _ours(text) == _theirs(text)


@settings(max_examples=300)
@given(st.text(st.characters(codec="utf-8", max_codepoint=0x24F), max_size=60))
def test_parity_latin(text: str) -> None:
    """Any Latin text splits as the reference splits it."""
    assert _ours(text) == _theirs(text)
