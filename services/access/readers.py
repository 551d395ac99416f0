"""In front of what people read: who may come in sees what the token is for, others are told why not."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import NamedTuple

import msgspec
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from services.access.door import Door, NoEntry, needs
from services.access.token import EVERY, Scope, name
from services.access.tokens import Grant


class Reader(NamedTuple):
    """Who asks.

    Attributes
    ----------
    grant : what the token is good for, and for which tenant
    name : under which a browser's user came in; nobody has checked it
    """

    grant: Grant
    name: str = ""

    @property
    def tenant(self) -> str:
        """Whose data may be seen, "*" for everybody's."""
        return self.grant.tenant


_READER: ContextVar[Reader] = ContextVar("reader")


def reader() -> Reader:
    """Return who asks; raises LookupError where no door was passed, so that nothing is shown by mistake."""
    return _READER.get()


def everybody(door: Door, request: Request, scope: Scope) -> None:
    """Let in who may do this for every tenant; raises NoEntry."""
    _every(door.tenant(request, scope), scope)


class Readers:
    """An application behind a door, for those who may read.

    Parameters
    ----------
    whole : only for those who may read everything; else `reader()` says within the application who asks
    """

    def __init__(self, app: ASGIApp, door: Door, *, whole: bool = False) -> None:
        self.app = app
        self.door = door
        self.whole = whole

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Let the request in, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            found = self._reader(request)
        except NoEntry as refused:
            await refusal(request, refused)(scope, receive, send)
            return
        before = _READER.set(found)
        try:
            await self.app(scope, receive, send)
        finally:
            _READER.reset(before)

    def _reader(self, request: Request) -> Reader:
        grant = self.door.grant(request)
        needs(grant, "read")
        if self.whole:
            _every(grant.tenant, "read")
        return Reader(grant, name(request.headers.get("authorization", "")))


def refusal(request: Request, refused: NoEntry) -> Response:
    """Return the answer to somebody who may not come in: JSON to programs, a sentence to people."""
    headers = {**refused.headers, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if request.url.path.startswith("/api/"):
        body = msgspec.json.encode({"error": str(refused)})
        return Response(body, refused.status, headers, "application/json")
    return PlainTextResponse(f"{refused}\n", refused.status, headers)


def readable(routes: Sequence[BaseRoute], door: Door) -> Mount:
    """Return routes for those who may read; they must stand last, for they take every path."""
    return Mount("/", routes=routes, middleware=[Middleware(Readers, door=door)])


def whole(door: Door) -> list[Middleware]:
    """Return what stands before a route that shows all tenants."""
    return [Middleware(Readers, door=door, whole=True)]


def _every(tenant: str, scope: Scope) -> None:
    if tenant != EVERY:
        raise NoEntry(
            403,
            f"this is about all tenants, and the token is of tenant {tenant!r} only: use one of scope "
            f'{scope} and tenant "{EVERY}"',
        )
