"""How much a text reads like an insult, a threat or hate: a linear model of its words and its meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.base import NOT_ASSESSABLE, Column
from detectors.batch import Batch, Embeddings
from detectors.language import readable
from detectors.lexicon import SCALE, Lexicon
from detectors.text import words

MODEL = Path(__file__).parents[1] / "models" / "toxicity.npz"
LIMIT = 0.5

# Letters set apart, replaced by signs, or with something invisible between them.
_APART = re.compile(r"(?<!\w)(?:\w[ .\-_*]){3,}\w(?!\w)")
_SIGN = re.compile(r"(?<=[a-z])[$@!*](?=[a-z])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_FOUR_LETTERS = b"\x01" * 4  # lengths of words
_SIGNS = {"$": "s", "@": "a", "!": "i", "*": ""}


class Toxicity:
    """Labels one side of each call clean or toxic; toxic from .5 on.

    The score orders texts; it is no probability. It sees rude words, insults and threats, even in a thin
    disguise, in English; it does not see politely worded hate.

    Parameters
    ----------
    side : which text to judge
    model : the shipped weights, as `bench/train_toxicity.py` writes them
    """

    def __init__(self, side: Literal["prompt", "response"], model: Path = MODEL) -> None:
        self.side = side
        self._model = _model(model)

    @property
    def name(self) -> str:
        """One verdict per side."""
        return f"toxicity_{self.side}"

    @property
    def version(self) -> str:
        """Names the weights by their digest, and the embedding they were trained on."""
        return self._model.version

    def score(self, batch: Batch) -> Column:
        """Return one verdict per event."""
        side = _Side(batch, self.side)
        score = _sigmoid(self._model.logits(side.words, side.embedding))
        for index in side.disguised:
            read = [words(_undisguised(side.texts[index]))]
            score[index] = max(
                score[index], _sigmoid(self._model.logits(read, batch.encoder.encode(read)))[0]
            )
        score[~side.assessable] = np.nan
        labels = [_label(value) for value in score.tolist()]
        return Column(self.name, self.version, score, labels, lambda index: _sentence(float(score[index])))


class _Model:
    """The shipped weights; both sides share what has been worked out per word."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self.version = str(stored["version"])
            self._meaning = stored["meaning"].astype(np.float64) / (127 * SCALE)
            self._intercept = float(stored["intercept"][0])
            self._lexicon = Lexicon(
                *(stored[part].astype(np.int64) for part in ("words", "spellings", "pairs"))
            )

    def logits(self, texts: Sequence[Sequence[str]], embedding: Embeddings) -> NDArray[np.float64]:
        """Return how far each text lies above (or below) the limit."""
        # Products are summed row by row, in the same order whatever the number of rows.
        meaning = (embedding * self._meaning).sum(axis=1)
        return np.asarray(self._lexicon.weigh(texts) + meaning + self._intercept, np.float64)


@lru_cache(2)
def _model(path: Path) -> _Model:
    return _Model(path)


class _Side:
    """Prompt or response of a batch."""

    def __init__(self, batch: Batch, side: Literal["prompt", "response"]) -> None:
        asked = side == "prompt"
        self.texts = batch.prompt if asked else batch.response
        self.words = batch.prompt_words if asked else batch.response_words
        self.embedding = batch.prompt_embedding if asked else batch.response_embedding
        self.languages = batch.prompt_language if asked else batch.response_language

    @cached_property
    def assessable(self) -> NDArray[np.bool_]:
        pairs = zip(self.texts, self.languages, strict=True)
        return np.array([readable(text, language) for text, language in pairs], bool)

    @cached_property
    def disguised(self) -> list[int]:
        pairs = zip(self.texts, self.words, strict=True)
        return [index for index, (text, split) in enumerate(pairs) if _is_disguised(text, split)]


def _is_disguised(text: str, split: Sequence[str]) -> bool:
    return (
        (any(sign in text for sign in _SIGNS) and _SIGN.search(text) is not None)
        or (_has_single_letters(split) and _APART.search(text) is not None)
        or (not text.isascii() and _INVISIBLE.search(text) is not None)
    )


def _has_single_letters(split: Sequence[str]) -> bool:
    try:
        return _FOUR_LETTERS in bytes(map(len, split))
    except ValueError:  # a word of more than 255 letters: look closer
        return True


def _undisguised(text: str) -> str:
    seen = _SIGN.sub(lambda sign: _SIGNS[sign[0]], _INVISIBLE.sub("", text).lower())
    return _APART.sub(lambda letters: re.sub(r"[ .\-_*]", "", letters[0]), seen)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def _label(score: float) -> str:
    if score != score:  # noqa: PLR0124 - NaN
        return NOT_ASSESSABLE
    return "toxic" if score >= LIMIT else "clean"


def _sentence(score: float) -> str | None:
    if not score >= LIMIT:
        return None
    return f"Its words read like an insult, a threat or hate ({score:.2f}; toxic from {LIMIT:.2f} on)."
