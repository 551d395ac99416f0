import asyncio
import time
from collections.abc import Iterator
from typing import Any

import fmwatch
import fmwatch.litellm
import pytest
from fmwatch.event import Generation, Message, Usage

from services.fake_provider.reply import Reply, Spent, ToolCall
from services.fake_provider.testing import FakeProvider
from tests.client.wrap.captured import Captured

# LiteLLM warns about its own types.
pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("default")]

ANSWER = "The refund takes five days."
MESSAGES = [{"role": "user", "content": "How long?"}]
SPENT = Spent(input=1200, output=80, cache_read=1000, cache_write=150, reasoning=64)


@pytest.fixture
def litellm(captured: Captured) -> Iterator[Any]:
    """LiteLLM with our callback, and no other."""
    del captured
    import litellm  # noqa: PLC0415 - installed for these tests only, and slow to import

    litellm.callbacks = [fmwatch.litellm.callback(route="refunds")]
    yield litellm
    litellm.logging_callback_manager._reset_all_callbacks()


def events(captured: Captured, n: int) -> list[Generation]:
    """Return the events once there are so many: LiteLLM tells of a call after it has answered."""
    end = time.monotonic() + 10
    while len(found := captured.events()) < n and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.1)  # nothing may come after them
    found = captured.events()
    assert len(found) == n
    return found


def test_completion(litellm: Any, provider: FakeProvider, captured: Captured) -> None:
    """An answer is captured whole, and its event can be named."""
    provider.next(Reply(ANSWER, (ToolCall("days", "{}"),), spent=SPENT))
    where = {"api_base": provider.openai_url, "api_key": "-"}
    with fmwatch.observe(conversation="c-1"):
        answer = litellm.completion(
            model="openai/gpt-4o", messages=MESSAGES, temperature=0.1, max_tokens=50, user="ana", **where
        )
    [event] = events(captured, 1)
    assert event.messages == (Message("user", "How long?"),)
    assert (event.response, event.finish_reason, event.operation) == (ANSWER, "tool_calls", "chat")
    assert (event.provider, event.platform, event.request_model) == ("openai", "openai", "gpt-4o")
    assert (event.route, event.conversation_id) == ("refunds", "c-1")
    assert (event.usage.input, event.usage.output, event.usage.cache_read) == (1200, 80, 1000)
    assert (event.usage.reasoning, event.usage_source, event.cost_usd) == (64, "provider", None)
    assert (event.request.temperature, event.request.max_tokens) == (0.1, 50)
    assert event.tool_calls == ({"id": "call_1", "name": "days", "arguments": "{}"},)
    assert event.latency_ms is not None
    assert fmwatch.event_id(answer) == event.event_id


def test_anthropic(litellm: Any, provider: FakeProvider, captured: Captured) -> None:
    """Anthropic's tokens, which LiteLLM converts, come out with the cache inside the input."""
    provider.next(Reply(ANSWER, spent=SPENT))
    litellm.completion(
        model="anthropic/claude-sonnet-4-5", messages=MESSAGES, api_base=provider.url, api_key="-"
    )
    [event] = events(captured, 1)
    assert (event.provider, event.request_model) == ("anthropic", "claude-sonnet-4-5")
    assert event.usage == Usage(
        input=1200, output=80, cache_read=1000, cache_write_5m=150, cache_write_1h=0, reasoning=0
    )


def test_stream(litellm: Any, provider: FakeProvider, captured: Captured) -> None:
    """A stream is one event; tokens that LiteLLM counted by itself are estimated."""
    where = {"api_base": provider.openai_url, "api_key": "-", "stream": True}
    for more in ({}, {"stream_options": {"include_usage": True}}):
        list(litellm.completion(model="openai/gpt-4o", messages=MESSAGES, **where, **more))
    first, second = events(captured, 2)
    assert (first.response, first.usage_source) == (ANSWER, "estimated")
    assert (second.usage_source, second.usage.input, second.request.stream) == ("provider", 21, True)
    assert first.ttft_ms is not None
    assert first.latency_ms is not None
    assert first.ttft_ms <= first.latency_ms


def test_error(litellm: Any, provider: FakeProvider, captured: Captured) -> None:
    """An error goes through unchanged, and is captured with its class and status."""
    provider.next(Reply("slow down", status=429))
    where = {"api_base": provider.openai_url, "api_key": "-", "max_retries": 0}
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(model="openai/gpt-4o", messages=MESSAGES, **where)
    [event] = events(captured, 1)
    assert (event.error_type, event.extra["error_status"]) == ("RateLimitError", 429)
    assert (event.usage_source, event.response) == ("missing", "")


def test_retry(litellm: Any, provider: FakeProvider, captured: Captured) -> None:
    """Tries that LiteLLM leaves to the SDK below it are one event."""
    provider.next(Reply("slow down", status=429, retry_after_s=0.01))
    where = {"api_base": provider.openai_url, "api_key": "-", "num_retries": 1}
    litellm.completion(model="openai/gpt-4o", messages=MESSAGES, **where)
    [event] = events(captured, 1)
    assert (event.response, event.error_type) == (ANSWER, "")


def test_async(litellm: Any, provider: FakeProvider, captured: Captured) -> None:
    """Asynchronous answers, streams, embeddings and errors are one event each."""
    where = {"api_base": provider.openai_url, "api_key": "-", "max_retries": 0}

    async def ask() -> None:
        await litellm.acompletion(model="openai/gpt-4o", messages=MESSAGES, **where)
        stream = await litellm.acompletion(model="openai/gpt-4o", messages=MESSAGES, stream=True, **where)
        assert len([piece async for piece in stream]) > 1
        await litellm.aembedding(model="openai/text-embedding-3-small", input=["a", "b"], **where)
        provider.next(Reply("no", status=400))
        with pytest.raises(litellm.BadRequestError):
            await litellm.acompletion(model="openai/gpt-4o", messages=MESSAGES, **where)
        await asyncio.get_running_loop().run_in_executor(None, events, captured, 4)

    asyncio.run(ask())
    found = captured.events()
    assert [event.operation for event in found].count("embeddings") == 1
    assert sorted(event.response for event in found) == ["", "", ANSWER, ANSWER]
    assert [event.error_type for event in found if event.error_type] == ["BadRequestError"]
    [embedded] = [event for event in found if event.operation == "embeddings"]
    assert embedded.usage.input == 21


def test_our_bug(
    litellm: Any, provider: FakeProvider, captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails in the callback, the application gets its answer."""

    def fails(*_: object) -> Any:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("fmwatch.wrap.litellm_callback.success", fails)
    where = {"api_base": provider.openai_url, "api_key": "-"}
    answer = litellm.completion(model="openai/gpt-4o", messages=MESSAGES, **where)
    assert answer.choices[0].message.content == ANSWER
    assert events(captured, 0) == []
    assert fmwatch.flush().reasons == {"not_encodable": 1}
