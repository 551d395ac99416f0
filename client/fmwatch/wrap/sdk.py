"""Watching a client of the OpenAI or Anthropic SDK, at the one method through which all its requests go.

Every call of both SDKs (`create`, `parse`, `stream`, raw and streamed responses, copies by `with_options`)
ends in `client.request(cast_to, options, stream=..., stream_cls=...)`, synchronous or not. The client keeps
its identity and becomes an instance of a subclass with that method watched: no resource is replaced, so
whatever holds one of them goes on working.
"""

from __future__ import annotations

import functools
import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, NamedTuple, Optional, TypeVar

from fmwatch.wrap.call import Call, mark
from fmwatch.wrap.guard import lost, note
from fmwatch.wrap.pieces import Answer, subclass, watch_stream
from fmwatch.wrap.place import place

if TYPE_CHECKING:
    from fmwatch.client import Client

_C = TypeVar("_C")
_call: ContextVar[Optional[Call]] = ContextVar("fmwatch_call", default=None)


class Endpoint(NamedTuple):
    """How one of a provider's interfaces is read.

    Attributes
    ----------
    asked : the fields of a request's body
    answered : the fields of the SDK's answer
    answer : makes what puts a stream together; told whether we asked for the usage
    """

    operation: str
    asked: Callable[[Mapping[str, Any]], Dict[str, Any]]
    answered: Callable[[Any], Dict[str, Any]]
    answer: Optional[Callable[[bool], Answer]] = None


class Watching(NamedTuple):
    """What `watch` was told.

    Attributes
    ----------
    endpoints : by the path of the request
    maker : whose interface the client speaks, openai or anthropic
    fixed : provider, platform or region that the caller knows better than the client's host tells
    said : of each call, beneath what the blocks around it say
    client : takes the events; None is the process's own
    include_usage : have streams of chat completions say what they used
    """

    endpoints: Mapping[str, Endpoint]
    maker: str
    fixed: Dict[str, str]
    said: Dict[str, Any]
    client: Optional[Client]
    include_usage: bool


def watched(
    client: _C,
    *,
    endpoints: Mapping[str, Endpoint],
    maker: str,
    known: Mapping[str, str],
    said: Dict[str, Any],
    to: Optional[Client],
    include_usage: bool = False,
) -> _C:
    """Return the same client, watched from now on; the parameters are Watching's.

    One that is watched already is left as it is; so is, with a line in the log, what is no client of the SDK,
    as the stand-in of a test.
    """
    fixed = {name: value for name, value in known.items() if value}
    watching = Watching(endpoints, maker, fixed, said, to, include_usage)
    kind: Any = type(client)
    try:
        if not hasattr(kind, "_fmwatch"):
            client.__class__ = _subclass(kind, kind.request, watching)
    except (AttributeError, TypeError):
        import logging  # noqa: PLC0415 - rarely needed

        what = "%s is not watched: it is no client such as OpenAI() or AsyncAnthropic()"
        logging.getLogger("fmwatch").warning(what, kind.__name__)
    return client


def _subclass(kind: Any, request: Callable[..., Any], watching: Watching) -> Any:
    body: Dict[str, Any] = {"_fmwatch": watching, "request": _request(request)}
    prepare = getattr(kind, "_prepare_request", None)
    if prepare is not None:
        body["_prepare_request"] = _prepared(prepare)
    return subclass(kind, **body)


def _request(request: Callable[..., Any]) -> Callable[..., Any]:
    """Return the SDK's method, synchronous or not, with each model call that it makes watched."""

    def watched_request(self: Any, cast_to: Any, options: Any, **named: Any) -> Any:
        call = _begun(self, options)
        if call is None:
            return request(self, cast_to, options, **named)
        with call:
            found = request(self, cast_to, options, **named)
        return call.taken(found)

    async def watched_later(self: Any, cast_to: Any, options: Any, **named: Any) -> Any:
        call = _begun(self, options)
        if call is None:
            return await request(self, cast_to, options, **named)
        with call:
            found = await request(self, cast_to, options, **named)
        return call.taken(found)

    return watched_later if inspect.iscoroutinefunction(request) else watched_request


def _prepared(prepare: Callable[..., Any]) -> Callable[..., Any]:
    """Return the SDK's own hook for each try of a request."""

    def watched_prepare(self: Any, request: Any) -> Any:
        call = _call.get()
        if call is not None:
            call.attempt += 1
        return prepare(self, request)

    return watched_prepare


