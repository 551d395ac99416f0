import asyncio
import time
from typing import Any
from unittest.mock import MagicMock

import fmwatch
import fmwatch.openai
import openai
import pytest
from fmwatch.event import Message, Usage
from fmwatch.wrap.fields import named
from openai import AsyncOpenAI, AzureOpenAI, OpenAI
from pydantic import BaseModel

from services.fake_provider.reply import Reply, ToolCall
from services.fake_provider.testing import FakeProvider
from tests.client.wrap.asking import ANSWER, MESSAGES, MODEL, SPENT, USAGE, chat
from tests.client.wrap.captured import Captured


class Verdict(BaseModel):
    """A structured answer."""

    days: int


def test_same(provider: FakeProvider) -> None:
    """Watching returns the same client, still of its class; watching it again changes nothing."""
    client = OpenAI(base_url=provider.openai_url, api_key="-")
    completions = client.chat.completions
    assert fmwatch.openai.watch(client) is client
    kind = type(client)
    assert type(fmwatch.openai.watch(client)) is kind
    assert isinstance(client, OpenAI)
    assert client.chat.completions is completions
    assert (kind.__name__, kind.__module__) == ("OpenAI", OpenAI.__module__)


def test_foreign(caplog: pytest.LogCaptureFixture) -> None:
    """What is no client of the SDK, as the stand-in of a test, is left as it is, and the log says so."""
    stand_in = MagicMock(spec=OpenAI)
    assert fmwatch.openai.watch(stand_in) is stand_in
    assert fmwatch.openai.watch(None) is None
    assert "NoneType is not watched" in caplog.text


