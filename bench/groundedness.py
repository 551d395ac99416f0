"""Measure whether the groundedness risk finds unsupported answers, and better than counting new words.

RAGTruth-QA (people marked the unsupported spans in answers of six models) with the trivial baselines beside
it, each answering model alone, then the sets where it is weak: minimal factual edits (SummEdits), errors in
summaries (CLIFF), and faithful summaries corrupted in one known way.

python -m bench.groundedness [--json] [--full]
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fmwatch.event import Generation
from numpy.typing import NDArray

from bench import corruptions
from bench.ranking import auc, difference, rates
from bench.report import emit, options, required
from detectors.batch import Batch
from detectors.claims import stems, tokens
from detectors.encoders.static import StaticEncoder
from detectors.scorers.groundedness import THRESHOLD, Groundedness
from detectors.testing import generation

TRAIN = ("news", "samsum", "scitldr", "ectsum", "sales_email")
DEVELOP = ("qmsumm",)
ENOUGH = 10  # unsupported answers that one model's own AUC needs
Row = Mapping[str, object]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """A labelled set: calls, whether people found something unsupported, the model, and what they share."""

    events: list[Generation]
    unsupported: list[bool]
    model: list[str]
    source: list[str]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    answers = ragtruth(required("hallucination", "ragtruth_qa", "dev.jsonl"))
    ours, theirs = risks(answers.events), np.array([novelty(event) for event in answers.events])
    rounds = 10_000 if chosen.full else 2_000
    low, high = difference(answers.unsupported, ours, theirs, answers.source, rounds=rounds)
    within = by_model(answers, ours)
    figure, baseline = auc(answers.unsupported, ours), auc(answers.unsupported, theirs)
    enough = [float(str(row["auc"])) for row in within if int(str(row["unsupported"])) >= ENOUGH]
    rows: list[Row] = [
        {"set": "ragtruth_qa", "score": "groundedness", "auc": figure, **_verdict(answers.unsupported, ours)},
        {"set": "ragtruth_qa", "score": "novelty only", "auc": baseline},
        {
            "set": "ragtruth_qa",
            "score": "length only",
            "auc": auc(answers.unsupported, lengths(answers.events)),
        },
        {
            "set": "ragtruth_qa",
            "score": "always unsupported",
            **rates(answers.unsupported, np.ones(len(ours))),
        },
        {"set": "ragtruth_qa", "score": "minus novelty", "auc": figure - baseline, "low": low, "high": high},
        {
            "set": "ragtruth_qa",
            "score": "mean within a model",
            "auc": float(np.mean(enough)),
            "n": len(enough),
        },
        *within,
        *summedits(required("hallucination", "summedits")),
        cliff(required("hallucination", "cliff", "cliff_val.csv")),
        *corruption_rows(required("hallucination", "summedits"), 1_200 if chosen.full else 400),
        cost(answers.events),
    ]
    emit(
        "groundedness",
        figure,
        "AUC on RAGTruth-QA",
        n=len(ours),
        baseline=baseline,
        rows=rows,
        as_json=chosen.json,
    )


def risks(events: Sequence[Generation]) -> Floats:
    """Return our scores; what cannot be assessed counts as supported."""
    column = Groundedness().score(Batch(events, StaticEncoder()))
    return np.nan_to_num(column.score.astype(np.float64), nan=0.0)


def novelty(event: Generation) -> float:
    """Return the share of content words whose stem the context has not: the usual cheap check."""
    seen = stems("\n".join(passage.text for passage in event.context))
    said = [word.stem for word in tokens(event.response) if word.kind not in {"empty", "end"}]
    return sum(stem not in seen for stem in said) / max(1, len(said))


def lengths(events: Sequence[Generation]) -> list[int]:
    """Return the length of each answer."""
    return [len(event.response) for event in events]


def by_model(answers: Answers, score: Floats) -> list[Row]:
    """Return one row per answering model: the figure that counts where one model is deployed."""
    found: list[Row] = []
    for model in sorted(set(answers.model)):
        mine = [place for place, name in enumerate(answers.model) if name == model]
        labels = [answers.unsupported[place] for place in mine]
        row = {"set": "ragtruth_qa", "score": "groundedness", "model": model, "n": len(mine)}
        found.append(
            {
                **row,
                "unsupported": sum(labels),
                "auc": auc(labels, score[mine]) if 0 < sum(labels) < len(labels) else None,
                **_verdict(labels, score[mine]),
            }
        )
    return found


def ragtruth(path: Path) -> Answers:
    """Read the answers of six models to the same questions."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return Answers(
        [
            generation(
                event_id=f"r{n}", prompt=one["query"], context=[one["context"]], response=one["response"]
            )
            for n, one in enumerate(lines)
        ],
        [bool(one["hallucinated"]) for one in lines],
        [one["model"] for one in lines],
        [one["source_id"] for one in lines],
    )


