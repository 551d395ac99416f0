"""OpenAI's batches: output and error files, joined with the input file by `custom_id` where it is given.

The lines are as OpenAI's guide and API reference "Batch" show them (2026): `{"id", "custom_id", "response":
{"status_code", "request_id", "body"}, "error"}`, and `{"custom_id", "method", "url", "body"}` in the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from stream.errors import InvalidEvent
from stream.importers import content
from stream.importers.base import NoCall
from stream.importers.requests import Requests
from stream.importers.values import count, event_id, inner, needed, said, sold, tags, text, when
from stream.json_object import Fields
from stream.otlp.providers import UNKNOWN

APP = "openai-batch"  # keeps calls nobody waited for apart from live ones, unless their metadata says whose
REQUESTS = "requests of a batch"
_MOST_STATUS_OK = 299
_WHOSE = ("app", "route", "team", "environment")
_OPERATIONS = {
    "chat.completion": "chat",
    "response": "chat",
    "text_completion": "text_completion",
    "list": "embeddings",
}
_BY_URL = {
    "/v1/embeddings": "embeddings",
    "/v1/completions": "text_completion",
    "/v1/images/generations": "image",
    "/v1/moderations": "moderation",
}


class OpenAIBatch:
    """Every answer becomes a generation, and every error.

    Parameters
    ----------
    requests : of the same batches, by `custom_id`
    at : gives the time of records that have none: errors and embeddings
    """

    name = "openai-batch"

    def __init__(self, requests: Requests, at: Callable[[], datetime]) -> None:
        self.requests = requests
        self.at = at

    def events(self, record: Fields) -> Iterable[Fields]:
        """Return the one event of a line of an output."""
        if is_request(record):
            raise NoCall(REQUESTS)
        custom_id = str(needed(text(record, "custom_id"), "custom_id"))
        request = self.requests.of(custom_id)
        response = inner(record, "response")
        yield self._generation(record, request, inner(request, "body"), response)

    def _generation(self, record: Fields, request: Fields, sent: Fields, response: Fields) -> Fields:
        body = inner(response, "body")
        error = _error(record, response, body)
        metadata = inner(sent, "metadata")
        model = text(sent, "model") or text(body, "model")
        if not model:
            raise InvalidEvent(
                "missing_field", "model", "an error names no model: give the input file as well"
            )
        at = when(body, "created", "created_at") or self.at()
        used = content.usage(inner(body, "usage"))
        return said(
            {
                "event_id": event_id(text(record, "id", "custom_id")),
                "occurred_at": at.astimezone(UTC).isoformat(),
                "operation": _operation(text(request, "url"), body),
                **_sold(model),
                "request_model": model,
                "response_model": text(body, "model"),
                "system_fingerprint": text(body, "system_fingerprint"),
                "service_tier": "batch",
                "app": APP,
                **{name: text(metadata, name) for name in _WHOSE if text(metadata, name)},
                "tags": tags([f"{name}:{value}" for name, value in metadata.items() if name not in _WHOSE]),
                "request": content.request(sent),
                **(content.asked(sent) if sent else {}),
                **({} if error or not body else content.answered(body)),
                "usage": used,
                "usage_source": "" if any(used.values()) else "missing",
                "error_type": error,
                "extra": said({"custom_id": text(record, "custom_id")}),
            }
        )


def is_request(record: Fields) -> bool:
    """Tell a line of an input file."""
    return "body" in record and "response" not in record and "custom_id" in record


def recognised(record: Fields) -> bool:
    """Tell whether a record is a line of a batch's files."""
    return is_request(record) or {"custom_id", "response", "error"} <= record.keys()


def created(record: Fields) -> datetime | None:
    """Return when an answer was made, None where the record does not say."""
    try:
        return when(inner(inner(record, "response"), "body"), "created", "created_at")
    except InvalidEvent:
        return None


def _sold(model: str) -> Fields:
    """OpenAI's own, unless the model's name says otherwise: others write the same files."""
    found = sold("", "", model)
    return {"provider": "openai", "platform": "openai"} if found["provider"] == UNKNOWN else found


def _operation(url: str, body: Fields) -> str:
    return _BY_URL.get(url) or _OPERATIONS.get(text(body, "object"), "chat")


def _error(record: Fields, response: Fields, body: Fields) -> str:
    """Return a short word for what went wrong, "" where nothing did."""
    status = count(response, "status_code")
    told: dict[str, Any] = inner(record, "error") or inner(body, "error")
    if not told and (status is None or status <= _MOST_STATUS_OK) and body:
        return ""
    return text(told, "code") or text(told, "type") or str(status or "error")
