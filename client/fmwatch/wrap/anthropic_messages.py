"""Anthropic's messages: blocks in, blocks out; its input tokens are without those of the cache."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from fmwatch.wrap.around import user_hash
from fmwatch.wrap.fields import Fields, get, joined, present, request, text, turns, whole

_SPENT = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    *("cache_creation", "server_tool_use", "output_tokens_details", "service_tier"),
)


def asked(body: Mapping[str, Any]) -> Fields:
    """Return the fields of a request."""
    system = joined(body.get("system"))
    user = get(body.get("metadata"), "user_id")
    named = {"user_hash": user_hash(user)} if isinstance(user, str) and user else {}
    before = [{"role": "system", "content": system}] if system else []
    return {
        **named,
        "request_model": text(body.get("model")),
        "messages": [*before, *turns(body.get("messages"))],
        "request": request(body, "max_tokens"),
    }


def answered(found: Any) -> Fields:
    """Return the fields of a message; what the model thought is no part of its answer."""
    blocks = get(found, "content") or []
    said = {
        "response": "".join(text(get(block, "text")) for block in blocks if get(block, "type") == "text"),
        "tool_calls": [
            _tool_call(block) for block in blocks if get(block, "type") in ("tool_use", "server_tool_use")
        ],
        "finish_reason": text(get(found, "stop_reason")),
        "response_model": text(get(found, "model")),
    }
    spent = get(found, "usage")
    return {**{name: value for name, value in said.items() if value}, **_spent(spent)}


def usage(spent: Any) -> Fields:
    """Return what was used, with the cache inside the input."""
    read = whole(get(spent, "cache_read_input_tokens"))
    written = whole(get(spent, "cache_creation_input_tokens"))
    hour = whole(get(spent, "cache_creation", "ephemeral_1h_input_tokens"))
    short = whole(get(spent, "cache_creation", "ephemeral_5m_input_tokens"))
    fresh = whole(get(spent, "input_tokens"))
    return present(
        {
            "input": None if fresh is None else fresh + (read or 0) + (written or 0),
            "output": whole(get(spent, "output_tokens")),
            "cache_read": read,
            "cache_write_5m": written if short is None else short,
            "cache_write_1h": hour,
            "reasoning": whole(get(spent, "output_tokens_details", "thinking_tokens")),
            "searches": whole(get(spent, "server_tool_use", "web_search_requests")),
        }
    )


def _spent(spent: Any) -> Fields:
    if not spent:
        return {}
    tier = text(get(spent, "service_tier"))
    return {"usage": usage(spent), **({"service_tier": tier} if tier else {})}


def _tool_call(block: Any) -> Fields:
    return present({"id": get(block, "id"), "name": get(block, "name"), "arguments": get(block, "input")})


class Events:
    """Puts the events of one streamed message together."""

    def __init__(self, usage_asked: bool) -> None:
        del usage_asked  # a message always says it
        self.done = False
        self._texts: List[str] = []
        self._calls: Dict[int, Fields] = {}
        self._said: Fields = {}
        self._spent: Fields = {}

    def add(self, event: Any) -> bool:
        """Take an event, and tell whether there is content in it."""
        kind = get(event, "type")
        if kind == "message_start":
            self._said["response_model"] = text(get(event, "message", "model"))
            self._count(get(event, "message", "usage"))
            self._spent.pop("output_tokens", None)  # a placeholder until the answer has ended
        elif kind == "content_block_start":
            return self._begun(event)
        elif kind == "content_block_delta":
            return self._grown(event)
        elif kind == "message_delta":
            self._count(get(event, "usage"))
            stopped = text(get(event, "delta", "stop_reason"))
            if stopped:
                self.done = True
                self._said["finish_reason"] = stopped
        return False

    def ours(self, event: Any) -> bool:  # noqa: ARG002 - same
        """Tell that every event is the application's."""
        return False

    def fields(self) -> Fields:
        """Return what is known so far."""
        calls = [
            {name: value for name, value in call.items() if value != ""}
            for _, call in sorted(self._calls.items())
        ]
        said = {**self._said, "response": "".join(self._texts), "tool_calls": calls}
        return {**{name: value for name, value in said.items() if value}, **_spent(self._spent)}

    def _begun(self, event: Any) -> bool:
        block = get(event, "content_block")
        kind = get(block, "type")
        if kind in ("tool_use", "server_tool_use"):
            self._calls[get(event, "index")] = {
                "id": get(block, "id"),
                "name": get(block, "name"),
                "arguments": "",
            }
            return True
        if kind == "text" and text(get(block, "text")):
            self._texts.append(get(block, "text"))
            return True
        return False

    def _grown(self, event: Any) -> bool:
        delta = get(event, "delta")
        kind = get(delta, "type")
        if kind == "text_delta":
            self._texts.append(text(get(delta, "text")))
        elif kind == "input_json_delta" and get(event, "index") in self._calls:
            self._calls[get(event, "index")]["arguments"] += text(get(delta, "partial_json"))
        return kind in ("text_delta", "input_json_delta")

    def _count(self, spent: Any) -> None:
        self._spent.update(present({name: get(spent, name) for name in _SPENT}))
