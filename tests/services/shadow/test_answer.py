from __future__ import annotations

from datetime import UTC, datetime

from fmwatch.event import Generation

from services.endpoint.answer import Answer
from services.fake_provider import openai_wire
from services.fake_provider.reply import Reply, Spent, ToolCall
from services.shadow.answer import answer_id, event
from stream.decode import decode
from stream.json_object import encode

from .calls import stored

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def read(reply: Reply, **changed: object) -> Generation:
    """The event of an answer, as the step reads it."""
    whole = Answer(openai_wire.completion({"model": "m"}, reply, 1), 12.3456)
    call = stored(context=["a"], context_ids=["p"], context_scores=[0.5], **changed)
    fields = event(call, whole, {"max_tokens": 7, "temperature": 0.1}, platform="azure", model="new", at=NOW)
    found = decode(encode(fields), lambda: NOW)
    assert isinstance(found, Generation)
    return found


def test_event() -> None:
    """An answer is an ordinary call of the route, tied to the incumbent's, and the same person's."""
    found = read(Reply("It is here.", spent=Spent(30, 9, cache_read=4, reasoning=2), model="new-0914"))
    assert (found.platform, found.request_model, found.response_model) == ("azure", "new", "new-0914")
    assert (found.route, found.team, found.user_hash, found.prompt_version) == (
        "support/answer",
        "support",
        "u1",
        "7",
    )
    assert found.tags == {"pair_of": "call-1"}
    assert (found.prompt, found.response, found.finish_reason) == ("Where is it?", "It is here.", "stop")
    assert [(one.id, one.text, one.score) for one in found.context] == [("p", "a", 0.5)]
    usage = found.usage
    assert (usage.input, usage.output, usage.cache_read, usage.reasoning) == (30, 9, 4, 2)
    assert (found.latency_ms, found.request.max_tokens, found.conversation_id) == (12.346, 7, "")


def test_identity() -> None:
    """The id is a function of request and candidate alone."""
    assert read(Reply("one")).event_id == read(Reply("two")).event_id == answer_id(stored(), "azure", "new")
    others = {answer_id(stored(**one), "azure", "new") for one in ({"event_id": "x"}, {"tenant": "t"}, {})}
    assert len(others | {answer_id(stored(), "azure", "old"), answer_id(stored(), "openai", "new")}) == 5


def test_refused() -> None:
    """A request that the endpoint refuses is a failed call of the candidate."""
    refused = Answer({}, 3.0, "context_length_exceeded", "too long")
    fields = event(stored(), refused, {}, platform="azure", model="new", at=NOW)
    assert fields["error_type"] == "context_length_exceeded"
    assert "response" not in fields
    assert fields["usage_source"] == "missing"


def test_tools() -> None:
    """A candidate that asks for tools has no words; what it asked for is kept."""
    found = read(Reply("", tool_calls=(ToolCall("look"),), finish="tool_calls"))
    assert (found.response, found.finish_reason) == ("", "tool_calls")
    assert found.tool_calls
