"""Every call ends in one of five ways."""

from typing import Any

import pytest

from detectors import registry
from detectors.batch import Batch
from detectors.scorers.outcome import Outcome
from detectors.testing import generation


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "ok"),
        ({"finish_reason": ""}, "ok"),
        ({"response": "", "tool_calls": ({"name": "search"},), "finish_reason": "tool_calls"}, "ok"),
        ({"response": "", "operation": "embeddings"}, "ok"),
        ({"response": "", "finish_reason": "stop"}, "empty"),
        ({"response": " \n"}, "empty"),
        ({"finish_reason": "length"}, "cut"),
        ({"finish_reason": "MAX_TOKENS"}, "cut"),
        ({"response": "", "finish_reason": "length"}, "cut"),
        ({"response": "", "error_type": "timeout"}, "error"),
        ({"error_type": "rate_limit", "finish_reason": "length"}, "error"),
        ({"response": "", "finish_reason": "error"}, "error"),
        ({"error_type": "client_abort"}, "aborted"),
        ({"response": "", "error_type": "client_abort", "finish_reason": "length"}, "aborted"),
    ],
)
def test_ending(fields: dict[str, Any], expected: str) -> None:
    """What was answered, why it stopped and what failed decide, the failure first."""
    column = Outcome().score(Batch([generation(**fields)], registry.encoder()))
    assert column.label == [expected]
    assert column.score.tolist() == [float(expected not in {"ok", "aborted"})]


def test_sentence() -> None:
    """The explanation names the error."""
    column = Outcome().score(Batch([generation(error_type="timeout")], registry.encoder()))
    assert column.explain(0) == "The call failed: timeout."
