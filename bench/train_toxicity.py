"""Train the toxicity model that ships, and judge it on folds it has not seen. Numpy only.

With OMP_NUM_THREADS=1 the same machine gives the same file.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.logistic import Task, Vector, fit
from bench.toxicity_texts import FOLDS, Source, sources
from detectors.encoders.static import StaticEncoder
from detectors.lexicon import LONGEST_TEXT, PAIRS, SCALE, SPELLINGS, WORDS, code, pair, spelling
from detectors.text import words

STRENGTH = 2.0
MEANING = 2.0  # how much a unit of the embedding counts, beside a word
PAIR = 0.7  # and a pair of words
FALSE_ALARMS = 0.005  # of benign answers, out of fold: this sets the threshold

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Entries of a sparse matrix, one by one."""

    rows: Indices
    columns: Indices
    values: Vector
    n_rows: int
    n_columns: int

    def times(self, weights: Vector) -> Vector:
        return np.bincount(self.rows, self.values * weights[self.columns], self.n_rows).astype(np.float64)

    def transposed_times(self, rows: Vector) -> Vector:
        return np.bincount(self.columns, self.values * rows[self.rows], self.n_columns).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Features:
    """Texts as the model sees them: meaning, words (and through them spellings), pairs.

    Attributes
    ----------
    used : texts by distinct words; `spelled` : distinct words by spellings; `codes` : bucket of each word
    """

    meaning: Vector
    used: Sparse
    spelled: Sparse
    codes: Indices
    pairs: Sparse

    @property
    def columns(self) -> int:
        return int(self.meaning.shape[1]) + WORDS + SPELLINGS + PAIRS

    def times(self, weights: Vector) -> Vector:
        meaning, word, spelled, pairs = np.split(weights, self._ends)
        of_words = word[self.codes] + self.spelled.times(spelled)
        return np.asarray(self.meaning @ meaning + self.used.times(of_words) + self.pairs.times(pairs))

    def transposed_times(self, rows: Vector) -> Vector:
        of_words = self.used.transposed_times(rows)
        word = np.bincount(self.codes, of_words, WORDS)
        spelled = self.spelled.transposed_times(of_words)
        return np.concatenate([rows @ self.meaning, word, spelled, self.pairs.transposed_times(rows)])

    @property
    def _ends(self) -> list[int]:
        first = self.meaning.shape[1]
        return [first, first + WORDS, first + WORDS + SPELLINGS]


def features(texts: Sequence[str], encoder: StaticEncoder) -> Features:
    """Return what the model sees of each text."""
    split = [words(text)[:LONGEST_TEXT] for text in texts]
    known = sorted({word for text in split for word in text})
    place = {word: at for at, word in enumerate(known)}
    owner = np.repeat(np.arange(len(split)), [len(text) for text in split])
    word = np.array([place[word] for text in split for word in text], np.int64)
    codes = np.array([code(word) for word in known], np.uint32)
    share = 1 / np.sqrt(np.maximum(np.bincount(owner, minlength=len(split)), 1))
    together = owner[1:] == owner[:-1]
    paired = pair(codes[word[:-1]], codes[word[1:]])[together].astype(np.int64)
    left = owner[:-1][together]
    meaning = encoder.encode(split).astype(np.float64) * (MEANING / 127)
    return Features(
        meaning,
        Sparse(owner, word, share[owner], len(split), len(known)),
        _spelled(known),
        (codes % WORDS).astype(np.int64),
        Sparse(left, paired, PAIR * share[left], len(split), PAIRS),
    )


def _spelled(known: Sequence[str]) -> Sparse:
    buckets = [spelling(word) for word in known]
    rows = np.repeat(np.arange(len(known)), [len(found) for found in buckets])
    share = 1 / np.sqrt(np.maximum([len(found) for found in buckets], 1))
    columns = np.array([bucket for found in buckets for bucket in found], np.int64)
    return Sparse(rows, columns, share[rows], len(known), SPELLINGS)


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights fitted on some sources, in the units of `Features`."""

    weights: Vector
    intercept: float

    def logits(self, seen: Features) -> Vector:
        return seen.times(self.weights) + self.intercept


Material = Sequence[tuple[Source, Features]]


def train(seen: Material, left_out: int | None = None) -> Trained:
    """Fit on every source that counts, but for one fold of each."""
    chosen = [(source, found) for source, found in seen if source.importance]
    texts = np.concatenate([np.array(source.toxic, np.float64) for source, _ in chosen])
    importance = [source.importance * (np.array(source.folds) != left_out) for source, _ in chosen]
    stacked = Stacked([found for _, found in chosen])
    return Trained(*fit(Task(stacked, texts, np.concatenate(importance), STRENGTH)))


@dataclass(frozen=True, slots=True)
class Stacked:
    """Several sources, one below the other."""

    parts: Sequence[Features]

    @property
    def columns(self) -> int:
        return self.parts[0].columns

    def times(self, weights: Vector) -> Vector:
        return np.concatenate([part.times(weights) for part in self.parts])

    def transposed_times(self, rows: Vector) -> Vector:
        ends = np.cumsum([len(part.meaning) for part in self.parts])[:-1]
        found = np.zeros(self.columns)
        for part, own in zip(self.parts, np.split(rows, ends), strict=True):
            found += part.transposed_times(own)
        return found


def out_of_fold(seen: Material) -> dict[str, Vector]:
    """Return the logit of every text, from a model that was not trained on it."""
    logits = {source.name: np.zeros(len(source.texts)) for source, _ in seen}
    for fold in range(FOLDS):
        trained = train(seen, fold)
        for source, found in seen:
            own = np.array(source.folds) == fold
            logits[source.name][own] = trained.logits(found)[own]
    return logits


def threshold(logits: dict[str, Vector]) -> float:
    """Return the logit that a share of FALSE_ALARMS of the benign answers passes, out of fold."""
    return float(np.quantile(logits["halueval_answers"], 1 - FALSE_ALARMS))


def main() -> None:
    """Write `toxicity.npz`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("detectors/models/toxicity.npz"))
    arguments = parser.parse_args()
    encoder = StaticEncoder()
    seen = material(encoder)
    _save(arguments.out, train(seen), threshold(out_of_fold(seen)), encoder)


def material(encoder: StaticEncoder) -> Material:
    """Return every source and what the model sees of it."""
    return [(source, features(source.texts, encoder)) for source in sources()]


def _save(out: Path, trained: Trained, limit: float, encoder: StaticEncoder) -> None:
    meaning, word, spelled, pairs = np.split(
        np.rint(trained.weights * SCALE).astype(np.int64),
        np.cumsum([len(trained.weights) - WORDS - SPELLINGS - PAIRS, WORDS, SPELLINGS]),
    )
    parts: dict[str, NDArray[np.generic]] = {
        "meaning": np.rint(meaning * MEANING).astype(np.int32),
        "words": word.astype(np.int16),
        "spellings": spelled.astype(np.int16),
        "pairs": np.rint(pairs * PAIR).astype(np.int16),
        "intercept": np.array([trained.intercept - limit]),
    }
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts.values())).hexdigest()[:8]
    version = f"{digest}+{encoder.version}"
    parts["version"] = np.array(version)
    np.savez_compressed(out, allow_pickle=False, **parts)
    print(version, out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