class _SdkCall(Call):
    """A call that knows how its answer is read; inside its block the SDK's hooks find it.

    Attributes
    ----------
    endpoint : where it was sent
    usage_asked : we asked for the usage, the application did not
    """

    endpoint: Endpoint
    usage_asked: bool

    def __enter__(self) -> _SdkCall:  # noqa: PYI034 - Python 3.9 has no Self
        self._token = _call.set(self)
        return self

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        if error is not None:
            self.fail(error)
        try:  # noqa: SIM105 - it costs less
            _call.reset(self._token)
        except ValueError:  # a coroutine may be closed in another context than it was begun in
            pass
        del self._token  # it holds the context, which may hold this call

    def taken(self, found: Any) -> Any:
        """Read the answer, or see to it that it is read when the application does so; return it."""
        if self.ended:
            return found
        endpoint = self.endpoint
        try:
            mark(found, self.event_id)
            # First what is of pydantic: it takes microseconds to say that it has not what the others have.
            if hasattr(found, "__pydantic_extra__"):
                self.end(endpoint.answered(found))
            elif hasattr(found, "_iterator") and endpoint.answer is not None:
                watch_stream(found, self, endpoint.answer(self.usage_asked))
            elif hasattr(found, "http_response") and hasattr(found, "parse"):
                self._taken_raw(found)
            else:
                self.end(endpoint.answered(found))
        except Exception:  # noqa: BLE001 - the application's call comes first
            note()
            self.end()
        return found

    def _taken_raw(self, raw: Any) -> None:
        """Read a raw response: now, where its body is here, else what is parsed out of it later."""
        if raw.http_response.is_closed:
            import json  # noqa: PLC0415 - importing the package stays cheap

            self.end(self.endpoint.answered(json.loads(raw.http_response.content)))
            return
        kind: Any = type(raw)
        raw.__class__ = _watched_raw(kind)
        raw._fmwatch_call = self  # noqa: SLF001 - our own


def _begun(client: Any, options: Any) -> Optional[_SdkCall]:
    """Return the call that begins here, or None for a request that is no model call."""
    watching: Watching = client._fmwatch  # noqa: SLF001 - our own
    try:
        endpoint = watching.endpoints.get(str(options.url).split("?", 1)[0])
        body = options.json_data
        if endpoint is None or not isinstance(body, dict) or str(options.method).lower() != "post":
            return None
        # Of the user, the conversation and the prompt's name the blocks around a call know better than its
        # request; of all else they say nothing.
        asked = {
            **watching.said,
            **_place(client, watching),
            "operation": endpoint.operation,
            **endpoint.asked(body),
        }
        call = _SdkCall(asked, {}, watching.client)
        call.attempt = 0  # each try is counted when it begins
        call.endpoint = endpoint
        call.usage_asked = watching.include_usage and _ask_for_usage(options, body)
    except Exception:  # noqa: BLE001 - the application's call comes first
        lost(watching.client)
        return None
    return call


def _place(client: Any, watching: Watching) -> Dict[str, str]:
    """Return the client's place, looked up again only when it has got another address."""
    base = client.base_url
    known = client.__dict__.get("_fmwatch_place")
    if known is None or known[0] is not base:
        found = place(client, watching.maker, watching.fixed.get("platform", ""))
        known = client.__dict__["_fmwatch_place"] = base, {**found, **watching.fixed}
    where: Dict[str, str] = known[1]
    return where


def _ask_for_usage(options: Any, body: Mapping[str, Any]) -> bool:
    """Have a stream of chat completions say its usage; True where it would not have done so."""
    if "messages" not in body or not body.get("stream"):
        return False
    asked = body.get("stream_options")
    if isinstance(asked, Mapping) and "include_usage" in asked:
        return False
    more = {**asked, "include_usage": True} if isinstance(asked, Mapping) else {"include_usage": True}
    options.json_data = {**body, "stream_options": more}
    return True


@functools.lru_cache(maxsize=64)
def _watched_raw(kind: Any) -> Any:
    """Return the raw response's class with what is parsed out of it watched."""
    whole = kind.parse

    def parse(self: Any, *given: Any, **named: Any) -> Any:
        found, call = whole(self, *given, **named), self._fmwatch_call
        if inspect.isawaitable(found):
            return _later(call, found)
        return call.taken(found)

    return subclass(kind, parse=parse)


async def _later(call: _SdkCall, waiting: Any) -> Any:
    return call.taken(await waiting)
