"""Measure what the encoders know: intents of customer questions, topics that move, and what a text costs.

Banking77 and CLINC150: the intent of a question by vote of its five nearest neighbours in the training part,
beside a baseline that knows words only (the same neighbours over word counts). Then a window of 300 CLINC150
queries, some from a domain that the reference of 1,000 has never seen: how well the distance of the means
tells it from a window without them. The static table is tier 0's; MiniLM is for samples.

python -m bench.embedding [--json] [--full]
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.machine import cpu_s
from bench.ranking import auc
from bench.report import emit, options, required
from detectors import registry
from detectors.text import words

NEIGHBOURS = 5
REFERENCE, WINDOW, DRAWS = 1_000, 300, 200
SHARES = (0.05, 0.1)  # of a window from an unseen domain
TIMED = 500

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Texts, and the intent of each."""

    texts: list[str]
    intents: NDArray[np.str_]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    every = 1 if chosen.full else 3
    encoders: dict[str, Encode] = {"static256": _static, "minilm": registry.text_encoder().encode}
    banking, clinc = (_banking("train"), _banking("test", every)), (_clinc("train"), _clinc("test", every))
    known = {name: (encode(banking[0].texts), encode(clinc[0].texts)) for name, encode in encoders.items()}
    rows: list[dict[str, object]] = []
    for at, (name, (train, test)) in enumerate({"banking77": banking, "clinc150": clinc}.items()):
        found = {
            key: _accuracy(known[key][at], encode(test.texts), train, test)
            for key, encode in encoders.items()
        }
        counted = _accuracy(*_counts(train.texts, test.texts), train, test)
        rows.append({"set": name, **found, "word_counts": counted, "n": len(test.texts)})
    for share in SHARES:
        told = {key: _told(embedded[1], clinc[0], share) for key, embedded in known.items()}
        rows.append({"set": f"{share:.0%} of a window unseen, AUC", **told, "n": 2 * DRAWS})
    timed = banking[1].texts[:TIMED]
    cost = {key: cpu_s(partial(encode, timed)) / TIMED * 1e6 for key, encode in encoders.items()}
    rows.append({"set": "us per question", **cost, "n": TIMED})
    emit(
        "embedding",
        float(str(rows[0]["static256"])),
        "accuracy on banking77, 5 neighbours",
        n=len(banking[1].texts),
        baseline=float(str(rows[0]["word_counts"])),
        rows=rows,
        as_json=chosen.json,
    )


def _static(texts: Sequence[str]) -> Floats:
    return _unit(registry.encoder().encode([words(text) for text in texts]))


def _banking(part: str, every: int = 1) -> Questions:
    with required("drift", "banking77", f"{part}.csv").open(encoding="utf-8") as file:
        return _questions([(row["text"], row["category"]) for row in csv.DictReader(file)][::every])


def _clinc(part: str, every: int = 1) -> Questions:
    found = json.loads(required("drift", "clinc150", "data_full.json").read_text(encoding="utf-8"))
    return _questions(found[part][::every])


def _questions(rows: Sequence[Sequence[str]]) -> Questions:
    return Questions([text for text, _ in rows], np.array([intent for _, intent in rows]))


def _accuracy(known: Floats, asked: Floats, train: Questions, test: Questions) -> float:
    near = np.argpartition(-(asked @ known.T), NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    votes = [_most(intents) for intents in train.intents[near]]
    return float(np.mean(np.array(votes) == test.intents))


def _most(intents: NDArray[np.str_]) -> str:
    found, counts = np.unique(intents, return_counts=True)
    return str(found[counts.argmax()])


def _told(rows: Floats, questions: Questions, share: float) -> float:
    """How well windows that moved rank above windows that did not; every encoder sees the same windows."""
    moved: list[bool] = []
    distance: list[float] = []
    for reference, window, unseen in _windows(questions, share):
        mean = rows[reference].mean(axis=0)
        for chosen, has_moved in ((window, False), (unseen, True)):
            moved.append(has_moved)
            distance.append(float(np.linalg.norm(rows[chosen].mean(axis=0) - mean)))
    return auc(moved, distance)


def _windows(questions: Questions, share: float) -> Iterator[tuple[NDArray[np.intp], ...]]:
    """Draw a reference, a window like it, and one with a share of queries from another domain."""
    domains: dict[str, list[str]] = json.loads(
        required("drift", "clinc150", "domains.json").read_text(encoding="utf-8")
    )
    rng = np.random.default_rng(7)
    of = [np.isin(questions.intents, intents) for intents in domains.values()]
    new = round(share * WINDOW)
    for draw in range(DRAWS):
        unseen = of[draw % len(of)]
        usual = rng.permutation(np.flatnonzero(~unseen))
        reference, window, rest = np.split(
            usual[: REFERENCE + 2 * WINDOW - new], [REFERENCE, REFERENCE + WINDOW]
        )
        yield (
            reference,
            window,
            np.concatenate([rest, rng.choice(np.flatnonzero(unseen), new, replace=False)]),
        )


def _counts(train: Sequence[str], test: Sequence[str]) -> tuple[Floats, Floats]:
    places = {word: at for at, word in enumerate(sorted({word for text in train for word in words(text)}))}
    return _counted(train, places), _counted(test, places)


def _counted(texts: Sequence[str], places: dict[str, int]) -> Floats:
    table = np.zeros((len(texts), len(places)), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            if word in places:
                table[row, places[word]] += 1
    return _unit(table)


def _unit(rows: NDArray[np.int8] | Floats) -> Floats:
    exact = rows.astype(np.float32)
    return np.asarray(exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-9), np.float32)


if __name__ == "__main__":
    main()
