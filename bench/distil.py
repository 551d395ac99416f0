"""Make the shipped embedding table: MiniLM's answer to every single word piece, reduced to 256 numbers.

The weights come from the environment of `make dev`. With OMP_NUM_THREADS=1 the same machine gives the same
file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.encoders.minilm import session

DIMENSIONS = 256
BATCH = 256
STEPS = 256  # a row's largest scale; 127 * 256 sums exactly in float32 over 400 words

Matrix = NDArray[np.float32]


def main() -> None:
    """Write `static256.npz` and print its digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=Path, help="tokenizer.json of all-MiniLM-L6-v2")
    parser.add_argument("--out", type=Path, default=Path("detectors/models/static256.npz"))
    arguments = parser.parse_args()
    pieces = _pieces(arguments.tokenizer)
    table = _weighted(_reduced(_forward(pieces), _first_word(pieces)), _first_word(pieces))
    rows, scales = _quantised(table)
    version = hashlib.sha256(rows.tobytes() + scales.tobytes()).hexdigest()[:8]
    np.savez(
        arguments.out,
        rows=rows,
        scales=scales,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        version=np.array(f"static256-{version}"),
    )
    print(version, arguments.out.stat().st_size, "bytes")


def _pieces(tokenizer: Path) -> list[str]:
    vocabulary: dict[str, int] = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    return sorted(vocabulary, key=vocabulary.__getitem__)


def _first_word(pieces: list[str]) -> int:
    """Where the vocabulary begins to be ordered by frequency: its commonest word is "the"."""
    return pieces.index("the")


def _forward(pieces: list[str]) -> Matrix:
    """Return the mean-pooled output of the transformer for [CLS] piece [SEP], as unit rows."""
    model = session()
    begin, end = pieces.index("[CLS]"), pieces.index("[SEP]")
    table = np.empty((len(pieces), 384), np.float32)
    for first in range(0, len(pieces), BATCH):
        ids = np.array([[begin, i, end] for i in range(first, min(first + BATCH, len(pieces)))], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        table[first : first + BATCH] = model.run(None, inputs)[0].mean(axis=1)
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True), np.float32)


def _reduced(table: Matrix, first: int) -> Matrix:
    """Keep the strongest 256 directions, and halve (in log scale) how much they differ in strength."""
    centred = table - table[first:].mean(axis=0)
    _, strength, directions = np.linalg.svd(centred[first:], full_matrices=False)
    # A direction's sign is arbitrary: fix it, so that two runs agree.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    directions = (directions * signs[:, None])[:DIMENSIONS]
    return np.asarray(centred @ directions.T / np.sqrt(strength[:DIMENSIONS]), np.float32)


def _weighted(table: Matrix, first: int) -> Matrix:
    """Give rare words more say than common ones: the logarithm of the rank, which needs no corpus."""
    rank = np.maximum(np.arange(len(table)) - first, 0)
    return np.asarray(table * np.log(2 + rank)[:, None], np.float32)


def _quantised(table: Matrix) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    largest = np.abs(table).max(axis=1)
    rows = np.rint(table / largest[:, None] * 127).astype(np.int8)
    return rows, (largest / largest.max() * STEPS).astype(np.float16)


if __name__ == "__main__":
    main()
