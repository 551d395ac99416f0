"""A callback of LiteLLM: one event per call that its library or its proxy made."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, Mapping, Optional

from fmwatch.wrap import openai_chat, openai_responses
from fmwatch.wrap.around import around, captured, user_hash, watching
from fmwatch.wrap.call import failure
from fmwatch.wrap.fields import Fields, get, present, request, text, turns, whole
from fmwatch.wrap.guard import guarded, lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fmwatch.client import Client

# LiteLLM's names of its calls, by the word in them; anything else is none of a model.
_OPERATIONS = (
    ("completion", "chat"),
    ("responses", "chat"),
    ("anthropic_messages", "chat"),
    ("embedding", "embeddings"),
    ("rerank", "rerank"),
    ("image", "image"),
    ("transcription", "audio"),
    ("speech", "audio"),
)
_SELLERS = {"azure": "openai", "azure_ai": "azure_ai", "text-completion-openai": "openai"}


def success(kwargs: Mapping[str, Any], found: Any, begin: Any, end: Any) -> Fields:
    """Return the event of a call that was answered; empty for what is no call of a model."""
    asked = _asked(kwargs, begin, end)
    if not asked:
        return {}
    answer = _answered(kwargs, found) or {"usage_source": "missing"}
    fields = {**asked, **answer, "event_id": text(kwargs.get("litellm_call_id")) or None}
    if kwargs.get("cache_hit"):
        fields["gateway_cached"] = True
    return present(fields)


@guarded
def _answered(kwargs: Mapping[str, Any], found: Any) -> Fields:
    output = get(found, "output") is not None and get(found, "choices") is None
    answer = openai_responses.answered(found) if output else openai_chat.answered(found)
    answer.pop("cost_usd", None)  # LiteLLM's own reckoning, not the provider's
    usage = {**answer.get("usage", {}), **_cache(get(found, "usage"))}
    counted: Fields = {"usage": usage} if usage else {"usage_source": "missing"}
    if usage and _estimated(kwargs, found):
        counted["usage_source"] = "estimated"
    return {**answer, **counted}


def failure_of(kwargs: Mapping[str, Any], begin: Any, end: Any) -> Fields:
    """Return the event of a call that failed; a try after it is an event of its own."""
    asked = _asked(kwargs, begin, end)
    if not asked:
        return {}
    error = kwargs.get("exception")
    said: Dict[str, Any] = failure(error) if isinstance(error, Exception) else {"error_type": "error"}
    return {**asked, **said, "usage_source": "missing"}


def _asked(kwargs: Mapping[str, Any], begin: Any, end: Any) -> Fields:
    kind = text(kwargs.get("call_type")) or "completion"
    operation = next((name for word, name in _OPERATIONS if word in kind), "")
    if not operation:
        return {}
    options = {**(kwargs.get("optional_params") or {}), "stream": kwargs.get("stream")}
    platform = text(kwargs.get("custom_llm_provider"))
    messages = turns(kwargs.get("messages"))
    given = kwargs.get("input")
    return present(
        {
            "provider": _SELLERS.get(platform, platform) or "unknown",
            "platform": platform or None,
            "request_model": text(kwargs.get("model")) or "unknown",
            "operation": operation,
            "messages": messages or None,
            "prompt": None if messages else openai_chat.asked_embeddings({"input": given})["prompt"] or None,
            "request": request(options, "max_completion_tokens", "max_tokens", "max_output_tokens") or None,
            "user_hash": user_hash(kwargs.get("user")) or None,
            "tags": _tags(kwargs),
            "latency_ms": _between(begin, end),
            "ttft_ms": _between(begin, kwargs.get("completion_start_time")) if kwargs.get("stream") else None,
        }
    )


def _cache(spent: Any) -> Fields:
    """Return how long what was written to the cache stays there, in LiteLLM's names."""
    written = whole(get(spent, "cache_creation_input_tokens"))
    details = get(spent, "prompt_tokens_details", "cache_creation_token_details")
    short = whole(get(details, "ephemeral_5m_input_tokens"))
    return present(
        {
            "cache_read": whole(get(spent, "cache_read_input_tokens")),
            "cache_write_5m": written if short is None else short,
            "cache_write_1h": whole(get(details, "ephemeral_1h_input_tokens")),
        }
    )


def _estimated(kwargs: Mapping[str, Any], found: Any) -> bool:
    """Tell whether LiteLLM counted the tokens by itself, as it does for a stream that says none."""
    asked = get(kwargs.get("stream_options"), "include_usage")
    return bool(kwargs.get("stream")) and not asked and get(found, "usage", "prompt_tokens_details") is None


def _tags(kwargs: Mapping[str, Any]) -> Optional[Dict[str, str]]:
    given = get(kwargs.get("standard_logging_object"), "request_tags")
    return {str(tag): "" for tag in given} if isinstance(given, (list, tuple)) and given else None


def _between(begin: Any, end: Any) -> Optional[float]:
    if isinstance(begin, datetime) and isinstance(end, datetime):
        return max(0.0, round((end - begin).total_seconds() * 1e3, 3))
    return None


class Taking:
    """What LiteLLM calls, after the answer; it gives everything by name.

    Parameters
    ----------
    said : of each call, beneath what the blocks around it say
    """

    def __init__(self, to: Optional[Client], said: Fields) -> None:
        super().__init__()
        self._to = to
        self._said = said

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Capture a call that was answered."""
        try:
            self._take(success(kwargs, response_obj, start_time, end_time))
        except Exception:  # noqa: BLE001 - the application's call comes first
            lost(self._to)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Capture a call that failed."""
        del response_obj
        try:
            self._take(failure_of(kwargs, start_time, end_time))
        except Exception:  # noqa: BLE001 - same
            lost(self._to)

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Do the same for the asynchronous ones."""
        self.log_success_event(kwargs, response_obj, start_time, end_time)

    async def async_log_failure_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Do the same for the asynchronous ones."""
        self.log_failure_event(kwargs, response_obj, start_time, end_time)

    def _take(self, fields: Fields) -> None:
        if fields:
            from fmwatch import process  # noqa: PLC0415 - importing the package stays cheap

            client = self._to or process._current()  # noqa: SLF001 - the package's own
            captured(client.capture(**{**self._said, **around(), **fields}), watching())


def callback(to: Optional[Client], said: Fields) -> Any:
    """Return the callback; its class is made here, because LiteLLM takes seconds to import."""
    from litellm.integrations.custom_logger import CustomLogger  # noqa: PLC0415 - the application's own

    return type("Callback", (Taking, CustomLogger), {})(to, said)
