"""Erasing over the server's API: for those who may read and write everything."""

from __future__ import annotations

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.erase.directory import Desk
from services.gateway.body import BodyError, read
from store.errors import StoreError, StoreUnavailable
from store.subject import Subject
from stream.errors import LogError

PATH = "/api/erase"


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """A request to erase somebody."""

    user_hash: str = ""
    tenant: str = ""
    dry_run: bool = False


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_ASK = msgspec.json.Decoder(Ask)


def erase_route(desk: Desk, entrance: Door) -> Route:
    """Return the route by which somebody is erased."""

    async def asked(request: Request) -> Response:
        try:
            everybody(entrance, request, "read")
            everybody(entrance, request, "ingest")
            ask = _ASK.decode(await read(request))
            subject = Subject(ask.user_hash, ask.tenant)
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        except BodyError as error:
            return _error(error.status, str(error))
        except ValueError as error:
            return _error(400, f"this server does not understand the request: {error}")
        return await run_in_threadpool(_done, desk, subject, dry_run=ask.dry_run)

    return Route(PATH, asked, methods=["POST"])


def _done(desk: Desk, subject: Subject, *, dry_run: bool) -> Response:
    try:
        found = desk.dry_run(subject) if dry_run else desk.erase(subject)
    except (StoreUnavailable, LogError) as error:
        return _error(503, str(error))
    except StoreError as error:
        return _error(409, str(error))
    return Response(msgspec.json.encode(found), media_type="application/json")


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
