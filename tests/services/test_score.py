import json

import pytest

from detectors.testing import NOON
from services.score import score_lines

CALL = {"event_id": "a", "occurred_at": NOON.isoformat(), "provider": "openai", "request_model": "gpt-4o"}
NAMES = {
    *(
        "hallucination",
        "toxicity_prompt",
        "toxicity_response",
        "refusal",
        "spend",
        "language",
        "privacy",
        "outcome",
        "residency",
    ),
}


def _score(*events: object) -> list[dict[str, object]]:
    return list(score_lines(json.dumps(event).encode() for event in events))


def test_verdicts() -> None:
    """Each event gets every verdict, with score, label, version and inclusion."""
    text = {"prompt": "Who made it?", "response": "Bob made it.", "context": ["Bob made it in 1987."]}
    [found] = _score({**CALL, **text, "usage": {"input": 1000, "output": 200}})
    assert found["event_id"] == "a"
    verdicts = found["verdicts"]
    assert isinstance(verdicts, dict)
    assert set(verdicts) == NAMES
    for verdict in verdicts.values():
        assert set(verdict) - {"explanation"} == {"score", "label", "version", "inclusion"}
        assert verdict["inclusion"] == 1.0
    assert verdicts["hallucination"]["label"] == "grounded"
    assert verdicts["spend"]["score"] == pytest.approx(0.0045)


def test_not_assessable() -> None:
    """A score that cannot be given is null with the label not_assessable, and where known a reason."""
    [found] = _score({**CALL, "request_model": "no-such-model", "usage": {"input": 1}})
    verdicts = found["verdicts"]
    assert isinstance(verdicts, dict)
    for name in ("hallucination", "toxicity_prompt", "refusal", "spend"):
        assert (verdicts[name]["score"], verdicts[name]["label"]) == (None, "not_assessable")
    assert "unknown" in verdicts["spend"]["explanation"]


def test_order() -> None:
    """Answers come in the order of the lines; a broken line says what is wrong, feedback is passed over."""
    lines = [
        *(json.dumps({**CALL, "event_id": str(number)}).encode() for number in range(3)),
        b"",
        b"{",
        b'{"type":"feedback","event_id":"a","kind":"thumb","at":"2026-11-02T12:00:00Z"}',
        json.dumps({**CALL, "event_id": "last", "occurred_at": "1999-01-01T00:00:00Z"}).encode(),
    ]
    found = list(score_lines(lines))
    assert [one["event_id"] for one in found] == ["0", "1", "2", None, "last"]
    assert found[3]["error"]["reason"] == "invalid_json"
    assert found[3]["verdicts"] == {}
