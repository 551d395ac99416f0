"""How long a call took, how long its first token, and whether it was read piece by piece."""

from __future__ import annotations

from datetime import UTC, datetime

from stream.errors import InvalidEvent
from stream.moment import moment
from stream.otlp.names import CHUNKS, FIRST_AT, STREAM, TTFT_MS, TTFT_S
from stream.otlp.span import Attributes, Span
from stream.otlp.values import first, flag, from_json, number, text

_MS = 1e6  # nanoseconds
_ANY = "gen_ai.server.time_to_first_token"  # of TTFT_S, the one that some tell of whole answers too
_LOGFIRE = "logfire.span_type"  # "log": a stream's end, without a length of its own


def latency_ms(span: Span) -> float | None:
    """Return how long a call took."""
    if span.attributes.get(_LOGFIRE) == "log" and (seconds := number(span.attributes.get("duration"))):
        return seconds * 1e3
    return (span.end_ns - span.start_ns) / _MS if span.end_ns >= span.start_ns > 0 else None


def streamed(span: Span, told: Attributes) -> bool | None:
    """Return whether an answer came in pieces, None where nobody says.

    Parameters
    ----------
    told : parameters of the request, as the provider names them
    """
    asked = flag(first(span.attributes, STREAM))
    if asked is None:
        asked = flag(told.get("stream"))
    return True if asked is None and _in_pieces(span) else asked


def ttft_ms(span: Span) -> float | None:
    """Return how long the first token took; a whole answer has none, whatever a library says."""
    if flag(first(span.attributes, STREAM)) is False:
        return None
    if (seconds := number(first(span.attributes, TTFT_S))) is not None:
        return seconds * 1e3
    if (ms := number(first(span.attributes, TTFT_MS))) is not None:
        return ms
    if at := text(from_json(span.attributes.get(FIRST_AT))):
        try:
            return (moment(at, FIRST_AT) - _moment(span.start_ns)).total_seconds() * 1e3
        except InvalidEvent:
            return None
    at_ns = next((one.time_ns for one in span.events if one.name in CHUNKS and one.time_ns), 0)
    return (at_ns - span.start_ns) / _MS if at_ns >= span.start_ns > 0 else None


def _in_pieces(span: Span) -> bool:
    """Tell by what only a stream has."""
    attributes = span.attributes
    told = first(attributes, (*(name for name in TTFT_S if name != _ANY), *TTFT_MS, FIRST_AT)) is not None
    by_name = text(attributes.get("ai.operationId")).endswith(".doStream")
    return told or by_name or attributes.get(_LOGFIRE) == "log" or any(e.name in CHUNKS for e in span.events)


def _moment(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / 1e9, UTC)
