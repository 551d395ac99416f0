"""OTLP's protobuf as OTLP/JSON and back, by protobuf's library and not by the code that is tested."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Fields = dict[str, Any]

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def as_json(kind: str, body: bytes, *, is_json: bool) -> Fields:
    """Return a request; `kind` is traces or logs."""
    if is_json:
        return dict(json.loads(body))
    message = (ExportTraceServiceRequest if kind == "traces" else ExportLogsServiceRequest).FromString(body)
    return dict(_hex(MessageToDict(message, use_integers_for_enums=True)))


def as_protobuf(kind: str, request: Fields) -> bytes:
    """Return the same request as protobuf."""
    message = ExportTraceServiceRequest() if kind == "traces" else ExportLogsServiceRequest()
    return bytes(ParseDict(_base64(request), message).SerializeToString())


def _base64(value: Any) -> Any:
    if isinstance(value, list):
        return [_base64(one) for one in value]
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(one)).decode() if key in _IDS else _base64(one)
            for key, one in value.items()
        }
    return value


def _hex(value: Any) -> Any:
    """OTLP/JSON has ids in hexadecimal digits, where protobuf's JSON has base64."""
    if isinstance(value, list):
        return [_hex(one) for one in value]
    if isinstance(value, dict):
        return {key: base64.b64decode(one).hex() if key in _IDS else _hex(one) for key, one in value.items()}
    return value
