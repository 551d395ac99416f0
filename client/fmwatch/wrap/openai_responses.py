"""OpenAI's responses interface: items in, items out."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from fmwatch.wrap.fields import Fields, content, get, joined, present, request, text, whole
from fmwatch.wrap.openai_chat import served, whose

_ENDS = ("response.completed", "response.incomplete", "response.failed")


def asked(body: Mapping[str, Any]) -> Fields:
    """Return the fields of a request."""
    conversation = body.get("conversation")
    said = conversation if isinstance(conversation, str) else text(get(conversation, "id"))
    prompt = body.get("prompt")
    return {
        **whose(body),
        **{
            name: value
            for name, value in (
                ("conversation_id", said),
                ("prompt_name", text(get(prompt, "id"))),
                ("prompt_version", text(get(prompt, "version"))),
            )
            if value
        },
        "messages": _messages(body),
        "request": request(body, "max_output_tokens"),
    }


def answered(found: Any) -> Fields:
    """Return the fields of a response."""
    items = get(found, "output") or []
    parts = [part for item in items if get(item, "type") == "message" for part in get(item, "content") or []]
    refused = "\n".join(filter(None, (text(get(part, "refusal")) for part in parts)))
    said = "".join(text(get(part, "text")) for part in parts)
    error = get(found, "error")
    fields = {
        "response": said or refused,
        "finish_reason": "refusal" if refused else _finish(found),
        "error_type": (text(get(error, "code")) or "error") if error else "",
        "tool_calls": [call for call in map(_tool_call, items) if call],
    }
    searches = sum(1 for item in items if get(item, "type") == "web_search_call")
    head = served(found)
    spent = get(found, "usage")
    if spent:
        head["usage"] = present({**_usage(spent), "searches": searches or None})
    return {**head, **{name: value for name, value in fields.items() if value}}


def _finish(found: Any) -> str:
    return text(get(found, "incomplete_details", "reason")) or text(get(found, "status"))


def _usage(spent: Any) -> Fields:
    return {
        "input": whole(get(spent, "input_tokens")),
        "output": whole(get(spent, "output_tokens")),
        "cache_read": whole(get(spent, "input_tokens_details", "cached_tokens")),
        "cache_write_5m": whole(get(spent, "input_tokens_details", "cache_write_tokens")),
        "reasoning": whole(get(spent, "output_tokens_details", "reasoning_tokens")),
    }


def _messages(body: Mapping[str, Any]) -> List[Fields]:
    said = body.get("input")
    first = text(body.get("instructions"))
    turns = [{"role": "system", "content": first}] if first else []
    if isinstance(said, str):
        return [*turns, {"role": "user", "content": said}]
    return [*turns, *(turn for turn in map(_turn, said if isinstance(said, (list, tuple)) else ()) if turn)]


def _turn(item: Any) -> Fields:
    role, kind = text(get(item, "role")), text(get(item, "type"))
    if role:
        return {"role": role, "content": content(get(item, "content"))}
    if kind.endswith("call_output"):
        output = get(item, "output")
        return {"role": "tool", "content": joined(output)}
    call = _tool_call(item)
    return {"role": "assistant", "content": "", "tool_calls": [call]} if call else {}


def _tool_call(item: Any) -> Fields:
    """Return a call of a tool, ours or the provider's; nothing for any other item."""
    kind = text(get(item, "type"))
    if not kind.endswith("_call"):
        return {}
    arguments = get(item, "arguments")
    return present(
        {
            "id": get(item, "call_id") or get(item, "id"),
            "name": get(item, "name") or kind,
            "arguments": get(item, "input") if arguments is None else arguments,
        }
    )


class Events:
    """Puts the events of one streamed response together; the last holds all of it."""

    def __init__(self, usage_asked: bool) -> None:
        del usage_asked  # the last event always says it
        self.done = False
        self._head: Fields = {}
        self._texts: List[str] = []
        self._whole: Dict[str, Any] = {}

    def add(self, event: Any) -> bool:
        """Take an event, and tell whether there is content in it."""
        kind = text(get(event, "type"))
        if kind in _ENDS:
            self.done = True
            self._whole = answered(get(event, "response"))
        elif kind == "response.created":
            self._head = served(get(event, "response"))
        elif kind == "error":
            self._whole = {"error_type": text(get(event, "code")) or "error"}
        elif kind in ("response.output_text.delta", "response.refusal.delta"):
            self._texts.append(text(get(event, "delta")))
        return kind.endswith(".delta") and "reasoning" not in kind

    def ours(self, event: Any) -> bool:  # noqa: ARG002 - same
        """Tell that every event is the application's."""
        return False

    def fields(self) -> Fields:
        """Return what is known so far."""
        said = "".join(self._texts)
        return {**self._head, **({"response": said} if said else {}), **self._whole}
