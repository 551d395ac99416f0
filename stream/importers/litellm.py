"""LiteLLM: rows of its spend logs, and what its loggers write to S3, GCS and files.

Names are those of table `LiteLLM_SpendLogs` (litellm's schema.prisma), of `GET /spend/logs`, and of
`StandardLoggingPayload` (litellm/types/utils.py), read in 2026. LiteLLM counts cache reads and writes within
`prompt_tokens`, for Anthropic too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from stream.importers import content
from stream.importers.base import NoCall
from stream.importers.values import (
    event_id,
    first,
    inner,
    items,
    milliseconds,
    needed,
    number,
    said,
    sold,
    tags,
    text,
    true,
    unpacked,
    when,
    whose,
)
from stream.json_object import Fields

# What stands before a model's name in rows that have no column for the provider.
_ROUTED = frozenset(
    (
        *("openai", "azure", "azure_ai", "anthropic", "bedrock", "vertex_ai", "gemini", "mistral", "cohere"),
        *("groq", "together_ai", "fireworks_ai", "openrouter", "deepseek", "xai"),
    )
)
# By the end of `call_type`, in which `a` in front says that the call was asynchronous.
_OPERATIONS = {
    "text_completion": "text_completion",
    "embedding": "embeddings",
    "rerank": "rerank",
    "image_generation": "image",
    "image_edit": "image",
    "image_variation": "image",
    "transcription": "audio",
    "speech": "audio",
    "generate_content": "generate_content",
    "generate_content_stream": "generate_content",
    "completion": "chat",
    "responses": "chat",
    "anthropic_messages": "chat",
    "pass_through_endpoint": "chat",
    "": "chat",
}


class LiteLLM:
    """Every request that went to a model becomes a generation, also those that failed."""

    name = "litellm"

    def events(self, record: Fields) -> Iterable[Fields]:
        """Return the one event of a row."""
        if "standard_logging_object" in record:
            record = inner(record, "standard_logging_object")
        call_type = text(record, "call_type")
        operation = _OPERATIONS.get(call_type) or _OPERATIONS.get(call_type.removeprefix("a"))
        if operation is None:
            raise NoCall(f"calls of type {call_type[:32]}")
        yield _generation(record, operation)


def recognised(record: Fields) -> bool:
    """Tell whether a record is such a row."""
    return "standard_logging_object" in record or (
        {"call_type", "startTime"} <= record.keys()
        and bool({"request_id", "response_cost", "id"} & record.keys())
    )


def _generation(record: Fields, operation: str) -> Fields:
    metadata = inner(record, "metadata")
    parameters = inner(record, "model_parameters")
    response = unpacked(record.get("response"))
    body = response if isinstance(response, dict) else {}
    provider, model = _model(record)
    began = when(record, "startTime")
    cached = true(record, "cache_hit")
    return said(
        {
            "event_id": event_id(needed(text(record, "request_id", "id"), "request_id")),
            "occurred_at": needed(began, "startTime").isoformat(),
            "operation": operation,
            **sold(provider, text(record, "api_base"), model),
            "request_model": model,
            "response_model": text(body, "model"),
            "system_fingerprint": text(body, "system_fingerprint"),
            "service_tier": text(parameters, "service_tier") or text(body, "service_tier"),
            "trace_id": text(record, "trace_id"),
            "conversation_id": text(record, "session_id"),
            "team": text(metadata, "user_api_key_team_alias") or text(record, "team_id"),
            "app": text(metadata, "user_api_key_alias"),
            "user_hash": whose(text(record, "end_user") or text(parameters, "user") or text(record, "user")),
            "tags": _tags(record),
            "request": content.request({"stream": record.get("stream"), **parameters}),
            **_asked(record),
            **(content.answered(response) if response else {}),
            **_times(record, began),
            "gateway_cached": cached or None,
            **_usage(record, metadata, body),
            "cost_usd": None if cached else number(record, "response_cost", "spend"),
            **_error(record, metadata),
            "extra": said({name: text(record, name) for name in ("api_base", "call_type", "model_id")}),
        }
    )


def _model(record: Fields) -> tuple[str, str]:
    """Return provider and model; LiteLLM may write both into the model's name."""
    named = str(needed(text(record, "model"), "model"))
    provider, _, rest = named.partition("/")
    if known := text(record, "custom_llm_provider"):
        return known, named.removeprefix(f"{known}/")
    return (provider, rest) if rest and provider in _ROUTED else ("", named)


def _tags(record: Fields) -> dict[str, str]:
    group = text(record, "model_group")
    return {**tags(items(record, "request_tags")), **({"model_group": group} if group else {})}


def _asked(record: Fields) -> Fields:
    """Newer rows keep what was asked in the request as the proxy got it."""
    messages = unpacked(record.get("messages"))
    return content.asked(messages or inner(record, "proxy_server_request").get("messages"))


def _times(record: Fields, began: datetime | None) -> Fields:
    ended, spoke = when(record, "endTime"), when(record, "completionStartTime")
    # Where nothing was streamed LiteLLM writes the end as the start of the answer.
    streamed = spoke is not None and ended is not None and spoke < ended
    return {
        "latency_ms": milliseconds(began, ended),
        "ttft_ms": milliseconds(began, spoke) if streamed else None,
    }


def _usage(record: Fields, metadata: Fields, body: Fields) -> Fields:
    given = inner(metadata, "usage_object") or inner(body, "usage")
    more = inner(metadata, "additional_usage_values")
    counted = {
        name: n for name in ("prompt_tokens", "completion_tokens") if (n := record.get(name)) is not None
    }
    found = content.usage({**more, **given, **counted})
    return {"usage": found} if any(found.values()) else {"usage_source": "missing"}


def _error(record: Fields, metadata: Fields) -> Fields:
    told = inner(record, "error_information") or inner(metadata, "error_information")
    failed = text(record, "status") or text(metadata, "status")
    if failed != "failure" and not first(record, "error_str"):
        return {}
    return {"error_type": text(told, "error_class") or text(told, "error_code") or "error"}
