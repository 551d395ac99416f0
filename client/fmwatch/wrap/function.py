"""Watching a model that no wrapper knows: a function that asks it, or a block of code."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple, TypeVar, cast

from fmwatch.wrap.around import Beginning, later_steps, steps
from fmwatch.wrap.call import Call
from fmwatch.wrap.fields import turns
from fmwatch.wrap.guard import guarded, note

if TYPE_CHECKING:
    from fmwatch.client import Client

_F = TypeVar("_F", bound=Callable[..., Any])


class watch:  # noqa: N801 - reads as a verb: with fmwatch.watch(provider="acme", request_model="small") as call:
    """Capture one model call: what happens in the block, or each call of the function it decorates.

    Of a function, synchronous or not, the first argument is the prompt (a text) or the messages (a list), and
    what it returns, or the pieces that it yields, are the answer; time to the first piece is measured.
    What is raised goes on unchanged, and its class is the `error_type`.

    Parameters
    ----------
    provider, request_model : who is asked, and which model
    read : of a function's result that is no text: returns fields of an event, as `response` and `usage`
    to : takes the events; by default the process's own client
    said : further fields of the event, as `platform`, `route` or `messages`

    >>> with watch(provider="acme", request_model="small", prompt="2 + 2?") as call:
    ...     call.add(response="4", usage={"input": 5, "output": 1})
    """

    def __init__(
        self,
        *,
        provider: str,
        request_model: str,
        read: Optional[Callable[[Any], Mapping[str, Any]]] = None,
        to: Optional[Client] = None,
        **said: Any,
    ) -> None:
        self._known = {"provider": provider, "request_model": request_model}
        self._said = said
        self._read = read
        self._to = to
        self._open: List[Call] = []

    def __enter__(self) -> Call:
        call = self._call()
        self._open.append(call)
        return call

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        self._open.pop().__exit__(kind, error, trace)

    def __call__(self, function: _F) -> _F:
        """Return the function, watched."""
        if inspect.isasyncgenfunction(function):
            wrapped: Any = later_steps(self._pieces_of(function))
        elif inspect.isgeneratorfunction(function):
            wrapped = steps(self._pieces_of(function))
        elif inspect.iscoroutinefunction(function):
            wrapped = self._of_coroutine(function)
        else:
            wrapped = self._of_function(function)
        return cast("_F", functools.wraps(function)(wrapped))

    def _of_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            with self._asked(given, named) as call:
                result = function(*given, **named)
                call.end(self._answered(result))
                return result

        return wrapped

    def _of_coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(*given: Any, **named: Any) -> Any:
            with self._asked(given, named) as call:
                result = await function(*given, **named)
                call.end(self._answered(result))
                return result

        return wrapped

    def _pieces_of(self, function: Callable[..., Any]) -> Beginning:
        def begin(given: Tuple[Any, ...], named: Dict[str, Any]) -> Tuple[Any, Any, Callable[[Any], None]]:
            pieces = function(*given, **named)
            answer = _Answer(self._asked(given, named))
            return pieces, answer, answer.piece

        return begin

    def _call(self) -> Call:
        names = {name: value for name, value in self._said.items() if name in _UNDER}
        rest = {name: value for name, value in self._said.items() if name not in _UNDER}
        return Call(names, {**self._known, **rest}, self._to)

    def _asked(self, given: Tuple[Any, ...], named: Mapping[str, Any]) -> Call:
        call = self._call()
        first = given[0] if given else next(iter(named.values()), None)
        if len(given) > 1 and not isinstance(first, (str, list)):
            first = given[1]  # of a method
        if isinstance(first, str):
            call.add(prompt=first)
        elif isinstance(first, list):
            _add_messages(call, first)
        return call

    def _answered(self, result: Any) -> Dict[str, Any]:
        if self._read is None:
            return {"response": result} if isinstance(result, str) else {}
        try:
            return dict(self._read(result))
        except Exception:  # noqa: BLE001 - the application's call comes first
            note()
            return {}


@guarded
def _add_messages(call: Call, messages: List[Any]) -> None:
    call.add(messages=turns(messages))


# What a block of `observe` around the call knows better than the decorator.
_UNDER = frozenset(
    ("route", "team", "app", "environment", "tenant", "conversation_id", "user_hash", "tags", "context")
)


class _Answer:
    """The pieces that a watched generator yields; as a block around each step, it sees the last one."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._texts: List[str] = []

    @guarded
    def piece(self, piece: Any) -> None:
        self._call.piece()
        if isinstance(piece, str):
            self._texts.append(piece)
        if piece:  # an array does not say
            self._call.content()

    def __enter__(self) -> None:
        """Begin a step."""

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        if error is None:
            return
        said = {"response": "".join(self._texts)} if self._texts else {}
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            self._call.end(said)
        else:
            self._call.fail(error, said)
