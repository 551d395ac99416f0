"""Events over HTTP: a 2xx answer means that the log has them, on disk or on its brokers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import ceil

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.allowance import Over
from services.access.door import Door, LocalDoor, Sender
from services.access.token import EVERY
from services.gateway.answer import Healthy, Ready, Refused, Reject, Taken
from services.gateway.backlog import Backlog, Clock, LineBacklog
from services.gateway.body import events, read
from services.gateway.counts import ClientCounts
from services.gateway.full import BUSY_RETRY_S, Full
from services.gateway.otlp import Otlp
from services.gateway.receipts import Receipts
from services.gateway.refusal import REFUSING, Refusal, later, refusal
from stream.border import Admitted, Border, gathered
from stream.client_counts import HEADER, LOST
from stream.decode import decode
from stream.errors import InvalidEvent, LogError
from stream.log import Log
from stream.meter import Meter
from stream.metrics import ACCEPTED, REJECTED, REQUESTS, THROTTLED

MOST_REJECTS = 100  # named one by one in an answer; the rest is only counted
STRANGER = "foreign_tenant"  # why a line is refused that the token is not for
_SHOWN = 60  # characters of what a sender wrote

_log = logging.getLogger(__name__)


class Gateway:
    """Takes events, feedback and changes from applications and puts them into the log.

    Parameters
    ----------
    clock : what time it is, for `received_at` and for clocks that are wrong
    entrance : who may send, and for which tenant; by default programs on this machine, for all
    backlog : what waits, and when that is too much; by default half a million lines
    meter : counts requests and events
    receipts : told what was taken in; by default nobody is
    """

    def __init__(
        self,
        log: Log,
        border: Border,
        clock: Clock,
        *,
        entrance: Door | None = None,
        backlog: Backlog | None = None,
        meter: Meter | None = None,
        receipts: Receipts | None = None,
    ) -> None:
        self.log = log
        self.border = border
        self.clock = clock
        self.entrance = entrance or LocalDoor()
        self.backlog = backlog or LineBacklog(log, clock)
        self.meter = meter or Meter("gateway")
        self.receipts = receipts
        self.counts = ClientCounts(self.meter, self._told)

    def routes(self) -> list[Route]:
        """Return the routes for a Starlette application."""
        return [
            Route("/v1/events", self._events, methods=["POST"]),
            Route("/v1/feedback", self._feedback, methods=["POST"]),
            Route("/v1/changes", self._changes, methods=["POST"]),
            *Otlp(self).routes(),
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
        answer = await self._answered(request, kind)
        self.meter.count(REQUESTS, 1, str(answer.status_code))
        if answer.status_code == 200:  # noqa: PLR2004 - else the client will say it again
            self.counts.note(request.headers.get(HEADER, ""), request.state.tenant)
        return answer

    async def _answered(self, request: Request, kind: str) -> Response:
        try:
            return await self._taken(request, kind)
        except REFUSING as error:
            return _refused(refusal(error))

    async def _taken(self, request: Request, kind: str) -> Response:
        sender = await self.enter(request)
        lines = events(await read(request), request.headers.get("content-type", ""))
        return await run_in_threadpool(self._keep, lines, kind, sender)

    async def enter(self, request: Request) -> Sender:
        """Return who sends, with tenant "" for any; raises NoEntry, Full and LogError."""
        sender = self.entrance.sender(request)
        if over := sender.allowance.over():
            raise self._limited(sender.tenant, over)
        if full := (await run_in_threadpool(self.backlog.look)).full:
            raise Full(f"{full}; send the same again later")
        request.state.tenant = "" if sender.tenant == EVERY else sender.tenant
        return sender._replace(tenant=request.state.tenant)

    def _limited(self, tenant: str, over: Over) -> Full:
        self.meter.count(THROTTLED, 1, over.limit)
        if over.news:
            _log.warning("a token of tenant %r has sent all that %s allows", tenant, over.limit)
        what = f"this token has sent all that its {over.limit} allows; send the same again later"
        return Full(what, ceil(over.after_s))

    def _keep(self, lines: Sequence[bytes], kind: str, sender: Sender) -> Response:
        rejects = self.put(lines, kind, sender)
        accepted = len(lines) - len(rejects)
        answer = Taken(accepted, len(rejects), rejects[:MOST_REJECTS])
        return _answer(200 if accepted else 400, answer)

    def put(self, lines: Sequence[bytes], kind: str, sender: Sender) -> list[Reject]:
        """Put the lines into the log, the wrong ones as well: the step makes dead letters of them."""
        self.backlog.look()  # a thread may have been waited for so long that the log has gone meanwhile
        received_at, tenant = self.clock(), sender.tenant
        stamp = received_at.isoformat()
        admitted = [self.border.admit(line, kind=kind, received_at=stamp, tenant=tenant) for line in lines]
        rejects = list(self._rejects(admitted, tenant))
        size = sum(map(len, lines))
        sender.allowance.take(len(lines), size)
        try:
            self._append(admitted)
        except LogError:
            sender.allowance.give_back(len(lines), size)
            raise
        self._account(admitted, {one.line for one in rejects}, received_at, tenant)
        self.meter.count(ACCEPTED, len(lines) - len(rejects))
        for one in rejects:
            self.meter.count(REJECTED, 1, one.reason)
        return rejects

    def _append(self, admitted: Sequence[Admitted]) -> None:
        try:
            for topic, records in gathered(admitted).items():
                self.log.append(topic, records)
        except LogError:
            self.backlog.failed()
            raise

    def _account(
        self, admitted: Sequence[Admitted], rejected: set[int], received_at: datetime, tenant: str
    ) -> None:
        """Owe receipts for the calls that the log has, and for those that it must not have."""
        if self.receipts is None:
            return
        passed: dict[tuple[str, str], Counter[str]] = {}
        for number, one in enumerate(admitted, start=1):
            if one.stranger is not None:
                passed.setdefault((tenant, ""), Counter())[LOST + STRANGER] += 1
            elif one.whose is not None:
                what = "rejected" if number in rejected else "accepted"
                passed.setdefault(one.whose, Counter())[what] += 1
        for whose, counts in passed.items():
            self.receipts.count(received_at, whose, counts)

    def _told(self, whose: tuple[str, str], counts: Mapping[str, int]) -> None:
        """Owe a receipt for what a client says."""
        if self.receipts is not None:
            self.receipts.count(self.clock(), whose, counts)

    def _rejects(self, admitted: Sequence[Admitted], tenant: str) -> Iterator[Reject]:
        for number, one in enumerate(admitted, start=1):
            if one.stranger is not None:
                whose = f"the token is of tenant {tenant!r}, the event of {one.stranger[:_SHOWN]!r}"
                yield Reject(
                    number, STRANGER, "tenant", f"{whose}; leave tenant out, or send with a token of it"
                )
            elif error := one.refusal or self._problem(one.line):
                yield Reject(number, error.reason, error.field, error.message)

    def _problem(self, line: bytes) -> InvalidEvent | None:
        try:
            decode(line, self.clock)
        except InvalidEvent as error:
            return error
        return None

    async def _health(self, _: Request) -> Response:
        return _answer(200, Healthy("ok"))

    async def _ready(self, _: Request) -> Response:
        try:
            waiting = await run_in_threadpool(self.backlog.look)
        except LogError as error:
            return _refused(refusal(error))
        if waiting.full:
            return _refused(later(503, waiting.full, BUSY_RETRY_S))
        return _answer(200, Ready("ready", waiting.n, dict(self.counts.lost)))


def _refused(why: Refusal) -> Response:
    return _answer(why.status, Refused(why.message), why.headers)


def _answer(status: int, content: msgspec.Struct, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, "application/json")
