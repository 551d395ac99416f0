import asyncio
import contextvars
import gc
from contextlib import suppress
from typing import Any

import fmwatch
import fmwatch.openai
import openai
import pytest
from fmwatch.event import Message, Usage
from fmwatch.wrap.call import Call
from fmwatch.wrap.openai_chat import Chunks
from fmwatch.wrap.pieces import Pieces
from openai import AsyncOpenAI, OpenAI

from services.fake_provider.reply import Reply, ToolCall
from services.fake_provider.testing import FakeProvider
from tests.client.wrap.asking import ANSWER, MESSAGES, MODEL, SPENT, USAGE, chat
from tests.client.wrap.captured import Captured


def test_stream(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A stream is put together; the first piece with content is timed, and usage nobody sent is missing."""
    provider.latency_s, provider.piece_s = 0.01, 0.01
    stream = chat(openai_client, stream=True)
    assert isinstance(stream, openai.Stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == ANSWER
    event = captured.event()
    assert (event.response, event.finish_reason, event.error_type) == (ANSWER, "stop", "")
    assert (event.usage, event.usage_source) == (Usage(), "missing")
    assert event.request.stream is True
    assert event.ttft_ms is not None
    assert event.latency_ms is not None
    assert 10 <= event.ttft_ms < event.latency_ms
    assert fmwatch.event_id(stream) == event.event_id


def test_stream_usage(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A stream that the application asks for its usage says it."""
    provider.next(Reply(spent=SPENT))
    chunks = list(chat(openai_client, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].usage.prompt_tokens == 1200
    assert captured.event().usage == USAGE


def test_include_usage(provider: FakeProvider, captured: Captured) -> None:
    """Asked to, the wrapper has streams say their usage, and the application sees the chunks it would see."""
    client = fmwatch.openai.watch(OpenAI(base_url=provider.openai_url, api_key="-"), include_usage=True)
    provider.next(Reply(spent=SPENT))
    chunks = list(chat(client, stream=True))
    assert all(chunk.choices for chunk in chunks)
    assert provider.asked[0]["stream_options"] == {"include_usage": True}
    assert captured.event().usage == USAGE


def test_stream_tools(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """Calls of tools are put together from the chunks of a stream."""
    calls = (ToolCall("days", '{"order": 7}'), ToolCall("name", "{}", "call_2"))
    provider.next(Reply("", calls, finish="tool_calls"))
    list(chat(openai_client, stream=True))
    event = captured.event()
    assert [call["name"] for call in event.tool_calls if isinstance(call, dict)] == ["days", "name"]
    assert event.finish_reason == "tool_calls"
    assert event.ttft_ms is not None


def leave(stream: Any) -> None:
    """Read one piece, and no more."""
    next(iter(stream))
    next(iter(stream))


def close(stream: Any) -> None:
    """Read one piece, then close."""
    next(stream)
    next(stream)
    stream.close()


def block(stream: Any) -> None:
    """Leave the stream's block early."""
    with stream:
        next(stream)
        next(stream)


@pytest.mark.parametrize("give_up", [leave, close, block])
def test_abort(give_up: Any, openai_client: OpenAI, captured: Captured) -> None:
    """A stream that the application does not read to its end is a client's abort, with what had come."""
    stream = chat(openai_client, stream=True)
    give_up(stream)
    del stream
    event = captured.event()
    assert (event.error_type, event.response, event.usage_source) == ("client_abort", "The", "missing")


def test_abort_garbage(captured: Captured) -> None:
    """Garbage is let go in an order of its own: a call that goes before its stream keeps what had come."""
    call = Call({}, {"provider": "openai", "request_model": MODEL})
    piece = {"choices": [{"delta": {"content": "The"}}]}
    ring: list[Any] = [Pieces(iter([piece]), call, Chunks(usage_asked=False))]
    ring.append(ring)
    next(ring[0])
    gc.collect()  # as an earlier collection has it: what was made first is let go first
    del call, ring
    event = captured.event()
    assert (event.error_type, event.response) == ("client_abort", "The")


def test_broken(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A stream whose connection breaks is an error, raised on to the application as it came."""
    provider.next(Reply(breaks_after=3))
    with pytest.raises(openai.APIConnectionError):
        list(chat(openai_client, stream=True))
    event = captured.event()
    assert (event.error_type, event.response) == ("APIConnectionError", "The refund")


def test_responses_stream(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A streamed response is captured from its last event; the helper's stream names its event."""
    provider.next(Reply(spent=SPENT))
    with openai_client.responses.stream(model="gpt-5.4", input="How long?") as stream:
        assert stream.get_final_response().output_text == ANSWER
        event = captured.event()
        assert fmwatch.event_id(stream) == event.event_id
    assert (event.response, event.usage.input, event.messages) == (
        ANSWER,
        1200,
        (Message("user", "How long?"),),
    )
    assert event.ttft_ms is not None


def test_responses_abort(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A streamed response that is left has the model and the text that had come."""
    provider.piece_s = 0.005
    with openai_client.responses.create(model="gpt-5.4", input="How long?", stream=True) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                break
    captured_event = captured.event()
    assert (captured_event.error_type, captured_event.response) == ("client_abort", "The")
    assert captured_event.response_model == "gpt-5.4"


def test_stream_helper(openai_client: OpenAI, captured: Captured) -> None:
    """The SDK's own helper for streams works on, and is captured once."""
    with openai_client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
        kinds = [event.type for event in stream]
        event_id = fmwatch.event_id(stream)
    assert "content.done" in kinds
    event = captured.event()
    assert (event.response, event.event_id, event.error_type) == (ANSWER, event_id, "")


def test_raw_stream(openai_client: OpenAI, captured: Captured) -> None:
    """A raw response of a stream is captured when the application parses it and reads."""
    raw = openai_client.chat.completions.with_raw_response.create(model=MODEL, messages=MESSAGES, stream=True)
    assert len(list(raw.parse())) == 7
    assert captured.event().response == ANSWER


def test_raw_stream_at_once(openai_client: OpenAI, captured: Captured) -> None:
    """A raw response may be parsed in the expression that makes it, and twice; it is captured once."""
    chats = openai_client.chat.completions.with_raw_response
    stream = chats.create(model=MODEL, messages=MESSAGES, stream=True).parse()
    assert len(list(stream)) == 7
    raw = chats.create(model=MODEL, messages=MESSAGES, stream=True)
    assert raw.parse() is raw.parse()
    assert len(list(raw.parse())) == 7
    assert [event.response for event in captured.events()] == [ANSWER, ANSWER]


def test_async_raw_stream_at_once(async_openai_client: AsyncOpenAI, captured: Captured) -> None:
    """So may that of an asynchronous client."""

    async def ask() -> None:
        async with async_openai_client as client:
            chats = client.chat.completions.with_raw_response
            stream = (await chats.create(model=MODEL, messages=MESSAGES, stream=True)).parse()
            assert len([chunk async for chunk in stream]) == 7

    asyncio.run(ask())
    assert captured.event().response == ANSWER


def test_close_kept(openai_client: OpenAI, captured: Captured) -> None:
    """A stream's `close` may be kept without the stream, and called after its end."""

    def opened() -> tuple[Any, Any]:
        stream = chat(openai_client, stream=True)
        return (chunk for chunk in stream), stream.close

    chunks, close_it = opened()
    assert len(list(chunks)) == 7
    close_it()
    close_it()
    event = captured.event()
    assert (event.response, event.error_type) == (ANSWER, "")


def test_stream_same(openai_client: OpenAI) -> None:
    """A watched stream is still of its class."""
    with chat(openai_client, stream=True) as stream:
        assert isinstance(stream, openai.Stream)
        assert (type(stream).__name__, type(stream).__module__) == ("Stream", openai.Stream.__module__)


def test_streaming_response(openai_client: OpenAI, captured: Captured) -> None:
    """A body that the application reads by itself is captured without answer and usage; a parsed one with."""
    streamed = openai_client.chat.completions.with_streaming_response
    with streamed.create(model=MODEL, messages=MESSAGES) as response:
        assert ANSWER in "".join(response.iter_lines())
    del response
    event = captured.event()
    assert (event.request_model, event.response, event.usage_source) == (MODEL, "", "missing")
    with streamed.create(model=MODEL, messages=MESSAGES) as response:
        response.parse()
    del response
    assert captured.events()[1].response == ANSWER


def test_async_abort(async_openai_client: AsyncOpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A task that is cancelled, before the answer or while it reads it, is a client's abort."""
    provider.piece_s = 5.0

    async def read() -> None:
        async for _ in await async_openai_client.chat.completions.create(
            model=MODEL, messages=MESSAGES, stream=True
        ):
            reading.set()

    async def ask() -> None:
        global reading  # noqa: PLW0603 - of the loop that is run
        reading = asyncio.Event()
        async with async_openai_client:
            task = asyncio.create_task(read())
            await reading.wait()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            provider.latency_s = 5.0
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(async_openai_client.embeddings.create(model="e", input="x"), 0.05)

    asyncio.run(ask())
    assert [event.error_type for event in captured.events()] == ["client_abort", "client_abort"]


def test_async_elsewhere(captured: Captured) -> None:
    """A call that is closed in another context than it was begun in, as by the collector, breaks nothing."""

    class Waiting(AsyncOpenAI):
        async def request(self, *_: Any, **__: Any) -> Any:
            await asyncio.sleep(0)

    client = fmwatch.openai.watch(Waiting(api_key="x"))
    call = client.embeddings.create(model="e", input="x")
    contextvars.copy_context().run(call.send, None)
    call.close()
    assert captured.event().error_type == "client_abort"


reading: asyncio.Event
