import asyncio
import contextvars
import functools
import hashlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import fmwatch
import pytest
from fmwatch.event import Passage
from fmwatch.wrap.around import around

from tests.client.wrap.captured import Captured

CALL: dict[str, Any] = {"provider": "openai", "request_model": "gpt-4o"}


def test_nested(captured: Captured) -> None:
    """Blocks add to each other, the inner one goes first, and what is captured by hand is inside as well."""
    with fmwatch.observe(route="refunds", user="ana", tags={"shop": "de"}) as outer:
        with fmwatch.observe(route="returns", conversation="c-1", tags={"tier": 2}) as inner:
            event_id = fmwatch.capture(**CALL)
        fmwatch.capture(**CALL, route="own")
    fmwatch.capture(**CALL)
    first, second, third = captured.events()
    assert (first.route, first.conversation_id, first.tags) == ("returns", "c-1", {"shop": "de", "tier": "2"})
    assert first.user_hash == hashlib.sha256(b"ana").hexdigest()
    assert (second.route, second.tags) == ("own", {"shop": "de"})
    assert (third.route, third.tags, third.user_hash) == ("default", {}, "")
    assert (inner.event_id, outer.event_id) == (event_id, second.event_id)


def test_context(captured: Captured) -> None:
    """What was retrieved becomes the context of the calls inside, whatever it came as."""
    document = SimpleNamespace(page_content="Five days.", metadata={"source": "faq.md"}, id=None)
    node = SimpleNamespace(node=SimpleNamespace(text="By card.", node_id="n1", metadata={}), score=0.8)
    with fmwatch.context(["Ask us.", {"text": "Free.", "id": 7, "score": 0.5}, document, node]):
        fmwatch.capture(**CALL)
    with fmwatch.context("One text."):
        fmwatch.capture(**CALL)
    first, second = captured.events()
    assert first.context == (
        Passage("Ask us."),
        Passage("Free.", "7", 0.5),
        Passage("Five days.", "faq.md"),
        Passage("By card.", "n1", 0.8),
    )
    assert second.context == (Passage("One text."),)


@fmwatch.observe(route="plain")
def plain() -> Any:
    """Return what is said around."""
    return around()["route"]


@fmwatch.observe(route="later")
async def later() -> Any:
    """Return the same, from a coroutine."""
    await asyncio.sleep(0)
    return around()["route"]


@fmwatch.observe(route="pieces")
def pieces() -> Generator[Any, Any, str]:
    """Yield the same; and return."""
    sent = yield around()["route"]
    yield sent
    try:
        yield "caught?"
    except KeyError:
        yield around()["route"]
    return "done"


@fmwatch.observe(route="later pieces")
async def later_pieces() -> AsyncIterator[Any]:
    """Yield the same, asynchronously."""
    for _ in range(2):
        yield around()["route"]


def test_decorated() -> None:
    """Functions, coroutines and generators of both kinds are inside their block, and nobody else is."""
    assert plain() == "plain"
    assert inspect.iscoroutinefunction(later)
    assert inspect.isgeneratorfunction(pieces)
    assert inspect.isasyncgenfunction(later_pieces)
    generator: Any = pieces()
    assert next(generator) == "pieces"
    assert around() == {}
    assert generator.send("sent") == "sent"
    assert next(generator) == "caught?"
    assert generator.throw(KeyError()) == "pieces"
    with pytest.raises(StopIteration, match="done"):
        next(generator)

    async def ask() -> list[Any]:
        found = [await later()]
        async for piece in later_pieces():
            assert around() == {}
            found.append(piece)
        return found

    assert asyncio.run(ask()) == ["later", "later pieces", "later pieces"]


def test_async_generator_whole() -> None:
    """What is sent and thrown into an asynchronous generator reaches it; it is closed inside its block."""
    closed: list[str] = []

    @fmwatch.observe(route="talk")
    async def talk() -> AsyncGenerator[Any, Any]:
        try:
            sent = yield around()["route"]
            try:
                yield sent
            except KeyError:
                yield "caught"
        finally:
            closed.append(around()["route"])

    async def ask() -> list[Any]:
        pieces = talk()
        found = [await anext(pieces), await pieces.asend("sent"), await pieces.athrow(KeyError())]
        await pieces.aclose()
        return found

    assert asyncio.run(ask()) == ["talk", "sent", "caught"]
    assert closed == ["talk"]


def test_tasks(captured: Captured) -> None:
    """Tasks that run at the same time keep apart what is said around each."""

    async def ask(route: str) -> None:
        with fmwatch.observe(route=route):
            await asyncio.sleep(0)
            fmwatch.capture(**CALL, prompt=route)

    async def all_of_them() -> None:
        await asyncio.gather(*(ask(f"r{n}") for n in range(50)))

    asyncio.run(all_of_them())
    assert all(event.route == event.prompt for event in captured.events())


def test_threads(captured: Captured) -> None:
    """A thread starts with nothing around it, unless it runs in a copy of the context."""
    with ThreadPoolExecutor(1) as pool, fmwatch.observe(route="refunds") as seen:
        pool.submit(fmwatch.capture, **CALL).result()
        assert seen.event_id == ""
        inside = contextvars.copy_context()
        pool.submit(inside.run, functools.partial(fmwatch.capture, **CALL)).result()
    assert [event.route for event in captured.events()] == ["default", "refunds"]
    assert seen.event_id == captured.events()[1].event_id
