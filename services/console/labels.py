"""Which pairs of answers wait to be judged, how far people agree, and where to judge."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console.judging import closed
from services.console.records import Judging
from services.console.sitting import SINCE, Wanted

if TYPE_CHECKING:
    from services.console.page import Console


@dataclass(frozen=True, slots=True)
class Task:
    """The pairs of one candidate on a route, in words.

    Attributes
    ----------
    address, command : of the page to judge them here, and what opens one on the machine of whoever judges
    """

    judged: Judging
    agreed: str
    address: str
    command: str


def routes(console: Console) -> list[Route]:
    """Return the page."""

    def shown(_: Request) -> Response:
        found = console.source.judged(console.clock() - SINCE)
        tasks = [task(each) for each in found]
        return console.html("label.html.j2", {"tasks": tasks, "closed": closed(console)})

    return [Route("/label", shown)]


def task(judged: Judging) -> Task:
    """Return what stands open for a candidate."""
    agreed = judged.agreement
    alpha = "" if agreed.alpha is None else f", alpha {agreed.alpha:.2f}"
    said = f"{agreed.same:,} of {agreed.answers:,} answers the same{alpha}" if agreed.answers else "-"
    tenant = "" if judged.tenant == "default" else f" --tenant {shlex.quote(judged.tenant)}"
    candidate = shlex.quote(f"{judged.platform}/{judged.model}")
    command = f"fmwatch label --route {shlex.quote(judged.route)} --candidate {candidate}{tenant}"
    wanted = Wanted(judged.tenant, judged.route, judged.platform, judged.model)
    return Task(judged, said, wanted.address(), command)
