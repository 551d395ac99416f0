"""Routes on which people judged every answer of several models to the same questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.groundedness import ragtruth, risks

Floats = NDArray[np.float64]

# Vectara's board of 2023-11-01 (Apache-2.0): share of summaries with something made up.
BOARD_2023 = {
    "gpt4": 0.030,
    "gpt-4-0613": 0.030,
    "chatgpt": 0.035,
    "gpt-3.5-turbo-0613": 0.035,
    "llama2_70b_chat": 0.051,
    "llama-2-70b-chat": 0.051,
    "llama-2-7b-chat": 0.056,
    "llama-2-13b-chat": 0.059,
    "claude2": 0.085,
    "mistral-7B-instruct": 0.094,
}
SUCCESSORS = {"davinci001": "chatgpt", "chatgpt": "gpt4", "gpt-3.5-turbo-0613": "gpt-4-0613"}  # OpenAI's own


@dataclass(frozen=True)
class Compared:
    """Two models on the questions of one route that both answered.

    Attributes
    ----------
    incumbent, candidate : (q,) 1 where people found something unsupported
    scores : (2, q) the detector's, incumbent first; None where the answers' contexts are not at hand
    """

    route: str
    names: tuple[str, str]
    incumbent: Floats
    candidate: Floats
    scores: Floats | None

    @property
    def difference(self) -> Floats:
        """Candidate minus incumbent, per question."""
        return self.candidate - self.incumbent

    def tilted(self, difference: float) -> Floats | None:
        """Return the weights of questions (q,) nearest to even that make the models differ by so much.

        None where no weights can.
        """
        own = self.difference
        if not own.min() < difference < own.max():
            return None
        low, high = -30.0, 30.0
        for _ in range(60):
            middle = (low + high) / 2
            weight: Floats = np.exp(middle * own)
            low, high = (middle, high) if (weight @ own) / weight.sum() < difference else (low, middle)
        return np.asarray(weight / weight.sum())


def refchecker(folder: Path) -> list[Compared]:
    """Return every ordered pair of seven models on three routes of 100 questions."""
    found: list[Compared] = []
    for route in sorted(path for path in folder.iterdir() if path.is_dir()):
        bad: dict[str, dict[str, float]] = {}
        for file in sorted(route.glob("*_answers.json")):
            name = file.stem.removesuffix("_answers").split("_", 1)[1]
            bad[name] = {str(one["id"]): _unsupported(one) for one in json.loads(file.read_text("utf-8"))}
        found += [
            Compared(
                route.name,
                (a, b),
                np.array([bad[a][one] for one in bad[a]]),
                np.array([bad[b][one] for one in bad[a]]),
                None,
            )
            for a, b in permutations(sorted(bad), 2)
        ]
    return found


def ragtruth_pairs(path: Path) -> list[Compared]:
    """Return every ordered pair of six models on questions with passages, with our groundedness risk."""
    answers = ragtruth(path)
    risk = risks(answers.events)
    by_model: dict[str, dict[str, int]] = {}
    for place, (model, source) in enumerate(zip(answers.model, answers.source, strict=True)):
        by_model.setdefault(model, {})[source] = place
    bad = np.array(answers.unsupported, np.float64)
    return list(_pairs(by_model, bad, risk))


def _pairs(by_model: dict[str, dict[str, int]], bad: Floats, risk: Floats) -> Iterator[Compared]:
    for a, b in permutations(sorted(by_model), 2):
        both = sorted(set(by_model[a]) & set(by_model[b]))
        one, other = ([by_model[model][source] for source in both] for model in (a, b))
        yield Compared("ragtruth_qa", (a, b), bad[one], bad[other], np.stack([risk[one], risk[other]]))


def _unsupported(answer: dict[str, object]) -> float:
    claims = answer["claude2_response_kg"]
    assert isinstance(claims, list)
    return float(any(claim["human_label"] != "Entailment" for claim in claims))
