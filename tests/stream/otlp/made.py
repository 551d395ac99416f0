"""Spans as tests want them."""

from __future__ import annotations

from typing import Any

from stream.otlp.calls import Calls, calls
from stream.otlp.span import LogRecord, Scope, Span, SpanEvent

TRACE = "0af7651916cd43dd8448eb211c80319c"
BEGAN = 1_794_000_000_000_000_000
SECOND = 1_000_000_000
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 5,
}


def span(number: int = 1, parent: int = 0, *, at_s: int = 0, **more: Any) -> Span:
    """Return a span of a second; its ids are numbers."""
    given: dict[str, Any] = {"attributes": CHAT, "scope": Scope("test")} | more
    return Span(
        trace_id=given.pop("trace_id", TRACE),
        span_id=f"{number:016x}",
        parent_span_id=f"{parent:016x}" if parent else "",
        name=given.pop("name", "chat gpt-4o"),
        start_ns=BEGAN + at_s * SECOND,
        end_ns=BEGAN + (at_s + 1) * SECOND,
        **given,
    )


def record(name: str, number: int = 1, **more: Any) -> LogRecord:
    """Return a log record about a span."""
    return LogRecord(trace_id=TRACE, span_id=f"{number:016x}", time_ns=BEGAN, event_name=name, **more)


def happened(name: str, **attributes: Any) -> SpanEvent:
    """Return an event of a span; __ stands for a dot."""
    return SpanEvent(name, BEGAN, {key.replace("__", "."): value for key, value in attributes.items()})


def only(attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the one event that a span with these attributes is."""
    found: Calls = calls([span(attributes=attributes, **more)])
    assert (len(found.events), found.rejects) == (1, [])
    return found.events[0]


def ids(found: Calls) -> list[int]:
    """Return the numbers of the spans that are events."""
    return [int(event["span_id"], 16) for event in found.events if "span_id" in event]