def summedits(folder: Path) -> list[Row]:
    """Return one row per domain; the threshold is the shipped one, nothing is fitted."""
    found: list[Row] = []
    for domain in (*TRAIN, *DEVELOP):
        pairs = json.loads((folder / f"summedits_{domain}.json").read_text(encoding="utf-8"))
        score = risks([_summary(one["doc"], one["summary"]) for one in pairs])
        wrong = [one["label"] == 0 for one in pairs]
        found.append(_row(f"summedits {domain}", wrong, score))
    return found


def cliff(path: Path) -> Row:
    """Return the row of summaries of news by several models."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    score = risks([_summary(one["doc"], one["summ"]) for one in lines])
    return _row("cliff", [one["error_type"] != "correct" for one in lines], score)


def corruption_rows(folder: Path, most: int) -> list[Row]:
    """Return one row per way to make a faithful summary false; half of each set is the untouched original."""
    pairs = [
        (one["doc"], one["summary"])
        for domain in TRAIN
        for one in json.loads((folder / f"summedits_{domain}.json").read_text(encoding="utf-8"))
        if one["label"] == 1
    ]
    pairs = pairs[:: max(1, len(pairs) // most)]
    found: list[Row] = []
    for kind in corruptions.KINDS:
        made = corruptions.corrupted(pairs, kind)
        events = [_summary(document, text) for (document, _), text in made]
        events += [_summary(document, faithful) for (document, faithful), _ in made]
        found.append(_row(f"corrupted {kind}", [True] * len(made) + [False] * len(made), risks(events)))
    return found


def cost(events: Sequence[Generation]) -> Row:
    """Return CPU per event where every second event has 400 words of context never seen before."""
    mixed = [_mixed(events, place) for place in range(len(events))]
    Batch(mixed, StaticEncoder()).response_language  # noqa: B018 - its cost belongs to the language scorer
    seconds = []
    for _ in range(5):
        scorer, batch = Groundedness(), Batch(mixed, StaticEncoder())
        began = time.process_time()
        scorer.score(batch)
        seconds.append(time.process_time() - began)
    return {
        "set": "cost",
        "us_per_event": 1e6 * float(np.median(seconds)) / len(mixed),
        "n": len(mixed),
    }


def _mixed(events: Sequence[Generation], place: int) -> Generation:
    event, other = events[place], events[(place * 7 + 1) % len(events)]
    text = " ".join(f"{event.context[0].text} {other.context[0].text}".split()[:399])
    context = [f"{text} {place}"] if place % 2 else []
    return generation(event_id=event.event_id, prompt=event.prompt, context=context, response=event.response)


def _summary(document: str, text: str) -> Generation:
    return generation(prompt="Summarise the document.", context=[document], response=text)


def _row(name: str, wrong: Sequence[bool], score: Floats) -> Row:
    return {"set": name, "n": len(wrong), "auc": auc(wrong, score), **_verdict(wrong, score)}


def _verdict(wrong: Sequence[bool], score: Floats) -> dict[str, float]:
    return rates(wrong, score >= THRESHOLD)


if __name__ == "__main__":
    main()
