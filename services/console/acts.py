"""What a person says of an alert, by a form: without a script, and from no page of another site."""

from __future__ import annotations

import logging
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.access.door import NoEntry, needs
from services.access.readers import reader
from services.console.desk import Desk, Unsaid
from services.console.form_key import check, form_key
from services.console.form_key import keep as keep_key
from services.console.records import Alert
from services.form import fields

if TYPE_CHECKING:
    from services.console.page import Console

MOST_FORM_BYTES = 32 * 1024
HEARD, WAITS = "heard", "waits"
_ASKED = ("from", "until")

_log = logging.getLogger("fmwatch")


class Act(NamedTuple):
    """One thing that can be said.

    Attributes
    ----------
    outcome : of the alert, once it holds
    late : it can be said of an alert that is over, too
    """

    verb: str
    label: str
    means: str
    outcome: str
    late: bool = False


ACTS = (
    Act("ack", "Acknowledge", "I work on it: nobody is told again.", ""),
    Act("resolve", "Resolved", "It is over: whoever was told is told so.", "resolved"),
    Act(
        "expected",
        "Expected",
        "The change is meant: it is over, and what is usual is learnt anew.",
        "expected",
        late=True,
    ),
    Act(
        "false",
        "False alarm",
        "There was nothing: it is over, counted as false, and what is usual stays.",
        "false",
        late=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Form:
    """The form as it is shown.

    Attributes
    ----------
    key : stands in the form and in a cookie that other sites' pages can neither read nor send
    closed : why there is no form; "" where there is one
    error : why what was said is not; "" where nothing is wrong
    done : what became of what was said: HEARD, WAITS or ""
    query : of the page, so that it shows the same time afterwards
    """

    key: str
    closed: str = ""
    by: str = ""
    note: str = ""
    error: str = ""
    done: str = ""
    query: str = ""
    status: int = 200

    def acts(self, alert: Alert) -> list[Act]:
        """Return what can be said of an alert."""
        return [act for act in ACTS if act.late or alert.state != "resolved"]


def routes(console: Console) -> list[Route]:
    """Return where forms are sent to."""

    async def said(request: Request) -> Response:
        form = await fields(request, MOST_FORM_BYTES)
        return await run_in_threadpool(_answer, console, request, form or {})

    return [Route(f"/alerts/{{alert_id}}/{act.verb}", said, methods=["POST"], name=act.verb) for act in ACTS]


def empty(request: Request, desk: Desk | None) -> Form:
    """Return the form of an alert's page."""
    done = request.query_params.get("said", "")
    return Form(
        key=form_key(request),
        closed=_closed(desk),
        by=reader().name,
        done=done if done in {HEARD, WAITS} else "",
        query=_query(request),
    )


def keep(answer: Response, request: Request, form: Form) -> None:
    """Let the browser keep the form's key, to send it with the form and with nothing from elsewhere."""
    if not form.closed:
        keep_key(answer, request, form.key, "/alerts")


def _answer(console: Console, request: Request, sent: dict[str, str]) -> Response:
    alert = console.source.alert(request.path_params["alert_id"])
    if alert is None:
        return console.missing()
    act = next(one for one in ACTS if request.url.path.endswith(f"/{one.verb}"))
    by, note = sent.get("by", "").strip(), sent.get("note", "").strip()
    try:
        needs(reader().grant, "act")
        check(request, sent.get("key", ""))
        heard = _say(console.desk, alert, act, by, note)
    except (NoEntry, Unsaid) as error:
        typed = replace(empty(request, console.desk), by=by, note=note, error=str(error), status=error.status)
        return console.alert(request, typed)
    _tell(alert, act, by)
    query = urlencode({"said": HEARD if heard else WAITS})
    kept = _query(request)
    place = f"/alerts/{quote(alert.id, safe='')}?{query}{'&' if kept else ''}{kept}#say"
    return RedirectResponse(place, 303, {"Cache-Control": "no-store"})


def _say(desk: Desk | None, alert: Alert, act: Act, by: str, note: str) -> bool:
    if desk is None:
        raise Unsaid(403, "nothing can be said of alerts here")
    if _holds(alert, act, by, note):
        return True  # the button was pressed twice, or the page was sent again
    return desk.say(alert.id, act.verb, by, note)


def _holds(alert: Alert, act: Act, by: str, note: str) -> bool:
    if note not in alert.note:
        return False
    if act.outcome:
        return (alert.outcome, alert.ended_by) == (act.outcome, by)
    return alert.state == "acknowledged" and alert.acknowledged_by == by


def _closed(desk: Desk | None) -> str:
    """Return why nothing can be said here by the one who asks; "" where it can."""
    if desk is None:
        return "Nothing can be said of alerts here."
    grant = reader().grant
    if "act" in grant.scopes:
        return ""
    return (
        "Your token is for reading. To say something of alerts here: "
        f"fmwatch tokens new --tenant {shlex.quote(grant.tenant)} --scope read --scope act"
    )


def _query(request: Request) -> str:
    kept = {name: request.query_params[name] for name in _ASKED if name in request.query_params}
    return urlencode(kept)


def _tell(alert: Alert, act: Act, by: str) -> None:
    who = reader()
    told = {
        "alert": alert.id,
        "tenant": alert.series.tenant,
        "verb": act.verb,
        "by": by,
        "token": who.grant.mark,
    }
    _log.info("somebody says something of an alert", extra={"fields": told})
