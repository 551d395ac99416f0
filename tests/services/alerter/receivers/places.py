"""Real places that receivers send to: a web server and a mail server, which do as they are told."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services import listening

USER, PASSWORD = "fmwatch", "hush"
SILENT = 0  # a status that stands for no answer at all


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the web server answers."""

    status: int = 200
    body: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)


class Web:
    """A web server that notes what it is asked and answers as it is told, else well."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: deque[Answer] = deque()
        self.usual = Answer()
        self.url = ""

    def next(self, *answers: Answer) -> None:
        """Give these answers to the next requests."""
        self.answers.extend(answers)

    @contextmanager
    def open(self) -> Iterator[Web]:
        """Answer inside the block."""
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["POST", "GET"])])
        with listening.in_thread(app) as self.url:
            yield self

    async def _answer(self, request: Request) -> Response:
        self.asked.append(Asked(request.url.path, dict(request.headers), await request.body()))
        answer = self.answers.popleft() if self.answers else self.usual
        if answer.status == SILENT:
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return Response(answer.body, answer.status or 200, dict(answer.headers), "text/plain")


class Post:
    """A mail server that notes what it took and refuses what it is told to.

    Attributes
    ----------
    trust : whoever sends trusts its certificate by this
    refusals : by SMTP's words MAIL, RCPT, DATA: what is answered instead of 250
    """

    def __init__(self) -> None:
        authority = trustme.CA()
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(self._tls)
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)
        self.refusals: dict[str, str] = {}
        self.envelopes: list[Envelope] = []
        self.users: list[str] = []
        self.port = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails it took, as a mail reader reads them."""
        return [message_from_bytes(self.raw(one), policy=policy.default) for one in self.envelopes]

    @staticmethod
    def raw(envelope: Envelope) -> bytes:
        """Return a mail as it came."""
        assert isinstance(envelope.content, bytes)
        return envelope.content

    @contextmanager
    def open(self) -> Iterator[Post]:
        """Take mails inside the block, over STARTTLS and with a password only."""
        with listening.bound("127.0.0.1", 0) as door:
            server = _Controller(
                self,
                door,
                authenticator=self._known,
                auth_required=True,
                tls_context=self._tls,
                require_starttls=True,
            )
            server.start()
            self.port = server.port
            try:
                yield self
            finally:
                server.stop()

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        if "SILENT" in self.refusals:
            await asyncio.Event().wait()
        return self.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 -- same
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refused = self.refusals.get(address) or self.refusals.get("RCPT")
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- same
        if refused := self.refusals.get("DATA"):
            return refused
        self.envelopes.append(envelope)
        return "250 OK"

    def _known(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        self.users.append(login.login.decode())
        good = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        if refused := self.refusals.get("AUTH"):
            return AuthResult(success=False, handled=False, message=refused)
        return AuthResult(success=good, handled=False)


class _Controller(Controller):
    """Takes connections at a door that is open already."""

    def __init__(self, handler: object, door: socket.socket, **more: Any) -> None:
        host, port = door.getsockname()
        super().__init__(handler, host, port, **more)
        self._door = door

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._door.dup())


def closed() -> int:
    """Return a port of this machine that nobody listens on."""
    with listening.bound("127.0.0.1", 0) as door:
        port: int = door.getsockname()[1]
    return port
