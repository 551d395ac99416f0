import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any

import fmwatch
import pytest
from fmwatch.event import Message, Usage

from tests.client.wrap.captured import Captured

ACME: Any = {"provider": "acme", "request_model": "small"}


def test_function(captured: Captured) -> None:
    """A function that asks a model is captured: its first argument and what it returns."""

    @fmwatch.watch(**ACME, route="sums")
    def ask(prompt: str, *, most: int = 10) -> str:
        return prompt.upper()[:most]

    assert ask("two and two") == "TWO AND TW"
    with fmwatch.observe(route="other"):
        ask("three")
    first, second = captured.events()
    assert (first.prompt, first.response, first.route) == ("two and two", "TWO AND TW", "sums")
    assert (first.provider, first.request_model, first.usage_source) == ("acme", "small", "missing")
    assert first.latency_ms is not None
    assert second.route == "other"


def test_read(captured: Captured) -> None:
    """An answer that is no text is read by the application's own function; one that fails loses no call."""

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        return {"response": answer["text"], "usage": {"input": answer["tokens"]}}

    @fmwatch.watch(**ACME, read=read)
    def ask(messages: list[Any]) -> dict[str, Any]:
        return {"text": "4", "tokens": 5} if messages else {}

    ask([{"role": "user", "content": "2 + 2?"}])
    assert ask([]) == {}
    first, second = captured.events()
    assert (first.messages, first.response, first.usage) == (
        (Message("user", "2 + 2?"),),
        "4",
        Usage(input=5),
    )
    assert second.response == ""
    report = fmwatch.flush()
    assert (report.captured, report.reasons) == (2, {})


def test_error(captured: Captured) -> None:
    """What the function raises goes on unchanged, and is captured by its class."""

    @fmwatch.watch(**ACME)
    def ask(prompt: str) -> str:
        raise ConnectionError(prompt)

    with pytest.raises(ConnectionError, match="hello"):
        ask("hello")
    assert captured.event().error_type == "ConnectionError"


def test_method(captured: Captured) -> None:
    """Of a method the prompt is the argument after the object."""

    class Model:
        @fmwatch.watch(**ACME)
        def ask(self, prompt: str) -> str:
            return prompt

    Model().ask("hello")
    assert captured.event().prompt == "hello"


def test_coroutine(captured: Captured) -> None:
    """A coroutine is captured when it has ended; cancelled, it is a client's abort."""

    @fmwatch.watch(**ACME)
    async def ask(prompt: str) -> str:
        await asyncio.sleep(0 if prompt == "now" else 10)
        return prompt

    async def both() -> None:
        await ask("now")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask("never"), 0.01)

    asyncio.run(both())
    assert [event.error_type for event in captured.events()] == ["", "client_abort"]


def test_generator(captured: Captured) -> None:
    """The pieces of a generator are the answer; left early, it is a client's abort."""

    @fmwatch.watch(**ACME)
    def ask(prompt: str) -> Iterator[str]:
        yield from ("", prompt, "!")

    assert list(ask("hello")) == ["", "hello", "!"]
    left = ask("bye")
    next(left)
    next(left)
    left.close()  # type: ignore[attr-defined]
    first, second = captured.events()
    assert (first.response, first.error_type) == ("hello!", "")
    assert first.ttft_ms is not None
    assert (second.response, second.error_type) == ("bye", "client_abort")


def test_async_generator(captured: Captured) -> None:
    """The same of an asynchronous one; the function's own generator is closed with it."""
    closed: list[bool] = []

    @fmwatch.watch(**ACME)
    async def ask(prompt: str) -> AsyncIterator[str]:
        try:
            for word in prompt.split():
                yield word
        finally:
            closed.append(True)

    async def both() -> None:
        assert [word async for word in ask("five days")] == ["five", "days"]
        left: Any = ask("five days")
        await anext(left)
        await left.aclose()

    asyncio.run(both())
    first, second = captured.events()
    assert (first.response, second.response) == ("fivedays", "five")
    assert (second.error_type, closed) == ("client_abort", [True, True])


def test_generator_whole() -> None:
    """What is sent and thrown into a generator reaches it, and what it returns comes out."""

    @fmwatch.watch(**ACME)
    def ask(prompt: str) -> Generator[str, str, str]:
        sent = yield prompt
        try:
            yield sent.upper()
        except KeyError:
            yield "caught"
        return "done"

    pieces = ask("hello")
    assert next(pieces) == "hello"
    assert pieces.send("more") == "MORE"
    assert pieces.throw(KeyError()) == "caught"
    with pytest.raises(StopIteration, match="done"):
        next(pieces)


def test_async_generator_whole(captured: Captured) -> None:
    """So it does with an asynchronous one; what it does not catch is the call's error."""

    @fmwatch.watch(**ACME)
    async def ask(prompt: str) -> AsyncGenerator[str, str]:
        sent = yield prompt
        try:
            yield sent.upper()
        except KeyError:
            yield "caught"

    async def talk() -> None:
        pieces = ask("hello")
        assert await anext(pieces) == "hello"
        assert await pieces.asend("more") == "MORE"
        assert await pieces.athrow(KeyError()) == "caught"
        with pytest.raises(ConnectionError):
            await pieces.athrow(ConnectionError())

    asyncio.run(talk())
    event = captured.event()
    assert (event.response, event.error_type) == ("helloMOREcaught", "ConnectionError")


def test_piece_of_any_kind(captured: Captured) -> None:
    """A piece that does not even say whether it is empty is handed on, and costs no event."""

    class Array:
        def __bool__(self) -> bool:
            raise ValueError("ambiguous")

    @fmwatch.watch(**ACME)
    def ask(prompt: str) -> Iterator[Any]:
        yield Array()
        yield prompt

    assert len(list(ask("hello"))) == 2
    assert captured.event().response == "hello"


def test_messages_of_any_kind(captured: Captured) -> None:
    """Messages whose own code fails reach the function, and the call is captured without them."""

    class Hostile:
        @property
        def role(self) -> str:
            raise ValueError("no role")

    @fmwatch.watch(**ACME)
    def ask(messages: list[Any]) -> str:
        return str(len(messages))

    assert ask([Hostile()]) == "1"
    assert (captured.event().messages, captured.event().response) == ((), "1")


def test_block(captured: Captured) -> None:
    """A block is one call, of which the application says what it knows."""
    with fmwatch.watch(**ACME, prompt="2 + 2?") as call:
        call.add(response="4", usage={"input": 5, "output": 1}, finish_reason="stop")
    with pytest.raises(KeyError), fmwatch.watch(**ACME):
        raise KeyError
    first, second = captured.events()
    assert (first.prompt, first.response, first.usage) == ("2 + 2?", "4", Usage(5, 1))
    assert (first.event_id, first.usage_source) == (call.event_id, "provider")
    assert second.error_type == "KeyError"
