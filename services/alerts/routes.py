"""Alerts over the server's API: of every tenant, so for those who may read, and act on, all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.alerter.errors import AlertOver, Unclear, UnknownAlert
from services.alerter.word import VERBS, Verb
from services.alerts.reading import DAYS, MOST_DAYS
from services.alerts.saying import Saying
from services.gateway.body import BodyError, read
from store.errors import StoreUnavailable
from stream.errors import LogError

PREFIX = "/api/alerts"
TRUTH = "/api/false-alarms.json"
SERIES = "/api/series.json"
UNREAD = "this server does not understand the request"
STATUS: Mapping[type[Unclear], int] = {UnknownAlert: 404, AlertOver: 409}


class Say(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody says of an alert."""

    by: str
    note: str = ""


class Within(msgspec.Struct, forbid_unknown_fields=True):
    """For how many days alerts that are over are listed."""

    days: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] = DAYS


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_SAY = msgspec.json.Decoder(Say)


def alert_routes(desk: Saying, entrance: Door) -> list[Route]:
    """Return the routes by which people list alerts, say something of them, and see how true those are."""
    told = partial(_told, entrance)
    return [
        *(_said(entrance, desk, verb) for verb in VERBS),
        *(told(_place(verb), partial(_about, desk, verb)) for verb in VERBS),
        told(PREFIX, partial(_listed, desk)),
        told(TRUTH, lambda _: desk.truth()),
        told(SERIES, lambda _: {"series": desk.series()}),
    ]


def _said(entrance: Door, desk: Saying, verb: Verb) -> Route:
    async def answered(request: Request) -> Response:
        try:
            everybody(entrance, request, "read")
            everybody(entrance, request, "act")
            say = _SAY.decode(await read(request))
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        except BodyError as error:
            return _error(error.status, str(error))
        except msgspec.MsgspecError as error:
            return _error(400, f"{UNREAD}: {error}")
        prefix = request.path_params["alert"]
        return await run_in_threadpool(_done, lambda: desk.say(prefix, verb, say.by, say.note))

    return Route(_place(verb), answered, methods=["POST"])


def _told(entrance: Door, path: str, work: Callable[[Request], object]) -> Route:
    def answered(request: Request) -> Response:
        try:
            everybody(entrance, request, "read")
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        return _done(lambda: work(request))

    return Route(path, answered)


def _about(desk: Saying, verb: Verb, request: Request) -> object:
    return {"id": desk.about(request.path_params["alert"], verb)}


def _listed(desk: Saying, request: Request) -> object:
    asked = msgspec.convert(dict(request.query_params), Within, strict=False)
    return {"alerts": desk.alerts(asked.days)}


def _place(verb: Verb) -> str:
    return f"{PREFIX}/{{alert}}/{verb}"


def _done(work: Callable[[], object]) -> Response:
    try:
        return Response(msgspec.json.encode(work()), media_type="application/json")
    except msgspec.ValidationError as error:
        return _error(400, f"{UNREAD}: {error}")
    except Unclear as error:
        return _error(STATUS.get(type(error), 400), str(error))
    except (StoreUnavailable, LogError) as error:
        return _error(503, str(error))


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
