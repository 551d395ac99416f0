"""Judging pairs of answers: one after the other, without saying whose they are.

Nothing is remembered between two requests but what is in the store: which pair is shown follows from what
was said of all of them, and from the pair before, which stands in the address.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.access.door import NoEntry
from services.access.readers import reader
from services.console.content import written_down
from services.console.desk import Opened
from services.console.form_key import check, form_key, keep
from services.console.sitting import PATH, Sitting, Wanted, sitting
from services.form import fields
from services.label.session import SKIP, WORDS
from services.shadow.errors import ShadowError
from services.shadow.judge import shown
from services.shadow.request import turns
from store.errors import StoreError
from stream.errors import LogError

if TYPE_CHECKING:
    from services.console.page import Console

MOST_FORM_BYTES = 4096
_AWAY = "it is not certain that this was kept, because the log does not answer: press again in a minute"
_BUTTON = "press one of the buttons below; the pair may be gone meanwhile"

_log = logging.getLogger("fmwatch")


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair as the page shows it; `mark` is what the page calls it."""

    mark: str
    turns: Sequence[Mapping[str, str]]
    answers: tuple[str, str]


@dataclass(frozen=True, slots=True)
class JudgingPage:
    """The page.

    Attributes
    ----------
    closed : why nobody can judge here; "" where somebody can
    error : what is wrong with the name, or why what was said was not kept
    key : of the form
    left : pairs that are still to be judged by this person
    here, back : addresses of this page and of the pair before, "" without one
    """

    wanted: Wanted
    closed: str = ""
    error: str = ""
    key: str = ""
    pair: Shown | None = None
    left: int = 0
    here: str = ""
    back: str = ""


def routes(console: Console) -> list[Route]:
    """Return the page, and where its buttons lead."""

    def asked(request: Request) -> Response:
        before = _before(console, request)
        return before if isinstance(before, Response) else _page(console, request, before)

    async def said(request: Request) -> Response:
        form = await fields(request, MOST_FORM_BYTES)
        return await run_in_threadpool(_take, console, request, form or {})

    return [Route(PATH, asked), Route(PATH, said, methods=["POST"], name="judge")]


def closed(console: Console) -> str:
    """Return why the one who asks cannot judge here; "" where he can."""
    if console.judgements is None or console.audit is None:
        return "Pairs are judged here where labels find a way into the log: the configuration's log.kafka."
    grant = reader().grant
    if {"act", "content"} <= grant.scopes:
        return ""
    return (
        "Judging is seeing texts and saying something of them; your token is not for both. To judge here: "
        f"fmwatch tokens new --tenant {shlex.quote(grant.tenant)} --scope read --scope act --scope content"
    )


def _before(console: Console, request: Request) -> Sitting | Response:
    """Return who sits before which pairs, or the page that says why nobody does."""
    wanted = Wanted.of(request.query_params)
    why = closed(console)
    if why or console.judgements is None:
        return _html(console, JudgingPage(wanted, closed=why), 403)
    try:
        found = sitting(wanted, console.judgements.of(reader().tenant), console.clock())
    except ShadowError as error:
        told = str(error) if wanted.by else ""
        # Nobody has done anything wrong who opens an address; a browser would complain.
        status = 400 if request.method == "POST" else 200
        return _html(console, JudgingPage(wanted, error=told), status)
    return found or _html(console, JudgingPage(wanted, closed="There are no such pairs."), 404)


def _take(console: Console, request: Request, sent: Mapping[str, str]) -> Response:
    """Keep what a button says, and lead to the next pair."""
    before = _before(console, request)
    if isinstance(before, Response):
        return before
    mark, word = sent.get("pair", ""), sent.get("word", "")
    place = before.session.place(mark)
    try:
        check(request, sent.get("key", ""))
    except NoEntry as error:
        return _page(console, request, before, mark, error=str(error), status=error.status)
    if place is None or word not in (*WORDS, SKIP):
        return _page(console, request, before, mark, error=_BUTTON, status=400)
    try:
        before.say(place, word, console.clock)
    except (StoreError, LogError) as error:
        _log.warning("what somebody said of a pair was not kept: %s", error)
        return _page(console, request, before, mark, error=_AWAY, status=503)
    _tell(before.wanted, word)
    return RedirectResponse(before.wanted.address(after=mark), 303, {"Cache-Control": "no-store"})


def _page(
    console: Console, request: Request, before: Sitting, mark: str = "", *, error: str = "", status: int = 200
) -> Response:
    """Return the page with a pair: with the one that is named, else with the next one."""
    asked = request.query_params
    after = asked.get("after", "")
    found = before.shown(mark or asked.get("pair", ""), after)
    wanted = before.wanted
    pair = None
    if found:
        place, calls = found
        answers = tuple(shown(call) for call in (calls[::-1] if place.turned else calls))
        pair = Shown(before.session.mark(place.pair), turns(calls[0]), (answers[0], answers[1]))
        who = reader()
        opened = Opened(
            console.clock(), wanted.tenant, pair.mark, 2, who.name or wanted.by, who.grant.mark, wanted.route
        )
        if why := written_down(console, opened):
            return _html(console, JudgingPage(wanted, closed=why), 503)
    page = JudgingPage(
        wanted,
        error=error,
        key=form_key(request),
        pair=pair,
        left=before.session.left,
        here=wanted.address(after=after),
        back=wanted.address(pair=after) if before.session.place(after) else "",
    )
    answer = _html(console, page, status)
    keep(answer, request, page.key, PATH)
    return answer


def _html(console: Console, page: JudgingPage, status: int) -> Response:
    return console.html("judge.html.j2", {"page": page}, status)


def _tell(wanted: Wanted, word: str) -> None:
    who = reader()
    told = {
        "tenant": wanted.tenant,
        "route": wanted.route,
        "word": word,
        "by": wanted.by,
        "name": who.name,
        "token": who.grant.mark,
    }
    _log.info("somebody judges a pair", extra={"fields": told})
