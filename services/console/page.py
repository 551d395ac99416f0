"""The console: server-rendered pages of the fleet, its alerts and the advice, and the same as JSON.

Every text from outside is escaped by the templates, and the policy below lets nothing run or load that is
not a file of ours: a hostile text that slipped through would still do nothing.
"""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ExceptionHandler

from services import alert_json
from services.access.readers import reader
from services.access.token import EVERY
from services.console import acts, advised, content, judging, labels
from services.console.asked import Asked
from services.console.assemble import listed, page, pipeline_page, series_page, single, spend_page
from services.console.desk import Audit, Desk, Judgements
from services.console.documents import advice_document, leaf_document
from services.console.organisation import Organisation
from services.console.pipeline import told_by_clients
from services.console.place import key_of, wanted, within
from services.console.records import Clock, Source, Window
from services.console.row import SHAPES
from services.console.runbook import came_from, runbook
from services.console.spend import Asked as Spending
from services.console.spend import SpendPage, written
from services.wording import numbers
from services.wording.frontier import Choice
from services.wording.frontier_svg import picture
from services.wording.links import Addresses
from store.errors import StoreError

HERE = Path(__file__).parent
LABEL = HERE.parent / "label"  # has a page of its own, of which the console's is made, too
RECENT_DAYS = 7
LONGEST_WINDOW = timedelta(days=60)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser hides its origin from our own door
    "Cache-Control": "no-store",
}

AWAY_RETRY_S = 10
# What every page leads to, in this order: its title and its address.
PAGES = (
    ("Fleet", "/"),
    ("Alerts", "/alerts"),
    ("Advice", "/advice"),
    ("Spend", "/spend"),
    ("Pipeline", "/pipeline"),
    ("Labels", "/label"),
)

_log = logging.getLogger("fmwatch")


