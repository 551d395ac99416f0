import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import fmwatch
import fmwatch.anthropic
import pytest
from anthropic import Anthropic, AnthropicBedrock, AnthropicVertex, AsyncAnthropic
from fmwatch.event import Message, Usage

from services.fake_provider.reply import Reply, Spent, ToolCall
from services.fake_provider.testing import FakeProvider
from tests.client.wrap.captured import Captured

MODEL = "claude-sonnet-5-5"
ANSWER = "The refund takes five days."
ASKED: Any = {
    "model": MODEL,
    "max_tokens": 100,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": [{"type": "text", "text": "How long?"}]}],
}
# On the wire Anthropic's input is 1200 - 1000 - 150 = 50.
SPENT = Spent(input=1200, output=80, cache_read=1000, cache_write=150)
USAGE = Usage(input=1200, output=80, cache_read=1000, cache_write_5m=150, cache_write_1h=0)


@pytest.fixture
def client(provider: FakeProvider) -> Iterator[Anthropic]:
    """A watched client."""
    with Anthropic(base_url=provider.url, api_key="-", max_retries=2) as plain:
        yield fmwatch.anthropic.watch(plain, route="refunds")


@pytest.fixture
def aclient(provider: FakeProvider) -> AsyncAnthropic:
    """A watched asynchronous client."""
    return fmwatch.anthropic.watch(AsyncAnthropic(base_url=provider.url, api_key="-"))


def test_message(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """A message is captured whole, and the cache, which Anthropic counts apart, is part of the input."""
    provider.next(Reply(ANSWER, spent=SPENT, model="claude-sonnet-5-5-20261001"))
    answer = client.messages.create(**ASKED, metadata={"user_id": "ana"})
    event = captured.event()
    assert answer.usage.input_tokens == 50
    assert (event.usage, event.usage_source) == (USAGE, "provider")
    assert event.messages == (Message("system", "Be brief."), Message("user", "How long?"))
    assert (event.response, event.finish_reason, event.route) == (ANSWER, "end_turn", "refunds")
    assert (event.provider, event.platform) == ("anthropic", "127.0.0.1")
    assert (event.request_model, event.response_model) == (MODEL, "claude-sonnet-5-5-20261001")
    assert (event.request.max_tokens, event.service_tier) == (100, "standard")
    assert len(event.user_hash) == 64
    assert fmwatch.event_id(answer) == event.event_id
    assert "_fmwatch" not in answer.model_dump_json()


def test_tools(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """Calls of tools are captured with their arguments, and results of tools as text."""
    provider.next(Reply("Let me see.", (ToolCall("days", '{"order": 7}', "t1"),), finish="tool_calls"))
    result = {"type": "tool_result", "tool_use_id": "t0", "content": [{"type": "text", "text": "order 7"}]}
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 1000}}
    messages: Any = [{"role": "user", "content": [result, picture]}]
    client.messages.create(model=MODEL, max_tokens=100, messages=messages)
    event = captured.event()
    assert event.tool_calls == ({"id": "t1", "name": "days", "arguments": {"order": 7}},)
    assert (event.response, event.finish_reason) == ("Let me see.", "tool_use")
    assert event.messages == (Message("user", "order 7"),)
    assert event.extra == {"messages.0.content.1": {"type": "image"}}


def test_thinking() -> None:
    """What the model thinks is no part of its answer; a cache for an hour is told from one for minutes."""
    from fmwatch.wrap import anthropic_messages  # noqa: PLC0415 - the provider in these tests does not think

    found = {
        "content": [
            {"type": "thinking", "thinking": "Five or six?", "signature": "x"},
            {"type": "text", "text": "Five."},
        ],
        "usage": {
            "input_tokens": 10,
            "output_tokens": 90,
            "cache_creation_input_tokens": 70,
            "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 50},
            "output_tokens_details": {"thinking_tokens": 80},
            "server_tool_use": {"web_search_requests": 2},
        },
    }
    fields = anthropic_messages.answered(found)
    assert fields["response"] == "Five."
    assert fields["usage"] == {
        "input": 80,
        "output": 90,
        "cache_write_5m": 20,
        "cache_write_1h": 50,
        "reasoning": 80,
        "searches": 2,
    }


