"""OTLP's JSON form: ids in hex, 64-bit numbers as texts, names in camelCase.

As in protobuf, each span is read alone, so that a broken one costs only itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from stream.errors import InvalidEvent
from stream.json_object import mended
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

_TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")
_SPAN_ID = re.compile(r"[0-9a-fA-F]{16}")
_LARGE = f"it has more than {MOST_ITEM_BYTES:,} bytes"
_WORDS = {"STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}  # as a few exporters write the code

_LEAST, _MOST = -(2**63), 2**64  # of the protocol's whole numbers
_MOST_DIGITS = 40

_T = TypeVar("_T")
_Number = int | str


class _Struct(msgspec.Struct, rename="camel"):
    """Names in camelCase; what is not known is passed over, as the protocol asks."""


class _Any(_Struct):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: _Values | None = None
    kvlist_value: _Pairs | None = None
    bytes_value: str | None = None


class _Values(_Struct):
    values: list[_Any] = []


class _Pair(_Struct):
    key: str = ""
    value: _Any | None = None


class _Pairs(_Struct):
    values: list[_Pair] = []


class _Event(_Struct):
    name: str = ""
    time_unix_nano: _Number = 0
    attributes: list[_Pair] = []


class _Status(_Struct):
    code: _Number = 0
    message: str = ""


class _Span(_Struct):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = None
    name: str = ""
    kind: _Number = 0
    start_time_unix_nano: _Number = 0
    end_time_unix_nano: _Number = 0
    attributes: list[_Pair] = []
    events: list[_Event] = []
    status: _Status | None = None


class _Record(_Struct):
    trace_id: str | None = None
    span_id: str | None = None
    time_unix_nano: _Number = 0
    observed_time_unix_nano: _Number = 0
    event_name: str = ""
    body: _Any | None = None
    attributes: list[_Pair] = []


class _Resource(_Struct):
    attributes: list[_Pair] = []


class _Scope(_Struct):
    name: str = ""
    version: str = ""


class _OfScope(_Struct):
    scope: _Scope | None = None
    spans: list[msgspec.Raw] = []
    log_records: list[msgspec.Raw] = []
    schema_url: str = ""


class _OfResource(_Struct):
    resource: _Resource | None = None
    scope_spans: list[msgspec.Raw] = []
    scope_logs: list[msgspec.Raw] = []
    schema_url: str = ""


class _Request(_Struct):
    resource_spans: list[msgspec.Raw] = []
    resource_logs: list[msgspec.Raw] = []


class _Item(NamedTuple):
    """A span or a record as bytes, with what its groups say of all of them."""

    raw: msgspec.Raw
    resource: Attributes
    scope: Scope


_REQUEST = msgspec.json.Decoder(_Request)
_OF_RESOURCE = msgspec.json.Decoder(_OfResource)
_OF_SCOPE = msgspec.json.Decoder(_OfScope)
_SPAN = msgspec.json.Decoder(_Span)
_RECORD = msgspec.json.Decoder(_Record)


def spans(body: bytes) -> list[Span]:
    """Return the spans of an ExportTraceServiceRequest."""
    return [_span(item) for item in _items(body, logs=False)]


def logs(body: bytes) -> list[LogRecord]:
    """Return the records of an ExportLogsServiceRequest."""
    return [_record(item) for item in _items(body, logs=True)]


def _span(item: _Item) -> Span:
    try:
        found = _read(item.raw, _SPAN)
        return Span(
            trace_id=_hex(found.trace_id, _TRACE_ID),
            span_id=_hex(found.span_id, _SPAN_ID),
            parent_span_id=_hex(found.parent_span_id, _SPAN_ID),
            name=found.name,
            kind=_word(found.kind),
            start_ns=_time(found.start_time_unix_nano),
            end_ns=_time(found.end_time_unix_nano),
            attributes=_attributes(found.attributes),
            events=_events(found.events),
            status=_status(found.status),
            resource=item.resource,
            scope=item.scope,
        )
    except InvalidEvent as error:
        return Span(problem=str(error), resource=item.resource, scope=item.scope)


def _events(found: list[_Event]) -> list[SpanEvent]:
    if len(found) > MOST_PARTS:
        raise InvalidEvent("too_large", "", f"it has more than {MOST_PARTS:,} events")
    return [
        SpanEvent(event.name, _time(event.time_unix_nano), _attributes(event.attributes)) for event in found
    ]


def _record(item: _Item) -> LogRecord:
    try:
        found = _read(item.raw, _RECORD)
        attributes = _attributes(found.attributes)
        return LogRecord(
            trace_id=_hex(found.trace_id, _TRACE_ID),
            span_id=_hex(found.span_id, _SPAN_ID),
            time_ns=_time(found.time_unix_nano) or _time(found.observed_time_unix_nano),
            event_name=event_name(found.event_name, attributes),
            body=_value(found.body),
            attributes=attributes,
            resource=item.resource,
            scope=item.scope,
        )
    except InvalidEvent as error:
        return LogRecord(problem=str(error), resource=item.resource, scope=item.scope)


def _items(body: bytes, *, logs: bool) -> Iterator[_Item]:
    left = MOST_ITEMS
    request = _request(body)
    for group in _few(request.resource_logs if logs else request.resource_spans, left):
        of_resource = _outer(group, _OF_RESOURCE)
        resource = _attributes(of_resource.resource.attributes if of_resource.resource else [])
        for part in _few(of_resource.scope_logs if logs else of_resource.scope_spans, left):
            of_scope = _outer(part, _OF_SCOPE)
            named = of_scope.scope or _Scope()
            scope = Scope(named.name, named.version, of_scope.schema_url or of_resource.schema_url)
            found = _few(of_scope.log_records if logs else of_scope.spans, left)
            left -= len(found) or 1
            for raw in found:
                yield _Item(raw, resource, scope)


def _few(found: list[msgspec.Raw], most: int) -> list[msgspec.Raw]:
    if len(found) > most:
        raise InvalidEvent("too_large", "", f"the body holds more than {MOST_ITEMS:,} spans or records")
    return found


def _request(body: bytes) -> _Request:
    """Decode the outermost object; half an emoji anywhere in it would make all of it unreadable."""
    try:
        return _outer(body, _REQUEST)
    except InvalidEvent:
        whole = mended(body)
        if whole == body:
            raise
    return _outer(whole, _REQUEST)


def _outer(raw: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[_T]) -> _T:
    try:
        return decoder.decode(raw)
    except UnicodeDecodeError as error:
        raise InvalidEvent("invalid_encoding", "", "the body is not UTF-8") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidEvent("invalid_json", "", f"the body is not OTLP in JSON: {error}") from error


def _read(raw: msgspec.Raw, decoder: msgspec.json.Decoder[_T]) -> _T:
    if len(raw) > MOST_ITEM_BYTES:
        raise InvalidEvent("too_large", "", _LARGE)
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent("wrong_type", "", f"it is not as OTLP has it: {error}") from error


def _hex(said: str | None, shape: re.Pattern[str]) -> str:
    """Return an id in lower case; what is none, or is all zeros, is no id."""
    if not said or not shape.fullmatch(said) or not said.strip("0"):
        return ""
    return said.lower()


def _number(said: _Number, least: int = _LEAST) -> int:
    try:
        found = said if isinstance(said, int) else int(said) if len(said) <= _MOST_DIGITS else _MOST
    except ValueError as error:
        raise InvalidEvent("wrong_type", "", f"{said!r} is not a whole number") from error
    if not least <= found < _MOST:
        raise InvalidEvent("wrong_type", "", "a number in it does not fit 64 bits")
    return found


def _time(said: _Number) -> int:
    """Return nanoseconds, which OTLP has as an unsigned number."""
    return _number(said, 0)


def _word(said: _Number) -> int:
    return said if isinstance(said, int) else 0


def _status(said: _Status | None) -> Status:
    if said is None:
        return Status()
    code = said.code if isinstance(said.code, int) else _WORDS.get(said.code, 0)
    return Status(code, said.message)


def _attributes(pairs: list[_Pair]) -> Attributes:
    if len(pairs) > MOST_PARTS:
        raise InvalidEvent("too_large", "", f"it has more than {MOST_PARTS:,} attributes")
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: _Any | None) -> Any:  # noqa: ANN401 - any JSON value
    if value is None:
        return None
    if value.array_value is not None:
        return [_value(item) for item in value.array_value.values]
    if value.kvlist_value is not None:
        return _attributes(value.kvlist_value.values)
    return _single(value)


def _single(value: _Any) -> str | int | float | None:  # of which bool is one
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _number(value.int_value)
    if value.double_value is not None:
        return _float(value.double_value)
    return value.bytes_value if value.bool_value is None else value.bool_value


def _float(said: float | str) -> float | None:
    """Return a number; JSON has no infinity, so it comes as a text."""
    try:
        return float(said)
    except (ValueError, OverflowError):
        return None
