"""A BERT of two small layers with random weights, saved as any model for sentence-transformers is."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from detectors.encoders.static import vocabulary

WIDTH = 32


def save(folder: Path) -> Path:
    """Write the model with its pooling; the same folder holds the same weights on every machine."""
    sentences: Any = importlib.import_module("sentence_transformers")
    modules: Any = importlib.import_module("sentence_transformers.models")
    plain = save_plain(folder.with_name("plain"))
    words = modules.Transformer(str(plain), max_seq_length=64)
    sentences.SentenceTransformer(modules=[words, modules.Pooling(WIDTH)], device="cpu").save(str(folder))
    return folder


def save_plain(folder: Path) -> Path:
    """Write the bare transformer, as models without a word on sentences come."""
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    torch.manual_seed(7)
    folder.mkdir(parents=True)
    pieces = folder / "vocab.txt"
    pieces.write_text("\n".join(vocabulary()), encoding="utf-8")
    transformers.BertTokenizerFast(str(pieces)).save_pretrained(folder)
    shape = transformers.BertConfig(
        hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    transformers.BertModel(shape).save_pretrained(folder)
    return folder
