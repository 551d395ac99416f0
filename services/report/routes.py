"""Comparisons and weeks over HTTP: a token that reads one tenant has that tenant's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, NoEntry
from services.access.readers import refusal
from services.alerter.errors import Unclear
from services.deadlines.routes import whose
from services.report.errors import ReportError
from services.report.fleet_week import FleetWeek, FleetWeeks
from services.report.gather import Gather
from services.report.second_look import MOST_ROWS
from services.report.windows import Asked
from store.compared import Compared
from store.errors import StoreError, StoreInUse, StoreUnavailable

API = "/api/report.json"
SAMPLE = "/api/report/sample.parquet"
WEEK = "/api/report/week.json"
PARQUET = "application/vnd.apache.parquet"

_SAFE: Mapping[str, str] = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_CALLS = msgspec.json.Decoder(Compared)  # made at import: of threads that use a type first, one may crash


def report_routes(gather: Gather, weeks: FleetWeeks, entrance: Door) -> list[Route]:
    """Return the routes: what two windows have apart, single calls of them without content, and a week."""

    def comparison(request: Request, tenant: str) -> Response:
        given = dict(request.query_params) | {"tenant": tenant}
        return _json(200, gather.comparison(msgspec.convert(given, Asked, strict=False)))

    def sample(request: Request, tenant: str) -> Response:
        calls = _CALLS.decode(request.query_params.get("calls", ""))
        own = msgspec.structs.replace(calls, tenant=tenant) if tenant else calls
        return Response(gather.sample(own, MOST_ROWS), headers=_SAFE, media_type=PARQUET)

    def week(request: Request, tenant: str) -> Response:
        found: FleetWeek = weeks.week(request.query_params.get("week", ""), tenant)
        return _json(200, found)

    return [
        _route(path, entrance, work) for path, work in ((API, comparison), (SAMPLE, sample), (WEEK, week))
    ]


def _route(path: str, entrance: Door, work: Callable[[Request, str], Response]) -> Route:
    def answered(request: Request) -> Response:
        try:
            return work(request, whose(request, entrance))
        except NoEntry as refused:
            return refusal(request, refused)
        except (ReportError, Unclear, ValueError) as error:  # of msgspec too
            return _json(400, {"error": str(error)})
        except (StoreUnavailable, StoreInUse) as error:
            return _json(503, {"error": str(error)})
        except StoreError as error:  # such as a time that the store does not reach
            return _json(400, {"error": str(error)})

    return Route(path, answered, methods=["GET"])


def _json(status: int, content: object) -> Response:
    return Response(msgspec.json.encode(content), status, _SAFE, "application/json")
