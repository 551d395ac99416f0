"""What a running server tells the commands that compare models: for those who may read everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.gateway.body import BodyError, read
from services.shadow.reading import Reading
from store.errors import StoreError, StoreUnavailable
from store.pairs import Compared, Draw, Ids, Route, Watched

PATH = "/api/shadow"

# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_QUESTIONS: dict[str, msgspec.json.Decoder[Any]] = {
    "uses": msgspec.json.Decoder(Route),
    "draw": msgspec.json.Decoder(Draw),
    "calls": msgspec.json.Decoder(Ids),
    "pairs": msgspec.json.Decoder(Compared),
    "said": msgspec.json.Decoder(Compared),
    "standings": msgspec.json.Decoder(Watched),
}
_TEXTS = frozenset({"calls"})  # what answers with what was asked and answered


def shadow_routes(reading: Reading, entrance: Door) -> list[HttpRoute]:
    """Return the routes by which a command asks; each question is a method of `Reading`."""
    return [_route(name, getattr(reading, name), entrance) for name in _QUESTIONS]


def _route(name: str, work: Callable[[Any], object], entrance: Door) -> HttpRoute:
    def answer(body: bytes) -> bytes:
        return msgspec.json.encode(work(_QUESTIONS[name].decode(body)))

    async def answered(request: Request) -> Response:
        try:
            everybody(entrance, request, "content" if name in _TEXTS else "read")
            content = await run_in_threadpool(answer, await read(request))
            return Response(content, media_type="application/json")
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        except BodyError as error:
            return _error(error.status, str(error))
        except StoreUnavailable as error:
            return _error(503, str(error))
        except (StoreError, ValueError) as error:
            return _error(400, f"this server does not understand the request: {error}")

    return HttpRoute(f"{PATH}/{name}", answered, methods=["POST"])


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
