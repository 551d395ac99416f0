"""Attempts and steps inside a call: what was billed is counted once, and nothing vanishes."""

from __future__ import annotations

import pytest

from stream.otlp.calls import calls
from tests.stream.otlp.made import CHAT, ids, span

FAILED = CHAT | {"error.type": "429", "gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}
BARE = {name: value for name, value in CHAT.items() if "usage" not in name}


@pytest.mark.parametrize("good", [2, 3])
def test_retried(good: int) -> None:
    """A framework's span around a failed attempt and a good one repeats the good one, in any order."""
    inner = [span(number, 1, attributes=CHAT if number == good else FAILED) for number in (2, 3)]
    found = calls([span(1), *inner])
    assert (sorted(ids(found)), found.merged) == ([2, 3], 1)
    assert sum(event.get("usage", {}).get("input", 0) for event in found.events) == 10


@pytest.mark.parametrize("outer", [CHAT, BARE], ids=["tokens", "none"])
def test_good_around_failed(outer: dict[str, object]) -> None:
    """A call that went well is not the failed attempt inside it, of which alone the instrumentation knew."""
    found = calls([span(1, attributes=outer), span(2, 1, attributes=FAILED)])
    assert ids(found) == [1, 2]


def test_failed_around_failed() -> None:
    """A failure around a failure is told by the inner one."""
    assert ids(calls([span(1, attributes=FAILED), span(2, 1, attributes=FAILED)])) == [2]


@pytest.mark.parametrize("inside", ["embeddings", "rerank"])
@pytest.mark.parametrize("outer", [CHAT, BARE], ids=["tokens", "none"])
def test_embedding_inside(inside: str, outer: dict[str, object]) -> None:
    """A chat around an embedding or a rerank is a call of its own, whatever tokens each has."""
    found = calls(
        [span(1, attributes=outer), span(2, 1, attributes=CHAT | {"gen_ai.operation.name": inside})]
    )
    assert [event["operation"] for event in found.events] == ["chat", inside]


def test_same_id_of_another_kind() -> None:
    """An answer's id joins no embedding with a chat, and no good answer with a failed one."""
    answer = {"gen_ai.response.id": "r"}
    other = CHAT | answer | {"gen_ai.operation.name": "embeddings"}
    assert len(calls([span(1, attributes=CHAT | answer), span(2, attributes=other)]).events) == 2
    failed = CHAT | answer | {"error.type": "timeout"}
    found = calls([span(1, attributes=failed), span(2, attributes=BARE | answer)])
    assert len(found.events) == 2
