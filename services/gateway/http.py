"""Events over HTTP: a 2xx answer means that the log has them on disk."""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.body import BodyError, events, read
from stream.border import Border, gathered
from stream.decode import decode
from stream.errors import InvalidEvent, LogError
from stream.log import Log
from stream.topics import INGEST
from stream.worker import GROUP

Clock = Callable[[], datetime]

MOST_WAITING = 500_000  # lines in the log that no worker has taken yet; more is refused
BUSY_RETRY_S = 5
BROKEN_RETRY_S = 30
MOST_REJECTS = 100  # named one by one in an answer; the rest is only counted
LOSSES_HEADER = "fmwatch-losses"  # what a client could not send, reason=n, comma-separated
_FRESH = timedelta(seconds=1)

_log = logging.getLogger(__name__)


class Gateway:
    """Takes events, feedback and changes from applications and puts them into the log.

    Without tokens it serves this machine only: programs, not web pages of other sites in its browser.

    Parameters
    ----------
    clock : what time it is, for `received_at` and for clocks that are wrong
    most_waiting : lines that may wait for the worker before 429 is answered
    """

    def __init__(self, log: Log, border: Border, clock: Clock, *, most_waiting: int = MOST_WAITING) -> None:
        self.log = log
        self.border = border
        self.clock = clock
        self.most_waiting = most_waiting
        self.losses: Counter[str] = Counter()
        self._waiting = 0
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def routes(self) -> list[Route]:
        """Return the routes for a Starlette application."""
        return [
            Route("/v1/events", self._events, methods=["POST"]),
            Route("/v1/feedback", self._feedback, methods=["POST"]),
            Route("/v1/changes", self._changes, methods=["POST"]),
            Route("/healthz", self._health, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
        ]

    async def _events(self, request: Request) -> Response:
        return await self._take(request, "generation")

    async def _feedback(self, request: Request) -> Response:
        return await self._take(request, "feedback")

    async def _changes(self, request: Request) -> Response:
        return await self._take(request, "change")

    async def _take(self, request: Request, kind: str) -> Response:
        if refused := foreign(request):
            return _answer(403, {"error": refused})
        try:
            if await run_in_threadpool(self.waiting) > self.most_waiting:
                return _later(429, "the worker is behind; send the same again later", BUSY_RETRY_S)
            lines = events(await read(request), request.headers.get("content-type", ""))
            answer = await run_in_threadpool(self._keep, lines, kind)
        except BodyError as error:
            return _answer(error.status, {"error": str(error)})
        except ClientDisconnect:
            return _answer(400, {"error": "the connection was closed before the body had come"})
        except LogError as error:
            _log.exception("the log refuses events")
            return _later(503, f"the log cannot take events: {error}", BROKEN_RETRY_S)
        if answer.status_code == 200:  # noqa: PLR2004 - else the client will say it again
            self._note_losses(request.headers.get(LOSSES_HEADER, ""))
        return answer

    def _keep(self, lines: Sequence[bytes], kind: str) -> Response:
        """Put the lines into the log, the wrong ones as well: the step makes dead letters of them."""
        received_at = self.clock().isoformat()
        admitted = [self.border.admit(line, kind=kind, received_at=received_at) for line in lines]
        rejects = [
            {"line": number, "reason": error.reason, "field": error.field, "message": error.message}
            for number, one in enumerate(admitted, start=1)
            if (error := one.refusal or self._problem(one.line))
        ]
        for topic, records in gathered(admitted).items():
            self.log.append(topic, records)
        answer = {"accepted": len(lines) - len(rejects), "rejected": len(rejects)}
        status = 400 if len(rejects) == len(lines) else 200
        return _answer(status, {**answer, "rejects": rejects[:MOST_REJECTS]})

    def _problem(self, line: bytes) -> InvalidEvent | None:
        try:
            decode(line, self.clock)
        except InvalidEvent as error:
            return error
        return None

    def waiting(self) -> int:
        """Return how many lines wait for the worker, at most a second old."""
        now = self.clock()
        if not timedelta(0) <= now - self._looked_at < _FRESH:
            self._waiting = sum(self.log.lag(topic, GROUP) for topic in INGEST)
            self._looked_at = now
        return self._waiting

    def _note_losses(self, header: str) -> None:
        """Add up what clients say they have lost; unknown shapes are ignored."""
        for part in header[:1000].split(","):
            reason, _, number = part.strip().partition("=")
            if reason.isidentifier() and number.isdecimal() and len(number) < 10:  # noqa: PLR2004 - no more than billions
                self.losses[reason[:40]] += int(number)
                _log.warning("a client lost %s events: %s", number, reason[:40])

    async def _health(self, _: Request) -> Response:
        return _answer(200, {"status": "ok"})

    async def _ready(self, _: Request) -> Response:
        try:
            waiting = await run_in_threadpool(self.waiting)
        except LogError as error:
            return _later(503, str(error), BROKEN_RETRY_S)
        if waiting > self.most_waiting:
            return _later(503, f"{waiting:,} lines wait for the worker", BUSY_RETRY_S)
        return _answer(200, {"status": "ready", "waiting": waiting, "lost_by_clients": dict(self.losses)})


def foreign(request: Request) -> str:
    """Return why a request may not come in, "" where it may.

    A page of another site can make a browser on this machine send requests here, under any name that
    resolves to it: so the peer, the name asked for and the page's own origin must all be this machine.
    """
    if request.client is None or not _loopback(request.client.host):
        return "only this machine may connect while there is no tokens_file"
    if not _loopback(request.url.hostname or ""):
        return "ask for 127.0.0.1 or localhost"
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return "requests from pages of other sites are refused"
    return ""


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _later(status: int, message: str, after_s: int) -> Response:
    response = _answer(status, {"error": message})
    response.headers["Retry-After"] = str(after_s)
    return response


def _answer(status: int, content: object) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
