"""The page on which a person judges pairs: on this machine, behind a token in its address, blind.

Nothing on it says whose an answer is: neither model nor id, and which stands first is drawn. Every text is
escaped by the template, and the policy lets nothing run or load that is not a file of ours.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.access.door import LocalDoor, NoEntry
from services.form import fields
from services.label.session import SKIP, WORDS, Place, Session
from services.shadow.desk import Desk
from services.shadow.judge import shown
from services.shadow.request import turns
from store.errors import StoreError
from store.pairs import Call, Ids
from stream.errors import LogError

HERE = Path(__file__).parent
MOST_FORM_BYTES = 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser hides its origin from our own door
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows of a pair."""

    number: int
    turns: list[dict[str, str]]
    answers: tuple[str, str]


class LabelPage:
    """Shows one pair after the other and puts what is said of them into the log.

    Parameters
    ----------
    desk : where texts are read and labels go
    token : without it in the address there is nothing here
    clock : aware UTC now
    """

    def __init__(
        self,
        session: Session,
        desk: Desk,
        *,
        route: str,
        tenant: str,
        clock: Callable[[], datetime],
        token: str = "",
    ) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self._session = session
        self._desk = desk
        self._route = route
        self._tenant = tenant
        self._clock = clock
        self._door = LocalDoor()
        self._lock = threading.Lock()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def app(self) -> Starlette:
        """Return the application; other addresses than the token's have nothing."""
        mine = [
            Route("/", self._show),
            Route("/say", self._say, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
        handlers = {NoEntry: _refused, StoreError: _away, LogError: _away}
        return Starlette(routes=[Mount(f"/{self.token}", routes=mine)], exception_handlers=handlers)

    async def _show(self, request: Request) -> Response:
        self._door.tenant(request, "read")
        return await run_in_threadpool(self._page)

    async def _say(self, request: Request) -> Response:
        self._door.tenant(request, "ingest")
        said = _button(await fields(request, MOST_FORM_BYTES))
        known = said is not None and await run_in_threadpool(self._take, *said)
        if not known:
            return PlainTextResponse("go back and press one of the buttons\n", 400, HEADERS)
        return RedirectResponse(f"/{self.token}/", 303, HEADERS)

    def _page(self) -> Response:
        with self._lock:
            session = self._session
            pair = self._next()
            values = {
                "pair": pair,
                "route": self._route,
                "judged": session.judged,
                "left": session.left,
                "agreement": session.agreement,
                "can_go_back": session.can_go_back,
                "person": session.person,
            }
        return HTMLResponse(self._templates.get_template("label.html.j2").render(values), headers=HEADERS)

    def _next(self) -> _Shown | None:
        """Return the next pair whose calls are still there: one may be erased meanwhile."""
        while place := self._session.next():
            calls = self._calls(place)
            if calls is not None:
                answers = tuple(shown(call) for call in (calls[::-1] if place.turned else calls))
                return _Shown(place.number, turns(calls[0]), (answers[0], answers[1]))
            self._session.skip(place.number)
        return None

    def _calls(self, place: Place) -> tuple[Call, Call] | None:
        ids = [place.pair.first, place.pair.second]
        found = {call.event_id: call for call in self._desk.calls(Ids(self._tenant, ids))}
        return (found[ids[0]], found[ids[1]]) if len(found) == len(ids) else None

    def _take(self, number: int, word: str) -> bool:
        """Take what a button says; False where there is no such pair or button."""
        with self._lock:
            try:
                if word == SKIP:
                    self._session.skip(number)
                elif word == "back":
                    self._session.back()
                else:
                    (known,) = (one for one in WORDS if one == word)
                    events = self._session.labels(number, known, self._tenant, self._clock)
                    self._desk.put("feedback", [msgspec.json.encode(event) for event in events])
                    self._session.take(number, events)
            except (IndexError, ValueError):
                return False
        return True


def _button(form: Mapping[str, str] | None) -> tuple[int, str] | None:
    """Return number and word of a form, None where it holds something else."""
    try:
        return (int(form["number"]), form["word"]) if form else None
    except (ValueError, LookupError):
        return None


def _away(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"nothing was kept of this: {error}; press the button again\n", 503, HEADERS)


def _refused(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, NoEntry) else 403
    return PlainTextResponse(f"{error}\n", status, HEADERS)
