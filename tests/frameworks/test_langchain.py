import asyncio
from typing import Any

import fmwatch
import fmwatch.langchain
import pytest
from fmwatch.event import Message, Passage, Usage

from services.fake_provider.reply import Reply, Spent, ToolCall
from services.fake_provider.testing import FakeProvider
from tests.client.wrap.captured import Captured

pytestmark = pytest.mark.frameworks

ANSWER = "The refund takes five days."
SPENT = Spent(input=1200, output=80, cache_read=1024, reasoning=64)
USAGE = Usage(input=1200, output=80, cache_read=1024, reasoning=64, audio_input=0, audio_output=0)


@pytest.fixture
def model(provider: FakeProvider) -> Any:
    """A chat model of LangChain's own integration."""
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - installed for these tests only

    return ChatOpenAI(
        model="gpt-4o",
        api_key="-",
        base_url=provider.openai_url,
        temperature=0.2,
        max_tokens=50,
        max_retries=0,
    )


@pytest.fixture
def config() -> Any:
    """A configuration with the callback in it."""
    return {"callbacks": [fmwatch.langchain.callback(route="refunds")]}


def chain(model: Any) -> Any:
    """Return a chain that retrieves, then asks."""
    from langchain_core.documents import Document  # noqa: PLC0415 - same
    from langchain_core.output_parsers import StrOutputParser  # noqa: PLC0415 - same
    from langchain_core.retrievers import BaseRetriever  # noqa: PLC0415 - same
    from langchain_core.runnables import RunnableLambda, RunnablePassthrough  # noqa: PLC0415 - same

    class Retriever(BaseRetriever):  # type: ignore[misc, unused-ignore]
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> Any:
            del run_manager
            return [Document(page_content=f"About {query} five days.", id="d1")]

    asked = RunnableLambda(lambda given: f"{given['context'][0].page_content} {given['question']}")
    return {"context": Retriever(), "question": RunnablePassthrough()} | asked | model | StrOutputParser()


def test_invoke(model: Any, config: Any, provider: FakeProvider, captured: Captured) -> None:
    """A model's answer is captured whole, and carries the event's id."""
    from langchain_core.messages import HumanMessage, SystemMessage  # noqa: PLC0415 - same

    provider.next(Reply(ANSWER, spent=SPENT, model="gpt-4o-2024-08-06"))
    answer = model.invoke([SystemMessage("Be brief."), HumanMessage("How long?")], config=config)
    event = captured.event()
    assert event.messages == (Message("system", "Be brief."), Message("user", "How long?"))
    assert (event.response, event.finish_reason, event.usage) == (ANSWER, "stop", USAGE)
    assert (event.provider, event.platform, event.route) == ("openai", "openai", "refunds")
    assert (event.request_model, event.response_model) == ("gpt-4o", "gpt-4o-2024-08-06")
    assert (event.request.temperature, event.request.max_tokens) == (0.2, 50)
    assert fmwatch.event_id(answer) == event.event_id
    assert "_fmwatch" not in answer.model_dump_json()


def test_stream(model: Any, config: Any, captured: Captured) -> None:
    """A stream is captured with the time to its first piece; usage nobody sent is missing."""
    assert "".join(piece.content for piece in model.stream("How long?", config=config)) == ANSWER
    event = captured.event()
    assert (event.response, event.usage_source, event.error_type) == (ANSWER, "missing", "")
    assert event.ttft_ms is not None


def test_abort(model: Any, config: Any, provider: FakeProvider, captured: Captured) -> None:
    """A stream that is closed early is a client's abort."""
    provider.piece_s = 0.01
    stream = model.stream("How long?", config=config)
    next(stream)
    next(stream)
    stream.close()
    assert captured.event().error_type == "client_abort"


def test_chain(model: Any, config: Any, captured: Captured) -> None:
    """What a retriever found becomes the context of the call that follows, and of no other run."""
    with fmwatch.observe(conversation="c-1") as seen:
        assert chain(model).invoke("refunds?", config=config) == ANSWER
    model.invoke("How long?", config=config)
    first, second = captured.events()
    assert first.context == (Passage("About refunds? five days.", "d1"),)
    assert (first.conversation_id, seen.event_id) == ("c-1", first.event_id)
    assert second.context == ()


def test_async(model: Any, config: Any, captured: Captured) -> None:
    """Asynchronous runs at the same time keep their contexts apart."""

    async def ask() -> None:
        await asyncio.gather(*(chain(model).ainvoke(f"order {n}?", config=config) for n in range(10)))

    asyncio.run(ask())
    events = captured.events()
    assert len(events) == 10
    assert all(event.messages[0].content.startswith(event.context[0].text) for event in events)
    assert len({event.context for event in events}) == 10


def test_tools(model: Any, config: Any, provider: FakeProvider, captured: Captured) -> None:
    """Calls of tools are captured."""
    provider.next(Reply("", (ToolCall("days", '{"order": 7}'),), finish="tool_calls"))
    model.invoke("How long?", config=config)
    event = captured.event()
    assert event.tool_calls == ({"id": "call_1", "name": "days", "arguments": {"order": 7}},)


def test_error(model: Any, config: Any, provider: FakeProvider, captured: Captured) -> None:
    """An error goes through unchanged, and is captured with its class and status."""
    provider.next(Reply("slow down", status=429))
    with pytest.raises(Exception, match="429") as raised:
        model.invoke("How long?", config=config)
    event = captured.event()
    assert (event.error_type, event.extra["error_status"]) == (type(raised.value).__name__, 429)


def test_our_bug(model: Any, config: Any, captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails in the callback, the application gets its answer."""

    def fails(*_: object) -> Any:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("fmwatch.wrap.langchain_callback.asked", fails)
    assert model.invoke("How long?", config=config).content == ANSWER
    assert captured.events() == []
    assert fmwatch.flush().reasons == {"not_encodable": 1}


def test_no_leak(model: Any, config: Any) -> None:
    """Nothing is kept of runs that have ended."""
    chain(model).invoke("refunds?", config=config)
    runs = config["callbacks"][0]._runs
    assert (len(runs._parents), len(runs._calls), len(runs._retrieved)) == (0, 0, 0)
