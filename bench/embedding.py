"""Measure what the static embedding knows: intents of customer questions, found by their nearest neighbours.

Banking77 and CLINC150, trained on one part and judged on the other, beside a baseline that knows words only
(the same neighbours over word counts). Also the speed, caches warm.

python -m bench.embedding [--json] [--full]
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.machine import cpu_s
from bench.report import emit, options, required
from detectors.encoder import StaticEncoder
from detectors.text import words

NEIGHBOURS = 5
Labelled = tuple[list[list[str]], NDArray[np.str_]]
Floats = NDArray[np.float32]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    encoder = StaticEncoder()
    every = 1 if chosen.full else 3
    rows: list[dict[str, object]] = []
    for name, (train, test) in {"banking77": _banking(every), "clinc150": _clinc(every)}.items():
        meaning = _accuracy(_unit(encoder.encode(train[0])), _unit(encoder.encode(test[0])), train, test)
        counted = _accuracy(*_counts(train[0], test[0]), train, test)
        rows.append({"set": name, "static256": meaning, "word_counts": counted, "n": len(test[0])})
    texts = _banking(1)[1][0]
    seconds = cpu_s(lambda: encoder.encode(texts))
    rows.append({"set": "speed", "us_per_text": seconds / len(texts) * 1e6, "n": len(texts)})
    emit(
        "embedding",
        float(str(rows[0]["static256"])),
        "accuracy on banking77, 5 neighbours",
        n=int(str(rows[0]["n"])),
        baseline=float(str(rows[0]["word_counts"])),
        rows=rows,
        as_json=chosen.json,
    )


def _banking(every: int) -> tuple[Labelled, Labelled]:
    def read(part: str) -> list[tuple[str, str]]:
        with required("drift", "banking77", f"{part}.csv").open(encoding="utf-8") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    return _split(read("train")), _split(read("test")[::every])


def _clinc(every: int) -> tuple[Labelled, Labelled]:
    found = json.loads(required("drift", "clinc150", "data_full.json").read_text(encoding="utf-8"))
    return _split(found["train"]), _split(found["test"][::every])


def _split(rows: Sequence[Sequence[str]]) -> Labelled:
    return [words(text) for text, _ in rows], np.array([label for _, label in rows])


def _accuracy(train: Floats, test: Floats, known: Labelled, asked: Labelled) -> float:
    near = np.argpartition(-(test @ train.T), NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    votes = [_most(labels) for labels in known[1][near]]
    return float(np.mean(np.array(votes) == asked[1]))


def _most(labels: NDArray[np.str_]) -> str:
    found, counts = np.unique(labels, return_counts=True)
    return str(found[counts.argmax()])


def _counts(train: list[list[str]], test: list[list[str]]) -> tuple[Floats, Floats]:
    places = {word: at for at, word in enumerate(sorted({word for text in train for word in text}))}
    return _counted(train, places), _counted(test, places)


def _counted(texts: list[list[str]], places: dict[str, int]) -> Floats:
    table = np.zeros((len(texts), len(places)), np.float32)
    for row, text in enumerate(texts):
        for word in text:
            if word in places:
                table[row, places[word]] += 1
    return _unit(table)


def _unit(rows: NDArray[np.int8] | Floats) -> Floats:
    exact = rows.astype(np.float32)
    return np.asarray(exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-9), np.float32)


if __name__ == "__main__":
    main()
