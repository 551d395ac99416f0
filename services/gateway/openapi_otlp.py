"""JSON Schemas of OTLP's messages in their JSON form, made from OpenTelemetry's own definitions of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from services.gateway.otlp_answer import Signal, status

Schema = dict[str, Any]

# What is sent of a signal, and what is answered where it was taken; metrics never are.
REQUESTS: dict[Signal, Any] = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}
ANSWERS: dict[Signal, Any] = {"traces": ExportTraceServiceResponse, "logs": ExportLogsServiceResponse}

# Ids are in hex there; other bytes are in base64, as everywhere in protobuf's JSON.
_HEX: dict[str, Schema] = {
    "trace_id": {"type": "string", "pattern": "^([0-9a-fA-F]{32})?$"},
    "span_id": {"type": "string", "pattern": "^([0-9a-fA-F]{16})?$"},
    "parent_span_id": {"type": "string", "pattern": "^([0-9a-fA-F]{16})?$"},
}
_WHOLE: Schema = {"type": ["string", "integer"], "pattern": "^-?[0-9]{1,20}$"}  # 64 bits, as text or number
_TYPES: dict[int, Schema] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": ["number", "string"], "description": "a text for NaN and Infinity"},
    FieldDescriptor.TYPE_ENUM: {"type": "integer"},
    FieldDescriptor.TYPE_FIXED32: {"type": "integer"},
    FieldDescriptor.TYPE_FIXED64: _WHOLE,
    FieldDescriptor.TYPE_INT32: {"type": "integer"},
    FieldDescriptor.TYPE_INT64: _WHOLE,
    FieldDescriptor.TYPE_SFIXED64: _WHOLE,
    FieldDescriptor.TYPE_SINT32: {"type": "integer"},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer"},
    FieldDescriptor.TYPE_UINT64: _WHOLE,
}


def schemas() -> dict[str, Schema]:
    """Return every message that can be sent or answered, by name, and those inside of them."""
    messages = (*REQUESTS.values(), *ANSWERS.values(), status())
    found = {name: schema for message in messages for name, schema in _reached(message.DESCRIPTOR)}
    return dict(sorted(found.items()))


def ref(message: Any) -> Schema:  # noqa: ANN401 - protobuf's classes have no types here
    """Return what stands for a message in a document that has all of them."""
    return {"$ref": f"#/components/schemas/{message.DESCRIPTOR.full_name}"}


def _reached(message: Descriptor) -> Iterator[tuple[str, Schema]]:
    """Yield a message and all that it can hold, each once."""
    waiting, seen = [message], {message.full_name}
    while waiting:
        one = waiting.pop()
        yield one.full_name, _schema(one)
        inside = [field.message_type for field in one.fields if field.message_type]
        waiting += [each for each in inside if each.full_name not in seen]
        seen |= {each.full_name for each in inside}


def _schema(message: Descriptor) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": {field.json_name: _listed(field) for field in message.fields},
    }
    if message.oneofs and all(field.containing_oneof for field in message.fields):
        found["maxProperties"] = 1
    return found


def _listed(field: FieldDescriptor) -> Schema:
    one = _HEX.get(field.name) or _one(field)
    return {"type": "array", "items": one} if field.is_repeated else one


def _one(field: FieldDescriptor) -> Schema:
    if field.message_type:
        return {"$ref": f"#/components/schemas/{field.message_type.full_name}"}
    return _TYPES[field.type]
