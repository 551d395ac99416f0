"""In front of what shows all tenants: who may not see all of them is told so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from services.access.door import Door, NoEntry
from services.access.token import EVERY, Scope


def everybody(door: Door, request: Request, scope: Scope) -> None:
    """Let in who may do this for every tenant; raises NoEntry."""
    tenant = door.tenant(request, scope)
    if tenant != EVERY:
        raise NoEntry(
            403,
            f"this is about all tenants, and the token is of tenant {tenant!r} only: use one of scope "
            f'{scope} and tenant "{EVERY}"',
        )


class Readers:
    """An application behind a door, for those who may read everything."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self.door = door

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Let the request in, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            everybody(self.door, request, "read")
        except NoEntry as refused:
            await refusal(request, refused)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def refusal(request: Request, refused: NoEntry) -> Response:
    """Return the answer to somebody who may not come in: JSON to programs, a sentence to people."""
    headers = {**refused.headers, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if request.url.path.startswith("/api/"):
        body = msgspec.json.encode({"error": str(refused)})
        return Response(body, refused.status, headers, "application/json")
    return PlainTextResponse(f"{refused}\n", refused.status, headers)


def readable(routes: Sequence[BaseRoute], door: Door) -> Mount:
    """Return routes for those who may read everything; they must stand last, for they take every path."""
    return Mount("/", routes=routes, middleware=[Middleware(Readers, door=door)])
