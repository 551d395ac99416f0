"""What was asked and answered in an alert's calls, for those who may see it; who did is written down."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.readers import reader
from services.console.desk import Opened
from services.console.records import Alert
from services.wording.examples import Example, examples
from store.errors import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from services.console.page import Console

_UNWRITTEN = (
    "Nothing is shown, because it cannot be written down who sees it: "
    "on a ClickHouse server the console must be the user fmwatch_console."
)

_log = logging.getLogger("fmwatch")


def routes(console: Console) -> list[Route]:
    """Return the page of an alert's examples."""

    def shown(request: Request) -> Response:
        alert = console.source.alert(request.path_params["alert_id"])
        if alert is None:
            return console.missing()
        if closed := _closed(console):
            return _page(console, alert, closed=closed, status=403)
        (calls,) = console.source.calls([alert])
        found = examples(alert, calls)
        who = reader()
        closed = written_down(
            console,
            Opened(console.clock(), alert.series.tenant, alert.id, len(found), who.name, who.grant.mark),
        )
        return _page(console, alert, closed=closed, found=found, status=503 if closed else 200)

    return [Route("/alerts/{alert_id}/examples", shown)]


def _page(
    console: Console, alert: Alert, *, closed: str = "", found: Sequence[Example] = (), status: int = 200
) -> Response:
    values = {"alert": alert, "closed": closed, "examples": found}
    return console.html("examples.html.j2", values, status)


def _closed(console: Console) -> str:
    """Return why no text is shown to the one who asks; "" where it is."""
    if console.audit is None:
        return "No texts are shown here."
    grant = reader().grant
    if "content" in grant.scopes:
        return ""
    return (
        "Your token is not for what people asked and were answered. To see it: "
        f"fmwatch tokens new --tenant {shlex.quote(grant.tenant)} --scope read --scope content"
    )


def written_down(console: Console, opened: Opened) -> str:
    """Write down that texts are shown, before they are; return why they must not be, "" where they may.

    Raises
    ------
    StoreUnavailable : the store is away
    """
    try:
        if opened.calls and console.audit is not None:
            console.audit(opened)
    except StoreUnavailable:
        raise
    except StoreError as error:
        _log.error("nobody sees texts, because it cannot be written down who did: %s", error)
        return _UNWRITTEN
    told = opened._asdict()
    del told["at"]  # the line has its own
    _log.info("somebody sees texts", extra={"fields": told})
    return ""
