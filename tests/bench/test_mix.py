"""The speed mix has the lengths it says, from shipped texts alone."""

import statistics

import pytest

from bench.mix import halves
from bench.report import DATA_VARIABLE


def test_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts have about 52 words, answers about 118, half of the calls 400 words of context."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    first, second = halves(400)
    for events in (first, second):
        assert statistics.mean(len(event.prompt.split()) for event in events) == pytest.approx(52, rel=0.15)
        assert statistics.mean(len(event.response.split()) for event in events) == pytest.approx(
            118, rel=0.15
        )
        contexts = [sum(len(p.text.split()) for p in event.context) for event in events if event.context]
        assert len(contexts) == pytest.approx(200, rel=0.2)
        assert statistics.mean(contexts) == pytest.approx(400, rel=0.1)
    assert not {event.response for event in first} & {event.response for event in second}
