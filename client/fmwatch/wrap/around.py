"""What is said about every call made inside a block: the route, the conversation, the context answered from.

Kept in context variables: each task of asyncio and each thread has its own, and a new task inherits them.
A new thread does not; `contextvars.copy_context().run` takes them along.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import (
    Any,
    AsyncGenerator,
    Callable,
    Dict,
    Generator,
    List,
    Mapping,
    Optional,
    Tuple,
    TypeVar,
    cast,
)

from fmwatch.wrap.fields import passages

_F = TypeVar("_F", bound=Callable[..., Any])

_around: ContextVar[Dict[str, Any]] = ContextVar("fmwatch_around")
_seen: ContextVar[Tuple[observe, ...]] = ContextVar("fmwatch_seen", default=())


def around() -> Dict[str, Any]:
    """Return what is said about the calls made here; empty outside every block."""
    return _around.get({})


def captured(event_id: str, seen: Tuple[observe, ...]) -> None:
    """Let the blocks around a call know its event."""
    for block in seen:
        block.event_id = event_id


def watching() -> Tuple[observe, ...]:
    """Return the blocks around this place."""
    return _seen.get()


class observe:  # noqa: N801 - reads as a verb: with fmwatch.observe(route="refunds"):
    """Say for every call inside what it belongs to; a context manager, and a decorator of any function.

    Parameters
    ----------
    route, conversation, team, app, environment, tenant, prompt_name, prompt_version : as in an event
    user : anything that names a person; only its SHA-256 leaves the process, as `user_hash`
    tags : added to those of the blocks around
    context : what was retrieved for the answer; see `context`

    Attributes
    ----------
    event_id : of the last call made inside, for `fmwatch.feedback`; empty while there is none

    >>> with observe(route="refunds", conversation="c-17") as seen:
    ...     event_id = seen.event_id  # set by the first call in here
    """

    def __init__(
        self,
        *,
        route: str = "",
        conversation: object = None,
        user: object = None,
        tags: Optional[Mapping[str, object]] = None,
        context: object = None,
        team: str = "",
        app: str = "",
        environment: str = "",
        tenant: str = "",
        prompt_name: str = "",
        prompt_version: str = "",
    ) -> None:
        said: Dict[str, Any] = {
            "route": route,
            "conversation_id": "" if conversation is None else str(conversation),
            "user_hash": user_hash(user),
            "tags": {str(name): str(value) for name, value in (tags or {}).items()},
            "context": [] if context is None else passages(context),
            "team": team,
            "app": app,
            "environment": environment,
            "tenant": tenant,
            "prompt_name": prompt_name,
            "prompt_version": prompt_version,
        }
        self._said = {name: value for name, value in said.items() if value}
        self._tokens: List[Tuple[Token[Any], Token[Any]]] = []
        self.event_id = ""

    def __enter__(self) -> observe:  # noqa: PYI034 - Python 3.9 has no Self
        before = around()
        said = {**before, **self._said}
        if "tags" in before and "tags" in self._said:
            said["tags"] = {**before["tags"], **self._said["tags"]}
        self._tokens.append((_around.set(said), _seen.set((*_seen.get(), self))))
        return self

    def __exit__(self, *_: object) -> None:
        said, seen = self._tokens.pop()
        with suppress(ValueError):  # a generator may be closed in another context than it was begun in
            _around.reset(said)
            _seen.reset(seen)

    def __call__(self, function: _F) -> _F:
        """Return the function with everything it calls inside the block; also a coroutine or a generator."""
        return each_call(function, self._again)

    def _again(self) -> observe:
        block = observe()
        block._said = self._said
        return block


def context(retrieved: object) -> observe:
    """Return a block whose calls are answered from what was retrieved; answers are held against it.

    Parameters
    ----------
    retrieved : texts, mappings {text, id, score}, or documents of LangChain or LlamaIndex; or one of them

    >>> with context(["Refunds take five days."]):
    ...     pass  # ask the model in here
    """
    return observe(context=retrieved)


def user_hash(user: object) -> str:
    """Return what stands for a person in events: the SHA-256 of the name, and nothing for nobody."""
    return (
        "" if user is None or user == "" else hashlib.sha256(str(user).encode("utf-8", "replace")).hexdigest()
    )


def each_call(function: _F, block: Callable[[], Any]) -> _F:
    """Return the function with each of its calls, or each step of a generator, inside a block of its own.

    Parameters
    ----------
    block : makes the block of one call; one of a generator is entered again for every step
    """
    wrapped: Any
    if inspect.isasyncgenfunction(function):
        wrapped = later_steps(lambda given, named: (function(*given, **named), block(), _nothing))
    elif inspect.isgeneratorfunction(function):
        wrapped = steps(lambda given, named: (function(*given, **named), block(), _nothing))
    elif inspect.iscoroutinefunction(function):

        async def wrapped(*given: Any, **named: Any) -> Any:
            with block():
                return await function(*given, **named)
    else:

        def wrapped(*given: Any, **named: Any) -> Any:
            with block():
                return function(*given, **named)

    kept: Any = functools.wraps(function)(wrapped)
    return cast("_F", kept)


# Of what a generator was called with: the generator, the block entered for each of its steps, which sees how
# the last one ends it, and what is told of each piece it yields.
Beginning = Callable[[Tuple[Any, ...], Dict[str, Any]], Tuple[Any, Any, Callable[[Any], None]]]


def steps(begin: Beginning) -> Callable[..., Generator[Any, Any, Any]]:
    """Return a generator's function; what is sent or thrown in and what it returns is handed on as well."""

    def wrapped(*given: Any, **named: Any) -> Generator[Any, Any, Any]:
        generator, block, take = begin(given, named)
        step = functools.partial(next, generator)
        try:
            while True:
                with block:
                    item = step()
                take(item)
                try:
                    step = functools.partial(generator.send, (yield item))
                except GeneratorExit:
                    with block:
                        generator.close()
                        raise
                except BaseException as error:  # noqa: BLE001 - thrown into the generator
                    step = functools.partial(generator.throw, error)
        except StopIteration as stop:
            return stop.value

    return wrapped


def later_steps(begin: Beginning) -> Callable[..., AsyncGenerator[Any, Any]]:
    """Return the same of an asynchronous generator's function."""

    async def wrapped(*given: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        generator, block, take = begin(given, named)
        step = functools.partial(generator.asend, None)
        try:
            while True:
                with block:
                    item = await step()
                take(item)
                try:
                    step = functools.partial(generator.asend, (yield item))
                except GeneratorExit:
                    with block:
                        await generator.aclose()
                        raise
                except BaseException as error:  # noqa: BLE001 - thrown into the generator
                    step = functools.partial(generator.athrow, error)
        except StopAsyncIteration:
            return

    return wrapped


def _nothing(_: object) -> None:
    """Take a piece that nobody asked for."""
