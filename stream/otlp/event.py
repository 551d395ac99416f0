"""One span of a model call as the fields of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from detectors.platforms import tier_name
from stream.errors import InvalidEvent
from stream.moment import moment
from stream.otlp.content import content
from stream.otlp.names import (
    APP,
    CHUNKS,
    ENVIRONMENT,
    ERROR,
    FIRST_AT,
    FMWATCH,
    HOST,
    MOST_TOKENS,
    REASONING,
    REQUEST_OBJECTS,
    SERVICE_TIER,
    STREAM,
    TEAM,
    TEMPERATURE,
    TEXTS,
    TTFT_MS,
    TTFT_S,
    USER,
    unread,
)
from stream.otlp.providers import seller
from stream.otlp.span import FAILED, Attributes, LogRecord, Span
from stream.otlp.usage import CONVENTION, cost_usd, usage
from stream.otlp.values import count, first, flag, from_json, json_object, number, said, text, written

MOST_EXTRA = 64  # attributes kept that have no field
MOST_EXTRA_CHARACTERS = 2_000  # of one of them
_NAMELESS = "unknown_service"  # what an SDK says whose user named nothing
_MS = 1e6  # nanoseconds
_LOCAL = (*HOST[:1],)

Fields = dict[str, Any]


def event_id(trace_id: str, span_id: str) -> str:
    """Return the id of a span's event: the same for each export of it."""
    return f"{trace_id}-{span_id}"


def user_hash(user: str) -> str:
    """Return what is kept of a person's id: SHA-256 in hex, so that an erasure can name it.

    >>> user_hash("ana")[:16]
    '24d4b96f58da6d4a'
    """
    return sha256(user.encode("utf-8", "surrogatepass")).hexdigest()


def event(
    span: Span, operation: str, records: Sequence[LogRecord] = (), whose: Mapping[str, str] | None = None
) -> Fields:
    """Return the fields of the contract.

    Parameters
    ----------
    operation : what the span is, by `stream.otlp.kinds`
    records : log records about this span
    whose : tenant, team and route as the sender's headers say; the span's own go before them
    """
    model = said(span.attributes, TEXTS["request_model"])
    fields: Fields = {
        "event_id": event_id(span.trace_id, span.span_id),
        "occurred_at": span.end_ns or span.start_ns,
        "operation": operation,
        **_ids(span),
        **_names(span.attributes),
        **_owners(span, whose or {}),
        **_sold(span, model),
        **content(span, records),
        **_outcome(span),
        **_request(span.attributes),
        **_usage(span.attributes),
    }
    if not fields.get("request_model") and fields.get("response_model"):
        fields["request_model"] = fields["response_model"]
    fields["extra"] = _extra(span) | fields.get("extra", {})
    return fields


def _ids(span: Span) -> Fields:
    parent = {"parent_span_id": span.parent_span_id} if span.parent_span_id else {}
    return {"trace_id": span.trace_id, "span_id": span.span_id, **parent}


def _names(attributes: Attributes) -> Fields:
    found = {
        name: text(from_json(value)) for name, names in TEXTS.items() if (value := said(attributes, names))
    }
    if tier := said(attributes, SERVICE_TIER):
        found["service_tier"] = tier_name(tier)
    if user := said(attributes, USER):
        found["user_hash"] = user_hash(user)
    return found


def _owners(span: Span, whose: Mapping[str, str]) -> Fields:
    app = said(span.resource, APP)
    found = {
        "team": said(span.resource, TEAM),
        "app": "" if app.startswith(_NAMELESS) else app,
        "environment": said(span.attributes, ENVIRONMENT) or said(span.resource, ENVIRONMENT),
    }
    for name, names in FMWATCH.items():
        own = said(span.attributes, names) or said(span.resource, names) or whose.get(name, "")
        found[name] = own or found.get(name, "")
    return {name: value for name, value in found.items() if value}


def _sold(span: Span, model: str) -> Fields:
    found = seller(span, model or said(span.attributes, TEXTS["response_model"]))
    return {name: value for name, value in found._asdict().items() if value}


def _outcome(span: Span) -> Fields:
    fields: Fields = {}
    if span.end_ns >= span.start_ns > 0:
        fields["latency_ms"] = (span.end_ns - span.start_ns) / _MS
    if (first_token := _ttft_ms(span)) is not None and first_token >= 0:
        fields["ttft_ms"] = first_token
    if error := _error(span):
        fields["error_type"] = error
    return fields


def _error(span: Span) -> str:
    named = said(span.attributes, (ERROR,))
    if named or span.status.code != FAILED:
        return named
    for happened in span.events:
        if happened.name in {"exception", "gen_ai.client.operation.exception"}:
            return said(happened.attributes, ("exception.type", "exception.name")) or "error"
    return "error"


def _ttft_ms(span: Span) -> float | None:
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


def _moment(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / 1e9, UTC)


def _request(attributes: Attributes) -> Fields:
    """Return what was asked for; the objects stand behind the attributes of their own."""
    told: Attributes = {}
    for name in REQUEST_OBJECTS:
        told |= json_object(attributes.get(name))
    found = {
        "temperature": number(_either(attributes, TEMPERATURE, told, ("temperature",))),
        "max_tokens": count(
            _either(
                attributes, MOST_TOKENS, told, ("max_tokens", "max_completion_tokens", "max_output_tokens")
            )
        ),
        "reasoning_effort": text(_either(attributes, REASONING, told, ("reasoning_effort",))) or None,
        "stream": flag(_either(attributes, STREAM, told, ("stream",))),
    }
    asked = {name: value for name, value in found.items() if value is not None}
    return {"request": asked} if asked else {}


def _either(attributes: Attributes, names: Sequence[str], told: Attributes, own: Sequence[str]) -> object:
    found = first(attributes, tuple(names))
    return first(told, tuple(own)) if found is None else found


def _usage(attributes: Attributes) -> Fields:
    counts, convention = usage(attributes)
    fields: Fields = {"usage": counts} if counts else {"usage_source": "missing"}
    if (cost := cost_usd(attributes)) is not None and cost > 0:
        fields["cost_usd"] = cost
    if convention:
        fields["extra"] = {CONVENTION: convention}
    return fields


def _extra(span: Span) -> Fields:
    """Keep what has no field: of the call, never content, never a person; and which library told it."""
    kept: Fields = {}
    for name in sorted(filter(unread, span.attributes)):
        if len(kept) >= MOST_EXTRA:
            break
        value = span.attributes[name]
        if value is not None:
            kept[name[:128]] = value if _small(value) else written(value)[:MOST_EXTRA_CHARACTERS]
    if span.scope.name:
        kept["otel_scope"] = f"{span.scope.name} {span.scope.version}".strip()[:200]
    if host := said(span.attributes, _LOCAL):
        kept["server_address"] = host[:200]
    return kept


def _small(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_EXTRA_CHARACTERS
    return isinstance(value, bool | int | float)
