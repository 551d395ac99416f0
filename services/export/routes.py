"""What a running server hands out for an export: for those who may read everything."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.gateway.body import BodyError, read
from store import export
from store.database import Database
from store.errors import StoreError, StoreUnavailable
from store.export import Format, Part, Wanted

PATH = "/api/export"


class Content(msgspec.Struct, forbid_unknown_fields=True):
    """A request for the bytes of a part."""

    wanted: Wanted
    part: Part
    form: Format


class Table(msgspec.Struct, frozen=True):
    """What a table of an export consists of."""

    columns: dict[str, str]
    parts: list[Part]


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_WANTED, _CONTENT = msgspec.json.Decoder(Wanted), msgspec.json.Decoder(Content)


class Reading:
    """Answers from the store. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def table(self, wanted: Wanted, name: str) -> Table:
        """Return the columns and parts of a table."""
        return Table(
            export.columns(self.database, wanted, name), list(export.parts(self.database, wanted, name))
        )

    def content(self, wanted: Wanted, part: Part, form: Format) -> bytes:
        """Return one part as a file."""
        return export.read(self.database, wanted, part, form)


def export_routes(reading: Reading, entrance: Door) -> list[Route]:
    """Return the routes by which a command reads the parts."""

    def table(body: bytes, request: Request) -> bytes:
        wanted, name = _WANTED.decode(body), request.path_params["name"]
        if name not in wanted.sources:
            raise ValueError(f"there is no table {name!r} to export")
        return msgspec.json.encode(reading.table(wanted, name))

    def content(body: bytes, request: Request) -> bytes:
        ask = _CONTENT.decode(body)
        if ask.wanted.content:
            everybody(entrance, request, "content")
        if ask.part.table not in ask.wanted.sources:
            raise ValueError(f"there is no table {ask.part.table!r} to export")
        return reading.content(ask.wanted, ask.part, ask.form)

    return [
        _route(f"{PATH}/tables/{{name}}", table, entrance, "application/json"),
        _route(f"{PATH}/content", content, entrance, "application/octet-stream"),
    ]


def _route(path: str, work: Callable[[bytes, Request], bytes], entrance: Door, kind: str) -> Route:
    async def answered(request: Request) -> Response:
        try:
            everybody(entrance, request, "read")
            body = await read(request)
            return Response(await run_in_threadpool(work, body, request), media_type=kind)
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        except BodyError as error:
            return _error(error.status, str(error))
        except StoreUnavailable as error:
            return _error(503, str(error))
        except (StoreError, ValueError) as error:
            return _error(400, f"this server does not understand the request: {error}")

    return Route(path, answered, methods=["POST"])


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
