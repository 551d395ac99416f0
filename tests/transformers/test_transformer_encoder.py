"""Any model of sentence-transformers keeps the promises, from a folder or a cache, and asks nobody for it."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from detectors import registry
from detectors.encoders import suite
from detectors.encoders.base import EncoderUnavailable
from detectors.encoders.transformer import TransformerEncoder
from tests.transformers.tiny import WIDTH, save_plain

pytestmark = pytest.mark.transformers


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_conforms(tiny: TransformerEncoder, check: suite.Check) -> None:
    """A tiny model with random weights keeps the promise."""
    check(tiny)


def test_width(tiny: TransformerEncoder) -> None:
    """Rows are as wide as the model."""
    assert tiny.encode(["Hello"]).shape == (1, WIDTH)


def test_registry(folder: Path, tiny: TransformerEncoder) -> None:
    """The registry loads a model by its folder."""
    found = registry.text_encoder(str(folder))
    assert found.version == tiny.version
    assert np.array_equal(found.encode(["Hello"]), tiny.encode(["Hello"]))


def test_plain_transformer(tmp_path: Path) -> None:
    """A transformer that says nothing about sentences is pooled by its mean."""
    encoder = TransformerEncoder(str(save_plain(tmp_path / "plain")))
    suite.unit_length(encoder)
    assert encoder.encode(["Hello"]).shape == (1, WIDTH)


def test_version(folder: Path, tiny: TransformerEncoder, tmp_path: Path) -> None:
    """Other weights are another version; another card is not."""
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    (copy / "README.md").write_text("Another card.")
    assert TransformerEncoder(str(copy)).version == tiny.version
    assert tiny.version.startswith("tiny-bert-")
    shutil.copy(save_plain(tmp_path / "plain") / "config.json", copy / "config.json")
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert TransformerEncoder(str(copy)).version != tiny.version


def test_downloaded(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that was downloaded before is found by its name."""
    monkeypatch.setattr(importlib.import_module("huggingface_hub").constants, "HF_HUB_CACHE", str(tmp_path))
    cached = tmp_path / "models--somebody--tiny"
    shutil.copytree(folder, cached / "snapshots" / "abc123")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc123")
    encoder = TransformerEncoder("somebody/tiny")
    assert encoder.version.startswith("tiny-")
    suite.shaped(encoder)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "not a name!", "nobody//"])
def test_not_here(name: str) -> None:
    """A name that was never downloaded is refused with the remedy; nobody is asked for it."""
    with pytest.raises(EncoderUnavailable, match="neither a folder nor a downloaded model: give its folder"):
        TransformerEncoder(name)


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_no_model(tmp_path: Path, content: str | None) -> None:
    """A folder without a model is refused by its name."""
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(EncoderUnavailable, match=f"{tmp_path} holds no model that can be loaded"):
        TransformerEncoder(str(tmp_path))
