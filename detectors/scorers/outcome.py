"""How each call ended: with an answer, an error, nothing at all, or an answer cut short."""

from __future__ import annotations

from typing import Literal

import numpy as np
from fmwatch.event import Generation

from detectors.base import Column
from detectors.batch import Batch

Ending = Literal["ok", "error", "empty", "cut"]

_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_FAILED = frozenset({"error"})
# These answer with numbers, pictures or a span, not with text.
_WITHOUT_TEXT = frozenset(
    {"embeddings", "rerank", "image", "audio", "execute_tool", "invoke_agent", "retrieval", "create_agent"}
)
_MEANING: dict[Ending, str] = {
    "ok": "The call ended with an answer.",
    "empty": "The call ended without an error, and without an answer or a tool call.",
    "cut": "The answer stops where the token limit was reached.",
}


class Outcome:
    """Labels each call ok, error, empty or cut; the score is 0 for ok and 1 for the rest."""

    name = "outcome"
    version = "1"

    def score(self, batch: Batch) -> Column:
        """Return one ending per event."""
        endings = [ending(event) for event in batch.events]
        score = np.array([label != "ok" for label in endings], np.float32)
        return Column(
            self.name, self.version, score, endings, explain=lambda index: _sentence(batch.events[index])
        )


def ending(event: Generation) -> Ending:
    """Return how a call ended."""
    if event.error_type or event.finish_reason.lower() in _FAILED:
        return "error"
    # An answer of nothing but reasoning that hit the limit was cut, though no text came of it.
    if event.finish_reason.lower() in _CUT:
        return "cut"
    answered = event.response.strip() or event.tool_calls or event.operation in _WITHOUT_TEXT
    return "ok" if answered else "empty"


def _sentence(event: Generation) -> str:
    label = ending(event)
    return f"The call failed: {event.error_type or 'error'}." if label == "error" else _MEANING[label]
