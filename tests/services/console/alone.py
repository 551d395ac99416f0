"""The console alone, on what is made up: whoever reaches it may look."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request

from services.access.door import Door, Sender, needs
from services.access.readers import readable
from services.access.token import EVERY, Scope
from services.access.tokens import Grant
from services.console.organisation import Organisation
from services.console.page import Console
from services.console.records import Clock, Source


class OpenDoor:
    """Lets in whoever reaches it, to look."""

    def grant(self, request: Request) -> Grant:  # noqa: ARG002 - the protocol's
        return Grant(EVERY, frozenset({"read", "content"}), mark="anybody")

    def tenant(self, request: Request, scope: Scope) -> str:
        grant = self.grant(request)
        needs(grant, scope)
        return grant.tenant

    def sender(self, request: Request) -> Sender:
        return Sender(self.tenant(request, "ingest"))


def app(
    source: Source,
    clock: Clock,
    labelled: str = "",
    organisation: Organisation | None = None,
    entrance: Door = OpenDoor(),  # noqa: B008 - holds nothing
) -> Starlette:
    """Return it as an application; nothing can be said, and nobody writes down who sees texts."""
    console = Console(source, clock, labelled, organisation=organisation, audit=lambda _: None)
    return Starlette(routes=[readable(console.routes(), entrance)], exception_handlers=console.handlers())
