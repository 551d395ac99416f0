"""Deadlines over HTTP: a token that reads one tenant has that tenant's."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import refusal
from services.access.token import EVERY
from services.deadlines.calendar import calendar
from services.deadlines.deadline import Deadline
from services.deadlines.reading import Reading
from services.wording.links import Addresses
from store.errors import StoreUnavailable

FEED = "/calendar.ics"
API = "/api/deadlines.json"
AWAY_RETRY_S = 60

_SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def deadline_routes(reading: Reading, entrance: Door, at: Addresses) -> list[Route]:
    """Return the feed that calendars subscribe to, and the same as JSON. `?tenant=` asks for one tenant's."""

    def feed(found: list[Deadline], tenant: str) -> Response:
        body = calendar(found, at, tenants=not tenant)
        return Response(body, headers=_SAFE, media_type="text/calendar")

    def document(found: list[Deadline], _: str) -> Response:
        return Response(
            msgspec.json.encode({"deadlines": found}), headers=_SAFE, media_type="application/json"
        )

    return [_route(FEED, reading, entrance, feed), _route(API, reading, entrance, document)]


def _route(
    path: str, reading: Reading, entrance: Door, said: Callable[[list[Deadline], str], Response]
) -> Route:
    def answered(request: Request) -> Response:
        try:
            tenant = whose(request, entrance)
            return said(reading.deadlines(tenant), tenant)
        except NoEntry as refused:
            return refusal(request, refused)
        except StoreUnavailable:
            return Response("", 503, {**_SAFE, "Retry-After": str(AWAY_RETRY_S)})

    return Route(path, answered, methods=["GET"])


def whose(request: Request, entrance: Door) -> str:
    """Return the tenant whose data a request is answered with, "" for everybody's; raises NoEntry."""
    granted = entrance.tenant(request, "read")
    asked = request.query_params.get("tenant", "")
    if granted == EVERY:
        return asked
    if asked not in {"", granted}:
        raise NoEntry(403, f"the token is of tenant {granted!r} only: leave tenant out")
    return granted
