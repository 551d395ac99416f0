"""OpenTelemetry over HTTP: traces and logs become events; metrics are refused, for nobody would read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Sender
from services.gateway.answer import Reject
from services.gateway.body import BodyError, read
from services.gateway.otlp_answer import JSON, PROTOBUF, Form, Partial, Signal, refused, taken
from services.gateway.refusal import REFUSING, refusal
from stream.json_object import encode
from stream.meter import Meter
from stream.metrics import REJECTED, REQUESTS
from stream.otlp.calls import Calls, calls, reasons
from stream.otlp.wire import logs_of_json, logs_of_protobuf, spans_of_json, spans_of_protobuf

WHOSE = ("tenant", "team", "route")  # each also a header of its own, for exporters that only know headers
_MOST_REASONS = 10  # of one answer
_MOST_BYTES = 64 * 1024 * 1024  # of all events of a request: what is told once can stand in each of them
_FORMS: dict[str, Form] = {"application/x-protobuf": PROTOBUF, "application/json": JSON}
_METRICS = (
    "fmwatch takes no metrics: a counter of tokens says not which call it was. Send traces, which hold the "
    "same and more: set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT to /v1/traces here, and OTEL_METRICS_EXPORTER=none"
)


class Sent(NamedTuple):
    """A request that may come in: its body, and what its headers say."""

    body: bytes
    form: Form
    signal: Signal
    whose: Mapping[str, str]


class Desk(Protocol):
    """What takes events in; see `services.gateway.http.Gateway`."""

    meter: Meter

    async def enter(self, request: Request) -> Sender:
        """Return who sends, with tenant "" for any; raises NoEntry, Full and LogError."""

    def put(self, lines: Sequence[bytes], kind: str, sender: Sender) -> list[Reject]:
        """Put events into the log and return those that are none; raises LogError."""


class Otlp:
    """Takes what OpenTelemetry's exporters send; answers 200 only after the log has all of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes for a Starlette application."""
        return [
            Route("/v1/traces", self._traces, methods=["POST"]),
            Route("/v1/logs", self._logs, methods=["POST"]),
            Route("/v1/metrics", self._metrics, methods=["POST"]),
        ]

    async def _traces(self, request: Request) -> Response:
        return await self._answered(request, "traces")

    async def _logs(self, request: Request) -> Response:
        return await self._answered(request, "logs")

    async def _metrics(self, request: Request) -> Response:
        return await self._answered(request, "metrics")

    async def _answered(self, request: Request, signal: Signal) -> Response:
        form = _form(request)
        answer = await self._tried(request, signal, form)
        self._desk.meter.count(REQUESTS, 1, str(answer.status_code))
        return answer

    async def _tried(self, request: Request, signal: Signal, form: Form | None) -> Response:
        spoken = form or JSON
        try:
            sender = await self._desk.enter(request)
            if form is None:
                raise BodyError(415, f"send Content-Type: {PROTOBUF} or {JSON}")
            if signal == "metrics":
                raise BodyError(400, _METRICS)
            body, whose = await read(request), _whose(request.headers)
            partial = await run_in_threadpool(self._keep, Sent(body, form, signal, whose), sender)
        except REFUSING as error:
            return refused(spoken, refusal(error))
        return taken(spoken, signal, partial)

    def _keep(self, sent: Sent, sender: Sender) -> Partial:
        found = _mapped(sent)
        lines = _lines(found)
        rejects = self._desk.put(lines, "generation", sender) if lines else []
        for one in found.rejects:
            self._desk.meter.count(REJECTED, 1, one.reason.partition(":")[0])
        return _partial(found, rejects)


def _mapped(sent: Sent) -> Calls:
    as_json = sent.form == JSON
    if sent.signal == "traces":
        return calls((spans_of_json if as_json else spans_of_protobuf)(sent.body), whose=sent.whose)
    return calls((), (logs_of_json if as_json else logs_of_protobuf)(sent.body), whose=sent.whose)


def _lines(found: Calls) -> list[bytes]:
    """Return each event as a line, as long as there are not too many bytes of them."""
    lines: list[bytes] = []
    size = 0
    for fields in found.events:
        lines.append(encode(fields))
        size += len(lines[-1])
        if size > _MOST_BYTES:
            raise BodyError(
                413,
                f"the events of this request have more than {_MOST_BYTES:,} bytes, for what is told once, "
                "such as a retrieval, stands in each of them: send smaller batches",
            )
    return lines


def _partial(found: Calls, rejects: Sequence[Reject]) -> Partial:
    """Say what was not taken; feedback that a span carried is no span of its own."""
    of_events = [one for one in rejects if found.events[one.line - 1].get("type") != "feedback"]
    told = [one.reason for one in found.rejects]
    told += [f"{one.reason}: {one.message}" for one in rejects]
    return Partial(len(found.rejects) + len(of_events), "; ".join(reasons(told, _MOST_REASONS)))


def _form(request: Request) -> Form | None:
    kind = request.headers.get("content-type", "").split(";", maxsplit=1)[0].strip().lower()
    return _FORMS.get(kind)


def _whose(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: said for name in WHOSE if (said := headers.get(f"fmwatch-{name}", "").strip())}
