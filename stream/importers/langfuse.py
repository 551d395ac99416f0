"""Langfuse: exports of observations and scores, from blob storage, the page or the public API.

Names are those of the blob storage export (snake_case; Langfuse's page "Blob storage export field reference",
2026) and of the API and the page's export (camelCase). Langfuse keeps no provider: it is read off the model's
name or the metadata that OpenTelemetry and LangChain leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

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
    when,
    whose,
)
from stream.json_object import Fields
from stream.otlp.usage_details import INPUT, NAMED, OUTPUT, usage_details

_OPERATIONS = {"GENERATION": "chat", "EMBEDDING": "embeddings"}
_BY = {"ANNOTATION": "human", "EVAL": "judge"}
_ERROR = re.compile(r"(?:^|[\s.])([A-Z]\w*(?:Error|Exception|Timeout|Interrupt))\b")
_STATUS = re.compile(r"\b([45]\d\d)\b")


class Langfuse:
    """Observations that are model calls become generations, scores become feedback on them."""

    name = "langfuse"

    def events(self, record: Fields) -> Iterable[Fields]:
        """Return the one event of a row."""
        kind = text(record, "type").upper()
        if kind in _OPERATIONS:
            yield _generation(record, _OPERATIONS[kind])
        elif kind:
            raise NoCall(f"observations of type {kind[:32]}")
        elif first(record, "data_type", "dataType") is not None:
            yield _feedback(record)
        elif first(record, "timestamp") is not None:
            raise NoCall("traces")
        else:
            needed(None, "type")


def recognised(record: Fields) -> bool:
    """Tell whether a record is a row of such an export."""
    observed = {"start_time", "startTime"} & record.keys() and {"trace_id", "traceId"} & record.keys()
    scored = {"data_type", "dataType"} & record.keys() and {"string_value", "stringValue", "value"}
    return bool(
        (observed and "type" in record)
        or (scored and {"trace_id", "traceId"} & record.keys())
        or {"project_id", "bookmarked"} <= record.keys()
    )


def _generation(record: Fields, operation: str) -> Fields:
    began, ended = when(record, "start_time", "startTime"), when(record, "end_time", "endTime")
    spoke = when(record, "completion_start_time", "completionStartTime")
    model = str(
        needed(text(record, "provided_model_name", "providedModelName", "model"), "provided_model_name")
    )
    attributes = inner(inner(record, "metadata"), "attributes")
    trace = text(record, "trace_name", "traceName")
    parameters = inner(record, "model_parameters", "modelParameters")
    return said(
        {
            "event_id": event_id(needed(text(record, "id"), "id")),
            "occurred_at": needed(began, "start_time").isoformat(),
            "operation": operation,
            **sold(_named(record, attributes), text(attributes, "server.address"), model),
            "request_model": model,
            "response_model": text(attributes, "gen_ai.response.model"),
            "trace_id": text(record, "trace_id", "traceId"),
            "parent_span_id": text(record, "parent_observation_id", "parentObservationId"),
            "conversation_id": text(record, "session_id", "sessionId"),
            "app": trace or text(record, "name"),
            "environment": text(record, "environment"),
            "prompt_name": text(record, "prompt_name", "promptName"),
            "prompt_version": text(record, "prompt_version", "promptVersion"),
            "user_hash": whose(text(record, "user_id", "userId")),
            "tags": _tags(record),
            "request": content.request(parameters),
            **content.asked(record.get("input")),
            **content.answered(record.get("output")),
            **_tool_calls(record),
            "latency_ms": milliseconds(began, ended),
            "ttft_ms": milliseconds(began, spoke),
            **_usage(record),
            "cost_usd": _cost(record),
            **_error(record),
        }
    )


def _named(record: Fields, attributes: Fields) -> str:
    """Return the provider that OpenTelemetry or LangChain has left in the metadata."""
    named = text(attributes, "gen_ai.provider.name", "gen_ai.system", "llm.provider")
    return named or text(inner(record, "metadata"), "ls_provider")


def _tags(record: Fields) -> dict[str, str]:
    found = tags(items(record, "tags", "traceTags"))
    return said({**found, "release": text(record, "release"), "version": text(record, "version")}) | {
        name: "" for name, value in found.items() if not value
    }


def _tool_calls(record: Fields) -> Fields:
    calls = items(record, "tool_calls", "toolCalls")
    return {"tool_calls": calls} if calls else {}


def _usage(record: Fields) -> Fields:
    details = inner(record, "usage_details", "usageDetails")
    if not any(name in details for name in NAMED):
        old = inner(record, "usage") or record
        details = {name: n for name in (*INPUT, *OUTPUT, "total") if isinstance(n := old.get(name), int)}
    found, _ = usage_details(details)
    return {"usage": found} if any(found.values()) else {"usage_source": "missing"}


def _cost(record: Fields) -> float | int | None:
    cost = number(record, "total_cost", "totalCost", "calculatedTotalCost", "calculated_total_cost")
    return number(inner(record, "cost_details", "costDetails"), "total") if cost is None else cost


def _error(record: Fields) -> Fields:
    """Return a short word for an error, and what was said about it."""
    if text(record, "level").upper() != "ERROR":
        return {}
    message = text(record, "status_message", "statusMessage")
    named = _ERROR.search(message) or _STATUS.search(message)
    return {"error_type": named.group(1) if named else "error", "extra": said({"status_message": message})}


def _feedback(record: Fields) -> Fields:
    """A score of a whole trace keeps the trace's id: Langfuse does not say which call it is about."""
    target = text(record, "observation_id", "observationId") or text(record, "trace_id", "traceId")
    if not target:
        raise NoCall("scores of sessions and experiments")
    at = needed(when(record, "timestamp", "created_at", "createdAt"), "timestamp")
    kind, value = _value(record)
    by = "human" if text(record, "author_user_id", "authorUserId") else "rule"
    return {
        "type": "feedback",
        "event_id": event_id(target),
        "at": at.isoformat(),
        "kind": kind,
        "name": text(record, "name"),
        "value": value,
        "by": _BY.get(text(record, "source").upper(), by),
        "extra": said({"trace_id": text(record, "trace_id", "traceId"), "comment": text(record, "comment")}),
    }


def _value(record: Fields) -> tuple[str, Any]:
    kind = text(record, "data_type", "dataType").upper()
    if kind == "NUMERIC":
        return "score", number(record, "value")
    if kind == "BOOLEAN":
        return "thumb", number(record, "value") == 1 or true(record, "value", "string_value", "stringValue")
    return "label" if kind == "CATEGORICAL" else "correction", text(record, "string_value", "stringValue")