def test_stream(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """A stream of raw events is put together, with its usage from the first and the last of them."""
    provider.piece_s = 0.005
    provider.next(Reply(ANSWER, (ToolCall("days", '{"order": 7}', "t1"),), spent=SPENT))
    stream = client.messages.create(**ASKED, stream=True)
    assert isinstance(stream, anthropic.Stream)
    assert [event.type for event in stream][-1] == "message_stop"
    event = captured.event()
    assert (event.response, event.finish_reason, event.usage) == (ANSWER, "end_turn", USAGE)
    assert event.tool_calls == ({"id": "t1", "name": "days", "arguments": '{"order": 7}'},)
    assert event.ttft_ms is not None
    assert event.latency_ms is not None
    assert event.ttft_ms < event.latency_ms
    assert fmwatch.event_id(stream) == event.event_id


def test_helper(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """The SDK's own helper works on, is captured once, and names its event."""
    provider.next(Reply(ANSWER, spent=SPENT))
    with client.messages.stream(**ASKED) as stream:
        assert "".join(stream.text_stream) == ANSWER
        event_id = fmwatch.event_id(stream)
    event = captured.event()
    assert (event.response, event.usage, event.error_type, event.event_id) == (ANSWER, USAGE, "", event_id)


def test_abort(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """A helper that is left early is a client's abort; its output, not counted yet, is not said."""
    provider.piece_s = 0.005
    provider.next(Reply(ANSWER, spent=SPENT))
    with client.messages.stream(**ASKED) as stream:
        assert next(stream.text_stream) == "The"
    event = captured.event()
    assert (event.error_type, event.response) == ("client_abort", "The")
    assert (event.usage.input, event.usage.output) == (1200, None)


def test_error(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """An error goes through unchanged after the SDK's retries, and is captured once."""
    provider.next(*[Reply("busy", status=529, retry_after_s=0.01)] * 3)
    with pytest.raises(anthropic.APIStatusError) as raised:
        client.messages.create(**ASKED)
    event = captured.event()
    assert event.error_type == type(raised.value).__name__
    assert (event.attempt, event.extra["error_status"]) == (3, 529)


def test_raw(client: Anthropic, provider: FakeProvider, captured: Captured) -> None:
    """Raw and streamed responses keep working and are captured."""
    provider.next(Reply(ANSWER, spent=SPENT))
    raw = client.messages.with_raw_response.create(**ASKED)
    message: Any = raw.parse()
    assert message.content[0].text == ANSWER
    assert captured.event().usage == USAGE
    with client.messages.with_streaming_response.create(**ASKED) as response:
        message = response.parse()
        assert message.content[0].text == ANSWER
    assert captured.events()[1].response == ANSWER


def test_raw_stream_at_once(client: Anthropic, captured: Captured) -> None:
    """A raw response of a stream may be parsed in the expression that makes it."""
    stream: Any = client.messages.with_raw_response.create(**ASKED, stream=True).parse()
    assert list(stream)
    assert captured.event().response == ANSWER


def test_beta(client: Anthropic, captured: Captured) -> None:
    """What is asked under `beta` is watched as well, and so are copies of the client."""
    answer = client.with_options(max_retries=0).beta.messages.create(**ASKED)
    event = captured.event()
    assert (event.response, event.event_id) == (ANSWER, fmwatch.event_id(answer))


def test_async(aclient: AsyncAnthropic, provider: FakeProvider, captured: Captured) -> None:
    """The asynchronous client is watched the same: answers, streams, helpers, raw responses."""
    provider.next(Reply(status=429, retry_after_s=0.01), Reply(ANSWER, spent=SPENT))

    async def ask() -> None:
        async with aclient:
            await aclient.messages.create(**ASKED)
            events: Any = await aclient.messages.create(**ASKED, stream=True)
            assert [event.type async for event in events][-1] == "message_stop"
            async with aclient.messages.stream(**ASKED) as stream:
                assert await stream.get_final_text() == ANSWER
            raw = await aclient.messages.with_raw_response.create(**ASKED)
            assert raw.status_code == 200

    asyncio.run(ask())
    events = captured.events()
    assert [event.response for event in events] == [ANSWER] * 4
    assert [event.attempt for event in events] == [2, 1, 1, 1]
    assert events[0].usage == USAGE


@pytest.mark.parametrize(
    ("client", "place"),
    [
        (Anthropic(api_key="-"), ("anthropic", "anthropic", "")),
        (
            AnthropicBedrock(aws_region="eu-central-1", aws_access_key="-", aws_secret_key="-"),  # noqa: S106 - none
            ("anthropic", "bedrock", "eu-central-1"),
        ),
        (
            AnthropicVertex(region="europe-west1", project_id="-", access_token="-"),  # noqa: S106 - none
            ("anthropic", "vertex", "europe-west1"),
        ),
    ],
    ids=["own", "bedrock", "vertex"],
)
def test_place(client: Any, place: tuple[str, str, str]) -> None:
    """Provider, platform and region are those of the client's class and host."""
    from fmwatch.wrap.place import place as found  # noqa: PLC0415 - beside its one test

    where = found(client, "anthropic")
    assert (where["provider"], where["platform"], where.get("region", "")) == place
