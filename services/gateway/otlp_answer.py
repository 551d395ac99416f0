"""Answers as OpenTelemetry's protocol has them, in the encoding that was spoken: protobuf or JSON."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

from services.gateway.refusal import Refusal

Form = Literal["application/x-protobuf", "application/json"]
Signal = Literal["traces", "logs", "metrics"]

PROTOBUF: Form = "application/x-protobuf"
JSON: Form = "application/json"

# The codes of gRPC that stand for HTTP's.
_CODES = {400: 3, 401: 16, 403: 7, 413: 8, 415: 3, 429: 8, 503: 14}
_UNKNOWN = 2


class Partial(NamedTuple):
    """What was not taken of a request that was.

    Attributes
    ----------
    rejected : spans or records
    message : why, and what to do; "" where all was taken
    """

    rejected: int
    message: str


def taken(form: Form, signal: Signal, partial: Partial) -> Response:
    """Return the answer to a request that is in the log."""
    if form == JSON:
        field = "rejectedSpans" if signal == "traces" else "rejectedLogRecords"
        told = {field: str(partial.rejected), "errorMessage": partial.message}
        content = msgspec.json.encode({"partialSuccess": told} if partial.message else {})
        return Response(content, 200, media_type=form)
    answer: Any = ExportTraceServiceResponse() if signal == "traces" else ExportLogsServiceResponse()
    if partial.message:
        answer.partial_success.error_message = partial.message
        if signal == "traces":
            answer.partial_success.rejected_spans = partial.rejected
        else:
            answer.partial_success.rejected_log_records = partial.rejected
    return Response(answer.SerializeToString(), 200, media_type=form)


def refused(form: Form, why: Refusal) -> Response:
    """Return the answer to a request of which nothing was taken: google.rpc.Status."""
    code = _CODES.get(why.status, _UNKNOWN)
    if form == JSON:
        content = msgspec.json.encode({"code": code, "message": why.message})
    else:
        content = status()(code=code, message=why.message).SerializeToString()
    return Response(content, why.status, why.headers, form)


@cache
def status() -> Any:  # noqa: ANN401 - protobuf's classes have no types here
    """Return google.rpc.Status as far as OTLP needs it."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="google/rpc/status.proto", package="google.rpc", syntax="proto3"
    )
    message = file.message_type.add(name="Status")
    message.field.add(name="code", number=1, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    message.field.add(name="message", number=2, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("google.rpc.Status"))
