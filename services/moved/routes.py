"""What a running server says of moves, to those who may read everything."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.moved.reading import DAYS, Reading
from store.errors import StoreError, StoreUnavailable

PATH = "/api/moves.json"
MOST_DAYS = 365


class Asked(msgspec.Struct, frozen=True):
    """What is asked."""

    route: str = ""
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = DAYS


def moved_route(reading: Reading, entrance: Door) -> Route:
    """Return the route by which a command asks."""

    async def answered(request: Request) -> Response:
        try:
            everybody(entrance, request, "read")
            asked = msgspec.convert(dict(request.query_params), Asked, strict=False)
            found = await run_in_threadpool(reading.moves, asked.route, asked.days)
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        except StoreUnavailable as error:
            return _error(503, str(error))
        except (StoreError, msgspec.ValidationError) as error:
            return _error(400, f"this server does not understand the request: {error}")
        return Response(msgspec.json.encode({"moves": found}), media_type="application/json")

    return Route(PATH, answered)


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
