"""Calls of a small fleet, the same for the same seed, with verdicts as tier 0 would give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
from fmwatch.event import Generation, Message, Passage, Usage

from detectors.base import Column
from detectors.batch import Batch, Embeddings

START = datetime(2026, 5, 4, tzinfo=UTC)
MINUTE = int(START.timestamp()) // 60
LABELS = {
    "hallucination": ("grounded", "unsupported", "not_assessable"),
    "toxicity_prompt": ("clean", "toxic", "not_assessable"),
    "toxicity_response": ("clean", "toxic", "not_assessable"),
    "refusal": ("answered", "refused", "not_assessable"),
    "privacy": ("clean", "found", "not_assessable"),
    "language": ("en", "de", "not_assessable"),
    "outcome": ("ok", "error", "empty"),
}


class Encoder:
    """Rows that are a pure function of the words."""

    version = "test-1"

    def encode(self, texts: Sequence[Sequence[str]]) -> Embeddings:
        """Return int8 (n, 256); no words give zeros."""
        return np.array([self._row(words) for words in texts], dtype=np.int8).reshape(len(texts), 256)

    def _row(self, words: Sequence[str]) -> Embeddings:
        random = np.random.default_rng([len(word) for word in words])
        return random.integers(-127, 127, 256).astype(np.int8) if words else np.zeros(256, np.int8)


def call(index: int = 0, seconds: float = 0.0) -> Generation:
    """Return the call of that number, so many seconds after the start."""
    random = Random(index)  # noqa: S311 - repeatable, not secret
    route = random.choice(["support/answer", "support/triage", "sales/mail"])
    return Generation(
        event_id=f"e{index}",
        occurred_at=START + timedelta(seconds=seconds),
        provider="openai",
        platform="azure",
        request_model=random.choice(["gpt-4o", "gpt-4o-mini"]),
        response_model="gpt-4o-2024-08-06",
        team=route.split("/")[0],
        app="desk",
        route=route,
        tags={"version": "7"},
        prompt=f"question {index} about orders",
        messages=(Message("user", "hello"),),
        response=f"answer {index}",
        context=(Passage("orders ship on Monday", id="p1", score=0.5),),
        latency_ms=random.uniform(50, 4000),
        ttft_ms=random.uniform(20, 400),
        usage=Usage(
            input=random.randint(1, 4000), output=random.randint(1, 900), cache_read=random.randint(0, 9)
        ),
    )


def calls(n: int, step_s: float = 7.0, start: int = 0) -> list[Generation]:
    """Return n calls, one every `step_s` seconds."""
    return [call(index, index * step_s) for index in range(start, start + n)]


def verdicts(events: Sequence[Generation]) -> dict[str, Column]:
    """Return verdicts that are a pure function of each event's id."""
    randoms = [Random(repr(event.event_id)) for event in events]  # noqa: S311 - repeatable, not secret
    found = {}
    for name, words in LABELS.items():
        labels = [random.choices(words, (8, 1, 1))[0] for random in randoms]
        score = np.array(
            [np.nan if label == "not_assessable" else len(label) for label in labels], np.float32
        )
        parts = {"kinds": [{"email": 1} if label == "found" else {} for label in labels]}
        found[name] = Column(name, "1", score, labels, parts=parts if name == "privacy" else {})
    return {**found, "spend": _spend(randoms)}


def _spend(randoms: Sequence[Random]) -> Column:
    spent = [random.choice([None, random.randrange(10**11)]) for random in randoms]
    zero = [0] * len(spent)
    parts: dict[str, Sequence[object]] = {
        "cost_pusd": spent,
        "cost_input_pusd": [cost or 0 for cost in spent],
        "cost_output_pusd": zero,
        "cost_cache_pusd": zero,
        "cost_other_pusd": zero,
        "price_source": ["genai-prices" if cost is not None else "" for cost in spent],
        "price_as_of": ["2026-05-01"] * len(spent),
        "unpriced_reason": ["" if cost is not None else "unknown_model" for cost in spent],
    }
    score = np.array([np.nan if cost is None else cost / 1e12 for cost in spent], np.float32)
    return Column(
        "spend", "1", score, ["unpriced" if cost is None else "priced" for cost in spent], parts=parts
    )


def batch(events: Sequence[Generation]) -> Batch:
    """Return the events as a batch with the test encoder."""
    return Batch(list(events), Encoder())


def moved(event: Generation, **changes: object) -> Generation:
    """Return the event with some fields changed."""
    return replace(event, **changes)  # type: ignore[arg-type]  # any field
