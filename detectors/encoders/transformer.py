"""Any model of sentence-transformers that lies on this machine, on its GPU where it has one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from detectors.encoders.base import EncoderUnavailable, Rows, encoded, library

EXTRA = "transformers"
TOGETHER = 32
# What decides a row: weights, vocabulary, configuration. Not the card, nor the weights for other engines.
_PARTS = frozenset({".safetensors", ".bin", ".json", ".txt", ".model"})


class TransformerEncoder:
    """A folder or a downloaded model, as sentence-transformers loads it; its own length limit holds.

    Nothing is downloaded, and no code that comes with a model is run. The library chooses the device.

    Parameters
    ----------
    model : a folder, or the name of a model that `hf download NAME` has fetched before

    Raises
    ------
    EncoderUnavailable : the extra is not installed, or there is no such model here

    Cost: 6 s and 600 MiB for torch, once; then as large as the model. Threads take turns.
    """

    def __init__(self, model: str) -> None:
        sentences = library("sentence_transformers", EXTRA)
        folder = _folder(model)
        try:
            self._model = sentences.SentenceTransformer(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise EncoderUnavailable(f"{folder} holds no model that can be loaded: {error}") from error
        self._version = f"{Path(model).name}-{_digest(folder)[:8]}"
        self._turn = Lock()  # tokenizers refuse to be set up by two threads at once
        self._dimensions: int = self._rows(["a"]).shape[1]

    @property
    def version(self) -> str:
        """Names the model, and its files by their digest."""
        return self._version

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return float32 (n, d), as wide as the model's own."""
        return encoded(texts, self._dimensions, self._rows)

    def _rows(self, texts: list[str]) -> Rows:
        with self._turn:
            found: Rows = self._model.encode(texts, batch_size=TOGETHER, show_progress_bar=False)
        return found


def _folder(model: str) -> Path:
    if Path(model).is_dir():
        return Path(model)
    hub: Any = library("huggingface_hub", EXTRA)
    try:
        return Path(hub.snapshot_download(model, local_files_only=True))
    except (OSError, ValueError) as error:
        raise EncoderUnavailable(
            f"{model} is neither a folder nor a downloaded model: give its folder, or `hf download` it first"
        ) from error


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PARTS and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
