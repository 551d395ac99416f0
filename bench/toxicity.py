"""Measure the toxicity score on real chat prompts, out of fold, and its false alarms on benign texts.

The moderation set is training data too, so its figures come from models that have not seen the text they
judge (five folds, trained here); the shipped weights are trained on all of it. Benign user queries (HaluEval
general) are in no model's training. The trivial baselines, length and a word list, stand beside it, each with
its threshold where it flags as many clean prompts of the set as we do.

python -m bench.toxicity [--json] [--full]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bench.logistic import Vector
from bench.ranking import auc
from bench.report import emit, options, required
from bench.toxicity_texts import Source, categories
from bench.train_toxicity import material, out_of_fold, threshold
from detectors.batch import Batch
from detectors.encoders.static import StaticEncoder
from detectors.scorers.toxicity import LIMIT, Toxicity
from detectors.testing import generation
from detectors.text import words

BENIGN = ("halueval_queries", "halueval_answers", "clinc150", "banking77", "summedits")
Row = Mapping[str, object]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    encoder = StaticEncoder()
    seen = material(encoder)
    logits = out_of_fold(seen)
    limit = threshold(logits)
    by_name = {source.name: source for source, _ in seen}
    toxic = np.array(by_name["openai_moderation"].toxic)
    prompts = logits["openai_moderation"]
    recall = float((prompts[toxic] >= limit).mean())
    alarms = float((prompts[~toxic] >= limit).mean())
    baselines = _baselines(by_name, toxic, alarms)
    rows: list[Row] = [
        {
            "set": "openai_moderation",
            "auc": auc(toxic, prompts),
            "recall": recall,
            **_flagged(prompts[~toxic], limit),
        },
        *baselines,
        *({"set": name, **_flagged(logits[name], limit)} for name in BENIGN),
        *_shipped(by_name, encoder),
        *_by_category(prompts, limit),
        _transfer(encoder),
    ]
    best = max(float(str(row["recall"])) for row in baselines)
    emit(
        "toxicity",
        recall,
        "recall at the shipped threshold, out of fold",
        n=len(prompts),
        baseline=best,
        rows=rows,
        as_json=chosen.json,
    )


def _flagged(logits: Vector, limit: float) -> dict[str, object]:
    return {"false_alarm_ratio": float((logits >= limit).mean()), "benign": len(logits)}


def _baselines(by_name: Mapping[str, Source], toxic: NDArray[np.bool_], alarms: float) -> list[Row]:
    """Score by length, and by the worst word of a list."""
    scores: dict[str, Callable[[str], float]] = {
        "length": len,
        "word_list": _listed(by_name),
    }
    rows: list[Row] = []
    for name, score in scores.items():
        ours = np.array([score(text) for text in by_name["openai_moderation"].texts])
        limit = float(np.quantile(ours[~toxic], 1 - alarms))
        recall = float((ours[toxic] > limit).mean())
        clean = float((ours[~toxic] > limit).mean())
        row = {"auc": auc(toxic, ours), "recall": recall, "false_alarm_ratio": clean}
        rows.append({"set": f"openai_moderation, {name}", **row, "benign": int((~toxic).sum())})
    return rows


def _listed(by_name: Mapping[str, Source]) -> Callable[[str], float]:
    """Return how strongly the worst word of a text marks offensive tweets, among the 300 that do so best."""
    counts: dict[bool, dict[str, int]] = {True: {}, False: {}}
    tweets = by_name["tdavidson"]
    for text, toxic in zip(tweets.texts, tweets.toxic, strict=True):
        for word in set(words(text)):
            counts[toxic][word] = counts[toxic].get(word, 0) + 1
    odds = {
        word: (n / sum(tweets.toxic)) - counts[False].get(word, 0) / tweets.toxic.count(False)
        for word, n in counts[True].items()
    }
    listed = set(sorted(odds, key=odds.__getitem__, reverse=True)[:300])
    ranked = {word: odds[word] for word in listed}
    return lambda text: max((ranked.get(word, 0.0) for word in words(text)), default=0.0)


def _shipped(by_name: Mapping[str, Source], encoder: StaticEncoder) -> list[Row]:
    """The program itself, on texts that the shipped weights have never seen."""
    texts = by_name["halueval_queries"].texts
    column = Toxicity("prompt").score(Batch([generation(prompt=text) for text in texts], encoder))
    flagged = float((column.score >= LIMIT).mean())
    return [{"set": "halueval_queries, shipped weights", "false_alarm_ratio": flagged, "benign": len(texts)}]


def _by_category(logits: Vector, limit: float) -> list[Row]:
    marked = categories()
    rows: list[Row] = []
    for category in sorted({name for names in marked for name in names}):
        own = np.array([category in names for names in marked])
        rows.append(
            {
                "set": f"openai_moderation, {category}",
                "recall": float((logits[own] >= limit).mean()),
                "toxic": int(own.sum()),
            }
        )
    return rows


def _transfer(encoder: StaticEncoder) -> Row:
    """Implicit hate without a rude word: what this score does not see."""
    folder = required("toxicity", "toxigen_seeds", "demonstrations")
    texts: list[str] = []
    hateful: list[bool] = []
    for file in sorted(folder.glob("*/*.txt")):
        lines = [line.strip(" -\n") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        texts += lines
        hateful += [file.name.startswith("hate")] * len(lines)
    column = Toxicity("prompt").score(Batch([generation(prompt=text) for text in texts], encoder))
    score = np.nan_to_num(column.score)
    return {
        "set": "toxigen_seeds, shipped weights",
        "auc": auc(hateful, score),
        "recall": float((score[np.array(hateful)] >= LIMIT).mean()),
        "false_alarm_ratio": float((score[~np.array(hateful)] >= LIMIT).mean()),
        "benign": hateful.count(False),
    }


if __name__ == "__main__":
    main()
