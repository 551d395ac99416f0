"""The encoder's rows are exact, bounded, and close for texts that mean the same."""

import numpy as np
import pytest

from detectors import registry
from detectors.encoders.static import LONGEST_TEXT, StaticEncoder
from detectors.text import words


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    """Return the shared encoder."""
    return registry.encoder()


def _cosine(encoder: StaticEncoder, one: str, other: str) -> float:
    first, second = encoder.encode([words(one), words(other)]).astype(float)
    return float(first @ second / 127**2)


def test_shape(encoder: StaticEncoder) -> None:
    """Rows are int8, 256 wide and of unit length times 127."""
    rows = encoder.encode([words("How do I reset my password?"), words("Goodbye")])
    assert rows.dtype == np.int8
    assert rows.shape == (2, 256)
    assert np.linalg.norm(rows.astype(float), axis=1) == pytest.approx(127, rel=0.01)


def test_meaning(encoder: StaticEncoder) -> None:
    """A paraphrase is nearer than another question, though it shares fewer words."""
    asked = "How do I reset my password?"
    assert _cosine(encoder, asked, "I forgot my login credentials") > _cosine(
        encoder, asked, "How do I bake my bread?"
    )


@pytest.mark.parametrize("text", ["", "   ", "!?", "\0", "_"])
def test_nothing(encoder: StaticEncoder, text: str) -> None:
    """A text without words is a row of zeros."""
    assert not encoder.encode([words(text)]).any()


def test_no_texts(encoder: StaticEncoder) -> None:
    """No texts are no rows."""
    assert encoder.encode([]).shape == (0, 256)


def test_unseen_words(encoder: StaticEncoder) -> None:
    """A word outside the vocabulary is known by its pieces."""
    assert encoder.encode([["unforgettableness"]]).any()


def test_beginning(encoder: StaticEncoder) -> None:
    """A long text is judged by its first four hundred words."""
    long = ["cat"] * LONGEST_TEXT + ["finance"] * 1_000
    assert np.array_equal(encoder.encode([long]), encoder.encode([["cat"]]))


def test_order_is_free(encoder: StaticEncoder) -> None:
    """Neither the order of words nor that of texts changes a bit."""
    rng = np.random.default_rng(7)
    text = words("The quick brown foxes jumped unforgettably over 42 sleeping dogs of Zwickau, didn't they?")
    shuffled = [[str(word) for word in rng.permutation(text)] for _ in range(50)]
    assert (encoder.encode(shuffled) == encoder.encode([text])).all()


def test_cache_is_bounded() -> None:
    """A full cache of new words is emptied, and rows come out the same as ever."""
    small, fresh = StaticEncoder(cached_words=10), StaticEncoder()
    texts = [[f"zz{number}qx", "hello", f"yy{number}kw"] for number in range(200)]
    expected = fresh.encode(texts)
    assert np.array_equal(expected, small.encode(texts))
    assert np.array_equal(expected[::-1], small.encode(texts[::-1]))


def test_version(encoder: StaticEncoder) -> None:
    """The version names the table, so that rows of two tables are never compared."""
    assert encoder.version.startswith("static256-")
