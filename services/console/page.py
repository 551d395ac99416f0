"""The console: one server-rendered page, one page per alert, and the same as JSON.

Every text from outside is escaped by the templates, and the policy below lets nothing run or load that is
not a file of ours: a hostile text that slipped through would still do nothing.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ExceptionHandler

from services import alert_json
from services.console.assemble import page, single
from services.console.documents import advice_document, leaf_document
from services.console.records import Source, Window
from services.wording import numbers
from services.wording.frontier import Choice
from services.wording.frontier_svg import picture
from services.wording.links import Addresses
from store.errors import StoreError

HERE = Path(__file__).parent
RECENT_DAYS = 7
RUNBOOKS = HERE.parents[1] / "docs" / "runbooks"
NAME = re.compile(r"[a-z_]{1,40}")
LONGEST_WINDOW = timedelta(days=60)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

AWAY_RETRY_S = 10

Clock = Callable[[], datetime]

_log = logging.getLogger("fmwatch")


class Console:
    """Answers the console's requests from a source.

    Parameters
    ----------
    source : what is read
    clock : aware UTC now; a demo gives the end of its own time
    labelled : a sentence shown on top of every page when what is shown was arranged or simulated
    at : where the links of alerts lead
    """

    def __init__(self, source: Source, clock: Clock, labelled: str = "", at: Addresses | None = None) -> None:
        self.source = source
        self.clock = clock
        self.labelled = labelled
        self.at = at
        self._templates = environment()

    def routes(self) -> list[BaseRoute]:
        """Return the routes, to be served alone or beside others."""
        return [
            Route("/", self.front),
            Route("/alerts/{alert_id}", self.alert),
            Route("/runbooks/{name}", self.runbook),
            Route("/api/alerts.json", self.alerts_json),
            Route("/api/alerts/{alert_id}.json", self.alert_json),
            Route("/api/fleet.json", self.fleet_json),
            Route("/api/advice.json", self.advice_json),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    def handlers(self) -> dict[type[Exception], ExceptionHandler]:
        """Return what answers for a store that does not, for the application that has the routes."""
        return {StoreError: self.away}

    def away(self, request: Request, error: Exception) -> Response:
        """Say that the store is away; why stands in the log, for it names servers."""
        _log.warning("the store does not answer: %s", error)
        if request.url.path.startswith("/api/"):
            said = "the store does not answer this now; ask again later, or run fmwatch doctor"
            answer = self._json({"error": said}, 503)
        else:
            answer = self._html("away.html.j2", {"now": self.clock(), "labelled": self.labelled}, 503)
        answer.headers["Retry-After"] = str(AWAY_RETRY_S)
        return answer

    def front(self, _: Request) -> Response:
        """Show the fleet and its open alerts."""
        shown = page(self.source, self.clock(), self.labelled)
        return self._html("page.html.j2", {"page": shown})

    def alert(self, request: Request) -> Response:
        """Show one alert with all its evidence; `from` and `until` choose the time that its charts show."""
        now = self.clock()
        card = single(self.source, request.path_params["alert_id"], now, _window(request))
        if card is None:
            return self._html("missing.html.j2", {"now": now, "labelled": self.labelled}, 404)
        return self._html("alert.html.j2", {"card": card, "now": now, "labelled": self.labelled})

    def runbook(self, request: Request) -> Response:
        """Show what to do about a signal."""
        name = request.path_params["name"]
        file = RUNBOOKS / f"{name}.md"
        known = NAME.fullmatch(name) is not None and file.is_file()
        text = file.read_text("utf-8") if known else "There is no runbook of this name."
        values = {"name": name, "text": text, "now": self.clock(), "labelled": self.labelled}
        return self._html("runbook.html.j2", values, 200 if known else 404)

    def alerts_json(self, _: Request) -> Response:
        """Return the alerts that are open or were over within a week."""
        found = self.source.alerts(self._recent())
        return self._json({"alerts": [alert_json.document(alert, self.at) for alert in found]})

    def alert_json(self, request: Request) -> Response:
        """Return one alert."""
        alert = self.source.alert(request.path_params["alert_id"])
        if alert is None:
            return self._json({"error": "no alert has this id; /api/alerts.json lists them"}, 404)
        return self._json(alert_json.document(alert, self.at))

    def fleet_json(self, _: Request) -> Response:
        """Return every route and model with its last day."""
        return self._json({"fleet": [leaf_document(leaf) for leaf in self.source.leaves(self.clock())]})

    def advice_json(self, _: Request) -> Response:
        """Return the recommendations that still hold."""
        return self._json(
            {"recommendations": [advice_document(each) for each in self.source.advice(self.clock())]}
        )

    def _recent(self) -> datetime:
        return datetime.fromtimestamp(self.clock().timestamp() - RECENT_DAYS * 86400, UTC)

    def _html(self, name: str, values: Mapping[str, object], status: int = 200) -> Response:
        body = self._templates.get_template(name).render(values)
        return HTMLResponse(body, status, headers=HEADERS)

    def _json(self, document: Mapping[str, object], status: int = 200) -> Response:
        # Arranged data says so wherever it is shown.
        return JSONResponse({**document, "labelled": self.labelled or None}, status, headers=HEADERS)


def _window(request: Request) -> Window | None:
    """Return the time that a link asks for; None where it asks for none, or for one that is none."""
    try:
        since, until = (datetime.fromisoformat(request.query_params[name]) for name in ("from", "until"))
        span = until - since  # raises where only one has a zone
    except (KeyError, ValueError, TypeError):
        return None
    whole = since.tzinfo is not None and timedelta() < span <= LONGEST_WINDOW
    return (since, until) if whole else None


def app(source: Source, clock: Clock, labelled: str = "") -> Starlette:
    """Return the console alone, as an application."""
    console = Console(source, clock, labelled)
    return Starlette(routes=console.routes(), exception_handlers=console.handlers())


def environment() -> Environment:
    """Return the templates' environment: everything escaped, nothing undefined."""
    # Always on: by extension, neither `.html.j2` nor `.svg` would be escaped.
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["script"] = script
    templates.filters["frontier"] = frontier
    templates.filters["stamp"] = lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    templates.globals["moment"] = numbers.moment
    templates.globals["lasting"] = numbers.lasting
    templates.globals["count"] = numbers.count
    return templates


def frontier(choices: Sequence[Choice], ident: str) -> Markup:
    """Return the picture of what models cost and how well they answer."""
    return Markup(picture(choices, ident))  # noqa: S704 -- every name in it is escaped


def script(document: object) -> Markup:
    """Return JSON that may stand inside a script element: nothing in it can end the element."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 -- the five characters that matter are gone
