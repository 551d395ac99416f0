"""What a demo serves at the end of its own time: the console, and answers to commands."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.access.door import LocalDoor
from services.access.readers import readable
from services.alerts.directory import Directory as Alerts
from services.alerts.spoken import Spoken
from services.console.organisation import Organisation
from services.console.page import Console
from services.console.source import StoreAudit, StoreSource
from services.dead_letters.routes import PREFIX as LETTERS
from services.erase.routes import PATH as ERASE
from services.run import Embedded
from services.serve import asked
from services.shadow.routes import PATH as SHADOW

LABEL = (
    "A demo: incidents and traps are arranged, latencies and token counts are simulated, some texts invented."
)
# What would pay for answers that are gone with the demo, or wait for a worker that it has not.
_CLOSED = (f"{SHADOW}/{{question}}", ERASE, f"{LETTERS}/replay", "/v1/{what:path}")
_WHY = "this is a demo, whose data go when it ends: it takes no calls and compares no models; fmwatch up does"


def served(embedded: Embedded) -> Starlette:
    """Return the application; what is said of alerts holds, as long as the demo is open."""
    alerts, entrance = Alerts(embedded), LocalDoor()
    console = Console(
        StoreSource(embedded.database),
        embedded.clock,
        LABEL,
        organisation=Organisation.of(embedded.config),
        desk=Spoken(alerts),
        audit=StoreAudit(embedded.database),
        data=embedded.directory,
    )
    routes = [
        Route("/healthz", _well),
        *(Route(path, _closed, methods=["GET", "POST"]) for path in _CLOSED),
        *asked(embedded, alerts, entrance),
        readable(console.routes(), entrance),
    ]
    return Starlette(routes=routes, exception_handlers=console.handlers())


def _well(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _closed(_: Request) -> JSONResponse:
    return JSONResponse({"error": _WHY}, 403)
