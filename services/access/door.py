"""Who may come in at a port: whoever has a token, or without tokens only programs on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from starlette.requests import Request

from services.access.allowance import UNLIMITED, Allowance
from services.access.token import EVERY, Scope, digest, fresh, presented
from services.access.tokens import Grant, Tokens
from services.config import Config, ConfigError
from services.loopback import loopback

_FOR: dict[Scope, str] = {
    "ingest": "sending events",
    "read": "reading",
    "act": "saying something of alerts and answers",
    "content": "seeing what was asked and answered",
}


class NoEntry(Exception):  # noqa: N818 - a state, read as a sentence
    """A request may not come in; the message says what would let it in.

    Attributes
    ----------
    status : of the answer: 401 without a token that is known, 403 where it is not for this
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the answer: a browser then asks for the token."""
        return {"WWW-Authenticate": 'Basic realm="fmwatch", charset="UTF-8"'} if self.status == 401 else {}  # noqa: PLR2004 - HTTP's number


class Sender(NamedTuple):
    """Who sends events.

    Attributes
    ----------
    tenant : whose events these are, "*" for any
    allowance : how much may be sent
    """

    tenant: str
    allowance: Allowance = UNLIMITED


class Door(Protocol):
    """Lets requests in; never blocks for long, and may be asked from several threads."""

    def grant(self, request: Request) -> Grant:
        """Return what a request may do, and for which tenant; raises NoEntry."""

    def tenant(self, request: Request, scope: Scope) -> str:
        """Return whose events a request may send or read, "*" for everybody's; raises NoEntry."""

    def sender(self, request: Request) -> Sender:
        """Return who sends events with a request; raises NoEntry."""


class LocalDoor:
    """Lets in programs on this machine, but not web pages of other sites in its browser.

    Such a page can make a browser send requests here, under any name that resolves to this machine: so the
    peer, the name asked for and the page's own origin must all be this machine.
    """

    def grant(self, request: Request) -> Grant:
        if request.client is None or not loopback(request.client.host):
            raise NoEntry(403, "only this machine may connect while there is no tokens_file")
        if not loopback(request.url.hostname or ""):
            raise NoEntry(403, "ask for 127.0.0.1 or localhost")
        _same_site(request)
        return Grant(EVERY, frozenset(_FOR), mark="this machine")

    def tenant(self, request: Request, scope: Scope) -> str:  # noqa: ARG002 - the protocol's
        return self.grant(request).tenant

    def sender(self, request: Request) -> Sender:
        return Sender(self.tenant(request, "ingest"))


class TokenDoor:
    """Lets in whoever has a token of the scope.

    Attributes
    ----------
    own : a token for everything, new with each start, for commands on the same data directory
    """

    def __init__(self, tokens: Tokens) -> None:
        self.own = fresh()
        self._tokens = tokens
        self._own = digest(self.own)

    def tenant(self, request: Request, scope: Scope) -> str:
        grant = self.grant(request)
        needs(grant, scope)
        return grant.tenant

    def sender(self, request: Request) -> Sender:
        grant = self.grant(request)
        needs(grant, "ingest")
        return Sender(grant.tenant, grant.allowance)

    def grant(self, request: Request) -> Grant:
        _same_site(request)
        token = presented(request.headers.get("authorization", ""))
        if not token:
            raise NoEntry(
                401,
                "send a token, as Authorization: Bearer TOKEN or as the password; "
                "`fmwatch tokens new` makes one",
            )
        grant = self._grant(token)
        if grant is None:
            raise NoEntry(401, "this token is not known, or not any more; ask whoever keeps the tokens_file")
        return grant

    def _grant(self, token: str) -> Grant | None:
        known = self._tokens.grant(token)
        # Compared by hash: how alike two hashes are says nothing about the token.
        return (
            Grant(EVERY, frozenset(_FOR), mark="this data directory") if digest(token) == self._own else known
        )


def needs(grant: Grant, scope: Scope) -> None:
    """Check that something may be done; raises NoEntry."""
    if scope not in grant.scopes:
        raise NoEntry(403, f"this token is not for {_FOR[scope]}: use one of scope {scope}")


def door(config: Config, host: str) -> LocalDoor | TokenDoor:
    """Return the door that the configuration asks for.

    Raises
    ------
    ConfigError : the tokens_file cannot be used; or there is none, and other machines could connect
    """
    if config.tokens_file is not None:
        return TokenDoor(Tokens(Path(config.tokens_file)))
    if not loopback(host):
        raise ConfigError(
            f"--host {host} would let other machines in without a token: write tokens_file into the "
            "configuration (`fmwatch tokens new` makes the first), or leave --host out"
        )
    return LocalDoor()


def _same_site(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise NoEntry(403, "requests from pages of other sites are refused")
