"""What an encoder of whole texts must do, and what it makes of texts that no model can read."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

# How far a number of a row may move with the texts that were encoded beside it.
TOLERANCE = 1e-4


class EncoderUnavailable(Exception):  # noqa: N818 - a state, read as a sentence
    """An encoder's library or model is not on this machine; the message says the remedy."""


class TextEncoder(Protocol):
    """Turns whole texts into unit-length rows. For samples: a thousand times slower than tier 0's `Encoder`.

    Never raises on any text, touches no network. May be called from several threads at once.
    """

    @property
    def version(self) -> str:
        """Changes whenever a row could change; rows of different versions must never be compared."""

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return (n, d), in the order of the texts; a text with nothing to read in it is a row of zeros."""


def encoded(texts: Sequence[str], dimensions: int, encode: Callable[[list[str]], Rows]) -> Rows:
    """Return a row per text: what `encode` makes of those that can be read, at unit length.

    Parameters
    ----------
    texts : any
    dimensions : of a row
    encode : gets texts without lone surrogates, in each of which there is something to read
    """
    rows = np.zeros((len(texts), dimensions), np.float32)
    legible = [index for index, text in enumerate(texts) if _legible(text)]
    if legible:
        found = encode([texts[index].encode("utf-8", "ignore").decode() for index in legible])
        rows[legible] = found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-9)
    return rows


def library(name: str, extra: str) -> Any:  # noqa: ANN401 - of libraries that need not be installed
    """Return a library that an extra brings; without it, raise `EncoderUnavailable` with the remedy."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EncoderUnavailable(
            f"{name} is not installed: add the extra `{extra}` (`pip install '.[{extra}]'` in the clone)"
        ) from error


def _legible(text: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in text)
