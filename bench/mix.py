"""Events to measure speed on: lengths of production chat, half of them with about 400 words of context.

Sentences come from public sets that may ship (HaluEval general, SummEdits), whole where they are at hand,
else from the samples that the demo ships. Prompts and answers are strung together to a log-normal length of
52 and 118 words on average; a context is made of other answers and documents, with part of the answer in it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Sequence
from math import log
from pathlib import Path
from random import Random

from fmwatch.event import Generation, Usage

from bench.report import development_data
from detectors.testing import generation

PROMPT_WORDS, RESPONSE_WORDS, CONTEXT_WORDS = 52, 118, 400
SPREAD = 0.7  # of the logarithm of a length
WITH_CONTEXT = 0.5
MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "o3", "gpt-4.1-mini")
SHIPPED = Path(__file__).parents[1] / "services" / "demo" / "data"

_END = re.compile(r"(?<=[.!?])\s+")

Texts = Sequence[str]


def halves(n: int, seed: int = 0) -> tuple[list[Generation], list[Generation]]:
    """Return two lists of `n` events that share no question, answer or document."""
    questions, answers, documents = _texts()
    draw = Random(seed)  # noqa: S311 - no secret
    for texts in (questions, answers, documents):
        draw.shuffle(texts)
    first = [texts[: len(texts) // 2] for texts in (questions, answers, documents)]
    second = [texts[len(texts) // 2 :] for texts in (questions, answers, documents)]
    return _events(n, "a", draw, first), _events(n, "b", draw, second)


def _events(n: int, name: str, draw: Random, texts: Sequence[Texts]) -> list[Generation]:
    questions, answers, documents = texts
    prompts, responses = _strung(questions, draw), _strung(answers, draw)
    passages = _strung([*documents, *answers], draw)
    return [_event(f"{name}-{number}", draw, prompts, responses, passages) for number in range(n)]


def _event(
    event_id: str,
    draw: Random,
    prompts: Callable[[int], str],
    responses: Callable[[int], str],
    passages: Callable[[int], str],
) -> Generation:
    prompt, response = prompts(_length(draw, PROMPT_WORDS)), responses(_length(draw, RESPONSE_WORDS))
    context: list[str] = []
    if draw.random() < WITH_CONTEXT:
        known = " ".join(_END.split(response)[::2])
        context = [known, *(passages((CONTEXT_WORDS - len(known.split())) // 3) for _ in range(3))]
    words = sum(len(text.split()) for text in (prompt, *context))
    return generation(
        event_id=event_id,
        request_model=draw.choice(MODELS),
        prompt=prompt,
        response=response,
        context=context,
        usage=Usage(input=words * 4 // 3 + 40, output=len(response.split()) * 4 // 3),
        latency_ms=draw.lognormvariate(7, 0.5),
    )


def _length(draw: Random, mean: int) -> int:
    return max(3, round(draw.lognormvariate(log(mean) - SPREAD**2 / 2, SPREAD)))


def _strung(texts: Texts, draw: Random) -> Callable[[int], str]:
    """Return a function that strings texts together to a number of words."""

    def string(words: int) -> str:
        wanted = max(words, 1)
        found: list[str] = []
        while len(found) < wanted:
            found += draw.choice(texts).split(" ")
        return " ".join(found[:wanted])

    return string


def _texts() -> tuple[list[str], list[str], list[str]]:
    general = development_data("traffic", "halueval_general", "general_data.json")
    summedits = development_data("hallucination", "summedits")
    if general is None or summedits is None:
        return _shipped()
    rows = [json.loads(line) for line in general.read_text(encoding="utf-8").splitlines()]
    documents = {
        row["doc"]
        for file in sorted(summedits.glob("*.json"))
        for row in json.loads(file.read_text(encoding="utf-8"))
    }
    return [row["user_query"] for row in rows], [row["chatgpt_response"] for row in rows], sorted(documents)


def _shipped() -> tuple[list[str], list[str], list[str]]:
    chat, documents = (
        json.loads(gzip.decompress((SHIPPED / name).read_bytes()))
        for name in ("chat.json.gz", "documents.json.gz")
    )
    return [row[0] for row in chat], [" ".join(row[1]) for row in chat], [" ".join(row) for row in documents]
