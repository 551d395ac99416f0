"""One span and one log record, the same whether they came as protobuf or as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

Attributes = dict[str, Any]  # every AnyValue as the Python value it stands for; bytes as base64 text

MOST_ITEMS = 20_000  # spans or records of one body, and groups of them
MOST_ITEM_BYTES = 4 * 1024 * 1024  # of one span; what a library makes of it is many times larger
MOST_PARTS = 20_000  # attributes and events of one span, and values of one list
FAILED = 2  # status code of a span that ended in an error


class Scope(msgspec.Struct, frozen=True):
    """The library that made a span."""

    name: str = ""
    version: str = ""
    schema_url: str = ""


class Status(msgspec.Struct, frozen=True):
    """How a span ended: 0 not said, 1 well, 2 in an error."""

    code: int = 0
    message: str = ""


class SpanEvent(msgspec.Struct, frozen=True):
    """Something that happened during a span."""

    name: str
    time_ns: int = 0
    attributes: Attributes = {}  # copied by msgspec for every value


class Span(msgspec.Struct, kw_only=True):
    """One span.

    Attributes
    ----------
    trace_id, span_id, parent_span_id : lower-case hex, "" where absent or not of the right length
    kind : number of OTLP: 1 internal, 2 server, 3 client ...
    resource : attributes of what sent it: service.name and so on
    problem : why it cannot be read, "reason: sentence"; then the rest is empty
    """

    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    kind: int = 0
    start_ns: int = 0
    end_ns: int = 0
    attributes: Attributes = {}
    events: list[SpanEvent] = []
    status: Status = Status()
    resource: Attributes = {}
    scope: Scope = Scope()
    problem: str = ""


class LogRecord(msgspec.Struct, kw_only=True):
    """One log record.

    Attributes
    ----------
    event_name : of records that are events, else ""
    body : a text, a number, a list or a dict
    problem : as of a span
    """

    trace_id: str = ""
    span_id: str = ""
    time_ns: int = 0
    event_name: str = ""
    body: Any = None
    attributes: Attributes = {}
    resource: Attributes = {}
    scope: Scope = Scope()
    problem: str = ""


def event_name(said: str, attributes: Attributes) -> str:
    """Return the name of an event: a field of the record, an attribute before that field was invented."""
    return said or str(attributes.get("event.name") or "")
