"""OTLP's protobuf form.

The outer messages are read as bare bytes and each span alone: a few packed kilobytes can hold millions of
empty messages, of which a parser makes gigabytes, and one text that is not UTF-8 would cost all other spans.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from stream.errors import InvalidEvent
from stream.otlp.span import (
    MOST_ITEM_BYTES,
    MOST_ITEMS,
    MOST_PARTS,
    Attributes,
    LogRecord,
    Scope,
    Span,
    SpanEvent,
    Status,
    event_name,
)

_TRACE_BYTES = 16
_SPAN_BYTES = 8
_BROKEN = "invalid_encoding: it is not valid protobuf, or a text in it is not UTF-8"
_LARGE = f"too_large: it has more than {MOST_ITEM_BYTES:,} bytes, or {MOST_PARTS:,} attributes or events"


class _Item(NamedTuple):
    """A span or a record as bytes, with what its groups say of all of them."""

    raw: bytes
    resource: Attributes
    scope: Scope


def spans(body: bytes) -> list[Span]:
    """Return the spans of an ExportTraceServiceRequest."""
    return [_span(item) for item in _items(body)]


def logs(body: bytes) -> list[LogRecord]:
    """Return the records of an ExportLogsServiceRequest."""
    return [_record(item) for item in _items(body)]


def _span(item: _Item) -> Span:
    try:
        return _read_span(item)
    except (DecodeError, OverflowError) as error:
        return Span(problem=_problem(error), resource=item.resource, scope=item.scope)


def _read_span(item: _Item) -> Span:
    found = trace_pb2.Span.FromString(_bounded(item.raw))
    return Span(
        trace_id=_hex(found.trace_id, _TRACE_BYTES),
        span_id=_hex(found.span_id, _SPAN_BYTES),
        parent_span_id=_hex(found.parent_span_id, _SPAN_BYTES),
        name=found.name,
        kind=found.kind,
        start_ns=found.start_time_unix_nano,
        end_ns=found.end_time_unix_nano,
        attributes=_attributes(found.attributes),
        events=[
            SpanEvent(event.name, event.time_unix_nano, _attributes(event.attributes))
            for event in _bounded(found.events, MOST_PARTS)
        ],
        status=Status(found.status.code, found.status.message),
        resource=item.resource,
        scope=item.scope,
    )


def _record(item: _Item) -> LogRecord:
    try:
        return _read_record(item)
    except (DecodeError, OverflowError) as error:
        return LogRecord(problem=_problem(error), resource=item.resource, scope=item.scope)


def _read_record(item: _Item) -> LogRecord:
    found = logs_pb2.LogRecord.FromString(_bounded(item.raw))
    attributes = _attributes(found.attributes)
    return LogRecord(
        trace_id=_hex(found.trace_id, _TRACE_BYTES),
        span_id=_hex(found.span_id, _SPAN_BYTES),
        time_ns=found.time_unix_nano or found.observed_time_unix_nano,
        event_name=event_name(found.event_name, attributes),
        body=_value(found.body),
        attributes=attributes,
        resource=item.resource,
        scope=item.scope,
    )


def _bounded(found: Any, most: int = MOST_ITEM_BYTES) -> Any:  # noqa: ANN401 - bytes, or a repeated field
    if len(found) > most:
        raise OverflowError
    return found


def _problem(error: Exception) -> str:
    return _LARGE if isinstance(error, OverflowError) else _BROKEN


def _items(body: bytes) -> Iterator[_Item]:
    """Go through request, resources and scopes; traces and logs number their fields alike."""
    left = MOST_ITEMS
    for group in _few(_parsed(body).first, left):
        of_resource = _parsed(group)
        resource = _resource(b"".join(of_resource.first))
        for part in _few(of_resource.second, left):
            of_scope = _parsed(part)
            scope = _scope(b"".join(of_scope.first), of_scope.third or of_resource.third)
            left -= len(_few(of_scope.second, left)) or 1
            for raw in of_scope.second:
                yield _Item(raw, resource, scope)


def _few(found: Any, most: int) -> Any:  # noqa: ANN401 - a repeated field
    if len(found) > most:
        raise InvalidEvent("too_large", "", f"the body holds more than {MOST_ITEMS:,} spans or records")
    return found


def _parsed(raw: bytes) -> Any:  # noqa: ANN401 - protobuf's classes have no types here
    try:
        return _envelope().FromString(raw)
    except DecodeError as error:
        raise InvalidEvent("invalid_encoding", "", "the body is not OTLP in protobuf") from error


@cache
def _envelope() -> Any:  # noqa: ANN401 - as above
    """Return a message whose first three fields are bytes, however often they come."""
    file = descriptor_pb2.FileDescriptorProto(name="fmwatch/envelope.proto", package="fmwatch")
    message = file.message_type.add(name="Envelope")
    for number, name in enumerate(("first", "second", "third"), start=1):
        message.field.add(
            name=name,
            number=number,
            type=descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
            label=descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED,
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("fmwatch.Envelope"))


def _resource(raw: bytes) -> Attributes:
    try:
        return _attributes(Resource.FromString(raw).attributes)
    except (DecodeError, OverflowError) as error:
        raise InvalidEvent(
            "invalid_encoding", "resource", "a resource in the body is not protobuf, or not UTF-8"
        ) from error


def _scope(raw: bytes, schema_url: Any) -> Scope:  # noqa: ANN401 - a repeated field
    try:
        found = InstrumentationScope.FromString(raw)
    except DecodeError as error:
        raise InvalidEvent(
            "invalid_encoding", "scope", "a scope in the body is not protobuf, or not UTF-8"
        ) from error
    url = schema_url[-1].decode("utf-8", "replace") if len(schema_url) else ""
    return Scope(found.name, found.version, url)


def _hex(raw: bytes, length: int) -> str:
    return raw.hex() if len(raw) == length and any(raw) else ""


def _attributes(pairs: Any) -> Attributes:  # noqa: ANN401 - as above
    return {pair.key: _value(pair.value) for pair in _bounded(pairs, MOST_PARTS)}


def _value(value: Any) -> Any:  # noqa: ANN401 - AnyValue in, any value out
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(value, kind)
    if kind == "array_value":
        return [_value(item) for item in _bounded(found.values, MOST_PARTS)]
    if kind == "kvlist_value":
        return _attributes(found.values)
    if kind == "bytes_value":
        return base64.b64encode(found).decode("ascii")
    return found
