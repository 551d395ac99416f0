"""Alerts over the server's API: of every tenant, so for those who may read, and write, all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.alerter.errors import AmbiguousAlert, Unclear, UnknownAlert
from services.alerter.word import VERBS, Verb
from services.alerts.saying import Saying
from services.gateway.body import BodyError, read
from store.errors import StoreUnavailable
from stream.errors import LogError

PREFIX = "/api/alerts"
TRUTH = "/api/false-alarms.json"
SERIES = "/api/series.json"
STATUS: Mapping[type[Unclear], int] = {UnknownAlert: 404, AmbiguousAlert: 400}


class Say(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody says of an alert."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_SAY = msgspec.json.Decoder(Say)


def alert_routes(desk: Saying, entrance: Door) -> list[Route]:
    """Return the routes by which people say something of alerts, and see how true those are."""

    def said(verb: Verb) -> Route:
        async def answered(request: Request) -> Response:
            try:
                everybody(entrance, request, "read")
                everybody(entrance, request, "ingest")
                say = _SAY.decode(await read(request))
            except NoEntry as refused:
                return _error(refused.status, str(refused), refused.headers)
            except BodyError as error:
                return _error(error.status, str(error))
            except msgspec.MsgspecError as error:
                return _error(400, f"this server does not understand the request: {error}")
            prefix = request.path_params["alert"]
            return await run_in_threadpool(_done, lambda: desk.say(prefix, verb, say.by, say.note))

        return Route(f"{PREFIX}/{{alert}}/{verb}", answered, methods=["POST"])

    def told(path: str, work: Callable[[], object]) -> Route:
        def answered(request: Request) -> Response:
            try:
                everybody(entrance, request, "read")
            except NoEntry as refused:
                return _error(refused.status, str(refused), refused.headers)
            return _done(work)

        return Route(path, answered)

    return [
        *(said(verb) for verb in VERBS),
        told(TRUTH, desk.truth),
        told(SERIES, lambda: {"series": desk.series()}),
    ]


def _done(work: Callable[[], object]) -> Response:
    try:
        return Response(msgspec.json.encode(work()), media_type="application/json")
    except Unclear as error:
        return _error(STATUS.get(type(error), 409), str(error))
    except (StoreUnavailable, LogError) as error:
        return _error(503, str(error))


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