def test_chat(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A chat completion is captured whole: what was asked, what was answered, by whom, for how much."""
    provider.next(Reply(ANSWER, spent=SPENT, model="gpt-4o-2024-08-06"))
    answer = chat(
        openai_client, temperature=0.2, max_completion_tokens=100, reasoning_effort="low", user="ana"
    )
    event = captured.event()
    assert answer.choices[0].message.content == event.response == ANSWER
    assert event.messages == (Message("system", "Be brief."), Message("user", "How long?"))
    assert (event.provider, event.platform, event.operation, event.route) == (
        *("openai", "openai"),
        *("chat", "refunds"),
    )
    assert (event.request_model, event.response_model) == (MODEL, "gpt-4o-2024-08-06")
    assert (event.usage, event.usage_source) == (USAGE, "provider")
    assert (event.finish_reason, event.attempt, event.error_type) == ("stop", 1, "")
    assert (event.request.temperature, event.request.max_tokens) == (0.2, 100)
    assert (event.request.reasoning_effort, event.request.stream) == ("low", None)
    assert event.system_fingerprint == "fp_44709d6fcb"
    assert event.latency_ms is not None
    assert event.ttft_ms is None
    assert len(event.user_hash) == 64


class Spending(BaseModel, extra="allow"):
    """Usage as pydantic has it: fields it knows, and further ones that a provider adds."""

    prompt_tokens: int


def test_named() -> None:
    """What only some providers say is found in an answer of the SDK and in a dictionary."""
    assert named(Spending.model_validate({"prompt_tokens": 1, "cost": 0.5})).get("cost") == 0.5
    assert named(Spending(prompt_tokens=1)).get("cost") is None
    assert named(Spending(prompt_tokens=1)).get("prompt_tokens") == 1
    assert named(Verdict(days=5)).get("days") == 5
    assert named({"cost": 0.5}).get("cost") == 0.5
    assert named(None).get("cost") is None


def test_event_id(openai_client: OpenAI, captured: Captured) -> None:
    """The answer carries the event's id, and looks as it did without."""
    answer = chat(openai_client)
    event = captured.event()
    assert fmwatch.event_id(answer) == event.event_id
    assert "_fmwatch" not in answer.model_dump_json()
    assert fmwatch.event_id(answer.model_copy()) == event.event_id
    assert answer == type(answer).model_validate(answer.model_dump())


def test_body_untouched(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """What goes to the provider is what the application said, header by header but for none."""
    chat(openai_client, stream=True).close()
    assert provider.asked == [{"model": MODEL, "messages": MESSAGES, "stream": True}]
    assert not [name for name in provider.headers[0] if "fmwatch" in name]
    assert len(captured.events()) == 1


def test_tools(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """Calls of tools are captured, and pictures among the messages are named only."""
    provider.next(Reply("", (ToolCall("days", '{"order": 7}'),), finish="tool_calls"))
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 1000}}
    content = [{"type": "text", "text": "Which order?"}, picture]
    messages: Any = [{"role": "user", "content": content}]
    openai_client.chat.completions.create(model=MODEL, messages=messages)
    event = captured.event()
    assert event.tool_calls == ({"id": "call_1", "name": "days", "arguments": '{"order": 7}'},)
    assert (event.response, event.finish_reason) == ("", "tool_calls")
    assert event.messages == (Message("user", "Which order?"),)
    assert event.extra == {"messages.0.content.1": {"type": "image_url"}}


def test_error(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """An error goes through unchanged, and is captured with its class and status."""
    provider.next(Reply("no such model", status=404))
    with pytest.raises(openai.NotFoundError) as raised:
        chat(openai_client)
    assert raised.value.status_code == 404
    event = captured.event()
    assert (event.error_type, event.usage_source, event.response) == ("NotFoundError", "missing", "")
    assert event.extra["error_status"] == 404


def test_retries(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """The SDK's own retries are one call, whose attempt says how many there were."""
    provider.next(Reply(status=429, retry_after_s=0.01), Reply(status=500, retry_after_s=0.01))
    chat(openai_client)
    assert captured.event().attempt == 3


def test_retries_over(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A call that failed to the last try says so."""
    provider.next(*[Reply(status=429, retry_after_s=0.01)] * 3)
    with pytest.raises(openai.RateLimitError):
        chat(openai_client)
    event = captured.event()
    assert (event.attempt, event.error_type) == (3, "RateLimitError")


def test_responses(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A response is captured, with its instructions, its tools and its usage."""
    provider.next(Reply(ANSWER, (ToolCall("days"),), spent=SPENT))
    history: Any = [
        {"role": "user", "content": [{"type": "input_text", "text": "How long?"}]},
        {"type": "function_call", "call_id": "c1", "name": "days", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "5"},
    ]
    openai_client.responses.create(
        model="gpt-5.4",
        instructions="Be brief.",
        input=history,
        max_output_tokens=50,
        reasoning={"effort": "low"},
    )
    event = captured.event()
    assert event.messages == (
        Message("system", "Be brief."),
        Message("user", "How long?"),
        Message("assistant", ""),
        Message("tool", "5"),
    )
    assert (event.response, event.finish_reason, event.operation) == (ANSWER, "completed", "chat")
    assert event.usage == Usage(input=1200, output=80, cache_read=1024, reasoning=64)
    assert event.tool_calls == ({"id": "call_1", "name": "days", "arguments": "{}"},)
    assert (event.request.max_tokens, event.request.reasoning_effort) == (50, "low")


def test_embeddings(openai_client: OpenAI, captured: Captured) -> None:
    """Embeddings are captured with their texts and without their vectors."""
    openai_client.embeddings.create(model="text-embedding-3-small", input=["five days", "a refund"])
    event = captured.event()
    assert (event.operation, event.prompt, event.response) == ("embeddings", "five days\na refund", "")
    assert event.usage == Usage(input=21)


def test_parse(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A parsed answer stays parsed, and is captured as text."""
    provider.next(Reply('{"days": 5}'))
    answer = openai_client.chat.completions.parse(model=MODEL, messages=MESSAGES, response_format=Verdict)
    assert answer.choices[0].message.parsed == Verdict(days=5)
    event = captured.event()
    assert (event.response, fmwatch.event_id(answer)) == ('{"days": 5}', event.event_id)


def test_raw(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """A raw response keeps its headers and its parsing, and is captured from its body."""
    provider.next(Reply(spent=SPENT))
    raw = openai_client.chat.completions.with_raw_response.create(model=MODEL, messages=MESSAGES)
    event = captured.event()
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.parse().choices[0].message.content == event.response == ANSWER
    assert (event.usage, fmwatch.event_id(raw)) == (USAGE, event.event_id)


def test_copies(openai_client: OpenAI, captured: Captured) -> None:
    """Copies of a watched client are watched as it is."""
    chat(openai_client.with_options(max_retries=0))
    assert captured.event().route == "refunds"


def test_other_requests(openai_client: OpenAI, captured: Captured) -> None:
    """Requests that ask no model are left alone."""
    with pytest.raises(openai.NotFoundError):
        openai_client.models.list()
    assert captured.events() == []


def test_own_class(provider: FakeProvider, captured: Captured) -> None:
    """A class of the application's own below the SDK's is watched, and keeps what it overrides."""
    prepared: list[Any] = []

    class Client(OpenAI):
        def _prepare_request(self, request: Any) -> None:
            prepared.append(request)

    client = fmwatch.openai.watch(Client(base_url=provider.openai_url, api_key="-"))
    chat(client)
    assert (len(prepared), captured.event().response) == (1, ANSWER)
    assert isinstance(client, Client)


def test_azure(provider: FakeProvider, captured: Captured) -> None:
    """A client of Azure's is told by its class, even behind a host of one's own, and is watched the same."""
    azure = AzureOpenAI(azure_endpoint=provider.url, api_key="-", api_version="2026-01-01")
    chat(fmwatch.openai.watch(azure, region="swedencentral"))
    event = captured.event()
    assert (event.provider, event.platform, event.region) == ("openai", "azure", "swedencentral")
    assert (event.request_model, event.response) == (MODEL, ANSWER)


def test_to(provider: FakeProvider, captured: Captured) -> None:
    """Events go to the client that is named, not to the process's own."""
    kept = fmwatch.RecordingTransport()
    with fmwatch.Client(transport=kept) as own:
        chat(fmwatch.openai.watch(OpenAI(base_url=provider.openai_url, api_key="-"), to=own))
    assert len(kept.events) == 1
    assert captured.events() == []


def test_async(async_openai_client: AsyncOpenAI, provider: FakeProvider, captured: Captured) -> None:
    """The asynchronous client is watched the same: answers, streams, retries, many at once."""
    provider.next(Reply(status=429, retry_after_s=0.01), Reply(spent=SPENT))

    async def ask() -> None:
        async with async_openai_client:
            await async_openai_client.chat.completions.create(model=MODEL, messages=MESSAGES)
            stream = await async_openai_client.chat.completions.create(
                model=MODEL, messages=MESSAGES, stream=True
            )
            assert len([chunk async for chunk in stream]) == 7
            async with async_openai_client.chat.completions.stream(model=MODEL, messages=MESSAGES) as helper:
                await helper.get_final_completion()
            calls = [async_openai_client.embeddings.create(model="e", input=f"text {n}") for n in range(20)]
            await asyncio.gather(*calls)

    asyncio.run(ask())
    first, second, third, *rest = captured.events()
    assert (first.attempt, first.usage) == (2, USAGE)
    assert second.response == third.response == ANSWER
    assert {event.attempt for event in (second, third, *rest)} == {1}
    assert {event.prompt for event in rest} == {f"text {n}" for n in range(20)}


def test_async_raw(async_openai_client: AsyncOpenAI, captured: Captured) -> None:
    """Raw and streamed responses of the asynchronous client are captured when they are parsed."""

    async def ask() -> None:
        async with async_openai_client:
            chats = async_openai_client.chat.completions
            raw = await chats.with_raw_response.create(model=MODEL, messages=MESSAGES)
            assert raw.parse().choices[0].message.content == ANSWER
            streamed = chats.with_streaming_response
            async with streamed.create(model=MODEL, messages=MESSAGES) as response:
                assert (await response.parse()).choices[0].message.content == ANSWER

    asyncio.run(ask())
    assert [event.response for event in captured.events()] == [ANSWER, ANSWER]


def test_latency(openai_client: OpenAI, provider: FakeProvider, captured: Captured) -> None:
    """Latency is what the application waited."""
    provider.latency_s = 0.05
    began = time.perf_counter()
    chat(openai_client)
    waited = 1e3 * (time.perf_counter() - began)
    latency = captured.event().latency_ms
    assert latency is not None
    assert 50 <= latency <= waited


def test_our_bug(openai_client: OpenAI, captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails in the wrapper, the application gets its answer; a call that is not captured counts."""

    def fails(*_: object) -> Any:
        raise RuntimeError("a bug of ours")

    watching = type(openai_client)._fmwatch  # type: ignore[attr-defined]
    sound = watching.endpoints["/chat/completions"]
    watching.endpoints["/chat/completions"] = sound._replace(asked=fails)
    try:
        assert chat(openai_client).choices[0].message.content == ANSWER
        watching.endpoints["/chat/completions"] = sound._replace(answered=fails)
        assert chat(openai_client).choices[0].message.content == ANSWER
        watching.endpoints["/chat/completions"] = sound._replace(answer=fails)
        assert len(list(chat(openai_client, stream=True))) == 7
    finally:
        watching.endpoints["/chat/completions"] = sound
    monkeypatch.setattr("fmwatch.wrap.openai_chat.Chunks.add", fails)
    assert len(list(chat(openai_client, stream=True))) == 7
    assert [event.request_model for event in captured.events()] == [MODEL] * 3
    report = fmwatch.flush()
    assert (report.captured, report.reasons) == (4, {"not_encodable": 1})


def test_our_bug_to(provider: FakeProvider, captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss is counted by the client that would have taken the event, and by no other."""

    def fails(*_: object) -> Any:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("fmwatch.wrap.sdk._place", fails)
    with fmwatch.Client(transport=fmwatch.RecordingTransport()) as own:
        chat(fmwatch.openai.watch(OpenAI(base_url=provider.openai_url, api_key="-"), to=own))
        assert own.report().reasons == {"not_encodable": 1}
    assert captured.events() == []
    assert fmwatch.flush().captured == 0


def test_shared_fields(openai_client: OpenAI, captured: Captured) -> None:
    """A block around a call says what the call belongs to, before the client does."""
    with fmwatch.observe(route="returns", conversation="c-1", user="ana", tags={"shop": "de"}) as seen:
        answer = chat(openai_client)
    event = captured.event()
    assert (event.route, event.conversation_id, event.tags) == ("returns", "c-1", {"shop": "de"})
    assert seen.event_id == fmwatch.event_id(answer) == event.event_id