class Console:
    """Answers the console's requests from a source, to each who asks what he may see; behind a door.

    Parameters
    ----------
    source : what is read
    clock : aware UTC now; a demo gives the end of its own time
    labelled : a sentence shown on top of every page when what is shown was arranged or simulated
    at : where the links of alerts lead
    organisation : who owns what, and what they may spend
    desk : where something is said of alerts; without one nothing can be said
    audit : where it is written down who has seen texts; without one they are not shown
    judgements : where pairs are judged; without one they are only counted
    data : the data directory that commands are to be given; None where they run elsewhere
    """

    def __init__(
        self,
        source: Source,
        clock: Clock,
        labelled: str = "",
        at: Addresses | None = None,
        *,
        organisation: Organisation | None = None,
        desk: Desk | None = None,
        audit: Audit | None = None,
        judgements: Judgements | None = None,
        data: Path | None = None,
    ) -> None:
        self._source = source
        self.clock = clock
        self.labelled = labelled
        self.at = at
        self.organisation = organisation or Organisation()
        self.desk = desk
        self.audit = audit
        self.judgements = judgements
        self.data = "" if data is None else f" --data {shlex.quote(str(data.resolve()))}"
        self._templates = environment()

    @property
    def source(self) -> Source:
        """What may be read by the one who asks: nothing of a tenant that his token is not of."""
        return self._source.of(reader().tenant)

    def routes(self) -> list[BaseRoute]:
        """Return the routes, to be served behind a door, alone or beside others."""
        return [
            Route("/", self.front),
            Route("/alerts", self.alerts),
            Route("/series", self.series),
            Route("/pipeline", self.pipeline),
            Route("/spend", self.spend),
            Route("/spend.csv", self.spend_csv),
            Route("/alerts/{alert_id}", self.alert),
            *acts.routes(self),
            *content.routes(self),
            *advised.routes(self),
            *labels.routes(self),
            *judging.routes(self),
            Route("/runbooks/{name}", self.runbook),
            Route("/api/alerts.json", self.alerts_json),
            Route("/api/alerts/{alert_id}.json", self.alert_json),
            Route("/api/fleet.json", self.fleet_json),
            Route("/api/advice.json", self.advice_json),
            Mount("/static/label", StaticFiles(directory=LABEL / "static")),
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
            answer = self.json({"error": said}, 503)
        else:
            answer = self.html("away.html.j2", {}, 503)
        answer.headers["Retry-After"] = str(AWAY_RETRY_S)
        return answer

    def front(self, request: Request) -> Response:
        """Show the fleet, as far as the query asks for it, and its open alerts."""
        shown = page(self.source, self.clock(), self.labelled, Asked.of(request.query_params))
        return self.html("page.html.j2", {"page": shown})

    def alerts(self, _: Request) -> Response:
        """Show every alert that is open or was over lately, in a line each."""
        return self.html("alerts.html.j2", {"list": listed(self.source, self.clock(), self.labelled)})

    def series(self, request: Request) -> Response:
        """Show one route on one model; `last`, or `from` and `until`, choose the time."""
        now, key = self.clock(), key_of(request.query_params)
        asked = wanted(request.query_params, now)
        shown = series_page(
            self.source, key, asked, now, organisation=self.organisation, labelled=self.labelled
        )
        if shown is None:
            return self.html("no_series.html.j2", {}, 404)
        return self.html("series.html.j2", {"page": shown})

    def pipeline(self, request: Request) -> Response:
        """Show what became of calls on their way; `last`, or `from` and `until`, choose the time."""
        now = self.clock()
        shown = pipeline_page(self.source, wanted(request.query_params, now), now, self.labelled)
        return self.html("pipeline.html.j2", {"page": shown})

    def spend(self, request: Request) -> Response:
        """Show what a month cost; `month`, `by`, `tenant` and `team` choose what of it."""
        return self.html("spend.html.j2", {"page": self._month(request)})

    def spend_csv(self, request: Request) -> Response:
        """Return the same rows as a file."""
        found = self._month(request)
        name = f"fmwatch-spend-{found.asked.month}-{found.asked.by}.csv"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(written(found), headers=headers, media_type="text/csv; charset=utf-8; header=present")

    def alert(self, request: Request, form: acts.Form | None = None) -> Response:
        """Show one alert with all its evidence; `from` and `until` choose the time that its charts show.

        Parameters
        ----------
        form : what somebody has just said of it and could not; by default an empty one
        """
        card = single(self.source, request.path_params["alert_id"], self.clock(), window(request))
        if card is None:
            return self.missing()
        said = form or acts.empty(request, self.desk)
        answer = self.html("alert.html.j2", {"card": card, "form": said, "data": self.data}, said.status)
        acts.keep(answer, request, said)
        return answer

    def missing(self) -> Response:
        """Say that there is no such alert, or none that may be seen: which of both is nobody's business."""
        return self.html("missing.html.j2", {}, 404)

    def runbook(self, request: Request) -> Response:
        """Show what to do about a signal; `alert` is the one that leads here, to lead back to."""
        name = request.path_params["name"]
        alert = came_from(request.query_params.get("alert", ""))
        text = runbook(name, alert)
        return self.html(
            "runbook.html.j2", {"name": name, "text": text, "alert": alert}, 200 if text else 404
        )

    def alerts_json(self, _: Request) -> Response:
        """Return the alerts that are open or were over within a week."""
        found = self.source.alerts(self._recent())
        return self.json({"alerts": [alert_json.document(alert, self.at) for alert in found]})

    def alert_json(self, request: Request) -> Response:
        """Return one alert."""
        alert = self.source.alert(request.path_params["alert_id"])
        if alert is None:
            return self.json({"error": "no alert has this id; /api/alerts.json lists them"}, 404)
        return self.json(alert_json.document(alert, self.at))

    def fleet_json(self, _: Request) -> Response:
        """Return every route and model with its last day."""
        return self.json({"fleet": [leaf_document(leaf) for leaf in self.source.leaves(self.clock())]})

    def advice_json(self, _: Request) -> Response:
        """Return the recommendations that still hold."""
        return self.json(
            {"recommendations": [advice_document(each) for each in self.source.advice(self.clock())]}
        )

    def _recent(self) -> datetime:
        return datetime.fromtimestamp(self.clock().timestamp() - RECENT_DAYS * 86400, UTC)

    def _month(self, request: Request) -> SpendPage:
        now, organisation = self.clock(), self.organisation
        asked = Spending.of(request.query_params, now, organisation)
        return spend_page(self.source, asked, now, organisation=organisation, labelled=self.labelled)

    def html(self, name: str, values: Mapping[str, object], status: int = 200) -> Response:
        """Return a page."""
        every = {"now": self.clock(), "labelled": self.labelled}
        body = self._templates.get_template(name).render({**every, **values})
        return HTMLResponse(body, status, headers=HEADERS)

    def json(self, document: Mapping[str, object], status: int = 200) -> Response:
        """Return a document."""
        # Arranged data says so wherever it is shown.
        return JSONResponse({**document, "labelled": self.labelled or None}, status, headers=HEADERS)


def window(request: Request) -> Window | None:
    """Return the time that a link asks for; None where it asks for none, or for one that is none."""
    try:
        since, until = (datetime.fromisoformat(request.query_params[name]) for name in ("from", "until"))
        span = until - since  # raises where only one has a zone
    except (KeyError, ValueError, TypeError):
        return None
    whole = since.tzinfo is not None and timedelta() < span <= LONGEST_WINDOW and within((since, until))
    return (since, until) if whole else None


def environment() -> Environment:
    """Return the templates' environment: everything escaped, nothing undefined."""
    # Always on: by extension, neither `.html.j2` nor `.svg` would be escaped.
    templates = Environment(
        loader=FileSystemLoader([HERE / "templates", LABEL / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["script"] = script
    templates.filters["frontier"] = frontier
    templates.filters["stamp"] = lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    templates.globals["pages"] = PAGES
    templates.globals["states"] = tuple(SHAPES)
    templates.globals["moment"] = numbers.moment
    templates.globals["lasting"] = numbers.lasting
    templates.globals["quantity"] = numbers.quantity
    templates.globals["count"] = numbers.count
    templates.globals["percent"] = numbers.percent
    templates.globals["told_by_clients"] = told_by_clients
    templates.globals["whose"] = _whose
    return templates


def _whose() -> str:
    """Return the one tenant that is shown; "" for all, and where nobody is shown anything."""
    try:
        tenant = reader().tenant
    except LookupError:
        return ""
    return "" if tenant == EVERY else tenant


def frontier(choices: Sequence[Choice], ident: str) -> Markup:
    """Return the picture of what models cost and how well they answer."""
    return Markup(picture(choices, ident))  # noqa: S704 -- every name in it is escaped


def script(document: object) -> Markup:
    """Return JSON that may stand inside a script element: nothing in it can end the element."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 -- the five characters that matter are gone
