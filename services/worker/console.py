"""`fmwatch worker console`: the pages, the read API and the dead letters of a ClickHouse server."""

from __future__ import annotations

from contextlib import ExitStack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services import listening
from services.access.door import Door, door
from services.access.readers import readable
from services.address import HOST, Address
from services.alerts.production import Production
from services.alerts.spoken import Spoken
from services.config import Config
from services.console.organisation import Organisation
from services.console.page import Console
from services.console.source import StoreAudit, StoreSource
from services.dead_letters.reading import Reading
from services.dead_letters.routes import Routes
from services.deadlines.reading import Reading as Deadlines
from services.deadlines.routes import deadline_routes
from services.digest.gather import Gather
from services.digest.routes import digest_route
from services.label.judgements import Judgements
from services.late_log import LateLog
from services.metrics_endpoint import MetricsEndpoint
from services.wall import now
from services.wiring import addresses, check_built, opened, server
from services.worker import logs
from store.database import Database
from stream.meter import Meter

PORT = 8766
SEND_S = 4.0  # how long the brokers may take a label: somebody waits before a browser


def serve(config: Config, host: str = HOST, port: int = PORT, metrics: Address | None = None) -> None:
    """Show what is stored until SIGTERM or SIGINT.

    Parameters
    ----------
    metrics : where Prometheus reads; None is the usual place, or a free port

    Raises
    ------
    ConfigError : the configuration names no ClickHouse server, or others could connect without a token
    PortTaken : somebody listens at the port already
    StoreUnavailable : the server does not answer at the start
    """
    check_built(config)
    server(config)  # before anything is opened
    entrance = door(config, host)
    logs.to_stderr()
    with (
        listening.bound(host, port) as socket,
        MetricsEndpoint(Meter("console"), metrics),
        opened(config) as database,
        ExitStack() as held,
    ):
        log = held.enter_context(LateLog(config, SEND_S)) if config.log.kafka else None
        app = application(database, entrance, config, log)
        listening.answer(app, socket, "console")


def application(database: Database, entrance: Door, config: Config, log: LateLog | None = None) -> Starlette:
    """Return the application of a store; pairs can be judged where there is a log, too."""
    at = addresses(config)
    console = Console(
        StoreSource(database),
        now,
        at=at,
        organisation=Organisation.of(config),
        desk=Spoken(Production(database, config, now)),
        audit=StoreAudit(database),
        judgements=Judgements(database, log.ingest, config.redact) if log else None,
    )
    letters = Routes(Reading(database), None, entrance)
    return Starlette(
        routes=[
            Route("/healthz", _health),
            *letters.routes(),
            *deadline_routes(Deadlines(database, now), entrance, at),
            digest_route(Gather(database, config.zone, now), entrance),
            readable(console.routes(), entrance),
        ],
        exception_handlers=console.handlers(),
    )


def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
