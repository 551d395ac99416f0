"""One span of a model call as the fields of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from detectors.platforms import tier_name
from stream.otlp.content import content
from stream.otlp.models import models
from stream.otlp.names import (
    APP,
    ENVIRONMENT,
    ERROR,
    FMWATCH,
    HOST,
    MOST_TOKENS,
    REASONING,
    REQUEST_OBJECTS,
    SERVICE_TIER,
    TEAM,
    TEMPERATURE,
    TEXTS,
    USER,
    unread,
)
from stream.otlp.providers import UNKNOWN, seller
from stream.otlp.span import FAILED, Attributes, LogRecord, Span
from stream.otlp.timed import latency_ms, streamed, ttft_ms
from stream.otlp.usage import CONVENTION, cost_usd, usage
from stream.otlp.values import count, first, from_json, json_object, number, said, text, written

MOST_NAME = 512  # characters of a name or an owner; a resource's are copied into each of its events
MOST_EXTRA = 64  # attributes kept that have no field
MOST_EXTRA_CHARACTERS = 2_000  # of one of them
CACHE_HIT = "litellm.cache_hit"  # answered from the proxy's own cache: nobody sends a bill
_NAMELESS = "unknown_service"  # what an SDK says whose user named nothing
_MODELS = frozenset({"request_model", "response_model"})
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
    requested, served = (name[:MOST_NAME] for name in models(span.attributes))
    fields: Fields = {
        "event_id": event_id(span.trace_id, span.span_id),
        "occurred_at": span.end_ns or span.start_ns,
        "operation": operation,
        **_ids(span),
        **_names(span.attributes),
        **_owners(span, whose or {}),
        **_sold(span, requested),
        **content(span, operation, records),
        **_outcome(span),
        **_request(span),
        **_usage(span.attributes),
    }
    if asked := requested or (UNKNOWN if fields.get("error_type") else ""):
        fields["request_model"] = asked  # a failed call counts, even where nobody says of which model
    if served and (fields.get("usage") or not fields.get("error_type")):
        fields["response_model"] = served  # some repeat the model asked for where nothing was answered
    fields["extra"] = _extra(span) | fields.get("extra", {})
    return fields


def _ids(span: Span) -> Fields:
    parent = {"parent_span_id": span.parent_span_id} if span.parent_span_id else {}
    return {"trace_id": span.trace_id, "span_id": span.span_id, **parent}


def _names(attributes: Attributes) -> Fields:
    found = {
        name: text(from_json(value))[:MOST_NAME]
        for name, names in TEXTS.items()
        if name not in _MODELS and (value := said(attributes, names))
    }
    if tier := said(attributes, SERVICE_TIER):
        found["service_tier"] = tier_name(tier[:MOST_NAME])
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
    return {name: value[:MOST_NAME] for name, value in found.items() if value}


def _sold(span: Span, model: str) -> Fields:
    found = seller(span, model)
    return {name: value[:MOST_NAME] for name, value in found._asdict().items() if value}


def _outcome(span: Span) -> Fields:
    fields: Fields = {}
    if (took := latency_ms(span)) is not None:
        fields["latency_ms"] = took
    if (first_token := ttft_ms(span)) is not None and first_token >= 0:
        fields["ttft_ms"] = first_token
    if error := _error(span):
        fields["error_type"] = error
    if str(span.attributes.get(CACHE_HIT)) in {"True", "true"}:
        fields["gateway_cached"] = True
    return fields


def _error(span: Span) -> str:
    named = said(span.attributes, (ERROR,))
    if named or span.status.code != FAILED:
        return named
    for happened in span.events:
        if happened.name in {"exception", "gen_ai.client.operation.exception"}:
            return said(happened.attributes, ("exception.type", "exception.name")) or "error"
    return "error"


def _request(span: Span) -> Fields:
    """Return what was asked for; the objects stand behind the attributes of their own."""
    attributes, told = span.attributes, Attributes()
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
        "stream": streamed(span, told),
    }
    # OpenLIT writes -1 where no limit was asked for.
    asked = {name: value for name, value in found.items() if value is not None and value != -1}
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
        kept["otel_scope"] = f"{span.scope.name[:200]} {span.scope.version[:200]}".strip()[:200]
    if host := said(span.attributes, _LOCAL):
        kept["server_address"] = host[:200]
    return kept


def _small(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_EXTRA_CHARACTERS
    return isinstance(value, bool | int | float)
