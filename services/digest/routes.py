"""Digests over HTTP: a token that reads one tenant has that tenant's."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import refusal
from services.deadlines.routes import whose
from services.digest.gather import Gather
from store.errors import StoreUnavailable

API = "/api/digest.json"


def digest_route(gather: Gather, entrance: Door) -> Route:
    """Return the route of a week's digest: `?week=2026-W47`, by default the last that is over."""

    def answered(request: Request) -> Response:
        try:
            tenant = whose(request, entrance)
            return _json(200, gather.digest(request.query_params.get("week", ""), tenant))
        except NoEntry as refused:
            return refusal(request, refused)
        except ValueError as error:
            return _json(400, {"error": str(error)})
        except StoreUnavailable as error:
            return _json(503, {"error": str(error)})

    return Route(API, answered, methods=["GET"])


def _json(status: int, content: object) -> Response:
    safe = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), status, safe, "application/json")
