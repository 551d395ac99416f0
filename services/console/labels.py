"""Which pairs of answers wait to be judged, how far people agree, and how to judge: that has its own page."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console.records import Judging

if TYPE_CHECKING:
    from services.console.page import Console

SINCE = timedelta(days=90)  # the span of `fmwatch label`, as usual


@dataclass(frozen=True, slots=True)
class Task:
    """The pairs of one candidate on a route, in words, and the command that opens the page to judge them."""

    judged: Judging
    agreed: str
    command: str


def routes(console: Console) -> list[Route]:
    """Return the page."""

    def shown(_: Request) -> Response:
        found = console.source.judged(console.clock() - SINCE)
        return console.html("label.html.j2", {"tasks": [task(each) for each in found]})

    return [Route("/label", shown)]


def task(judged: Judging) -> Task:
    """Return what stands open for a candidate."""
    agreed = judged.agreement
    alpha = "" if agreed.alpha is None else f", alpha {agreed.alpha:.2f}"
    said = f"{agreed.same:,} of {agreed.answers:,} answers the same{alpha}" if agreed.answers else "-"
    tenant = "" if judged.tenant == "default" else f" --tenant {shlex.quote(judged.tenant)}"
    candidate = shlex.quote(f"{judged.platform}/{judged.model}")
    command = f"fmwatch label --route {shlex.quote(judged.route)} --candidate {candidate}{tenant}"
    return Task(judged, said, command)
