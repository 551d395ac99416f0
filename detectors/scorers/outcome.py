"""How each call ended: with an answer, an error, nothing at all, or an answer cut short."""

from __future__ import annotations

from typing import Literal

import numpy as np
from fmwatch.event import Generation

from detectors.base import Column
from detectors.batch import Batch

Ending = Literal["ok", "aborted", "error", "empty", "cut"]

# Whoever asked stopped reading: no fault of the model's, and no answer to measure.
ABORTED = "client_abort"

_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_FAILED = frozenset({"error"})
_FINE = frozenset({"ok", "aborted"})
# These answer with numbers, pictures or a span, not with text.
_WITHOUT_TEXT = frozenset(
    {"embeddings", "rerank", "image", "audio", "execute_tool", "invoke_agent", "retrieval", "create_agent"}
)
_MEANING: dict[Ending, str] = {
    "ok": "The call ended with an answer.",
    "aborted": "The application stopped reading before the answer ended.",
    "empty": "The call ended without an error, and without an answer or a tool call.",
    "cut": "The answer stops where the token limit was reached.",
}


class Outcome:
    """Labels each call ok, aborted, error, empty or cut; the score is 0 for the first two, else 1."""

    name = "outcome"
    version = "2"

    def score(self, batch: Batch) -> Column:
        """Return one ending per event."""
        endings = [ending(event) for event in batch.events]
        score = np.array([label not in _FINE for label in endings], np.float32)
        return Column(
            self.name, self.version, score, endings, explain=lambda index: _sentence(batch.events[index])
        )


def ending(event: Generation) -> Ending:
    """Return how a call ended."""
    if event.error_type == ABORTED:
        return "aborted"
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
