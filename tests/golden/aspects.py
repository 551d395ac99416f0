"""What can be carried of a call: how it truly was, and where an event of the contract tells it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.golden.scenarios import Expected

Event = dict[str, Any]

_ENDS = {  # providers and instrumentations spell why an answer ended in their own ways
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "tool-calls": "tool_calls",
}


@dataclass(frozen=True, slots=True)
class Aspect:
    """One column of docs/compatibility.md.

    Parameters
    ----------
    true : what took place; falsy where there was nothing to tell
    told : what an event says; falsy where it says nothing
    own : a producer may have one of its own where the scenario says nothing
    """

    name: str
    true: Callable[[Expected], object]
    told: Callable[[Event], object]
    own: bool = False


def _usage(event: Event, *names: str) -> tuple[int, ...]:
    usage = event.get("usage") or {}
    counts = tuple(int(usage.get(name) or 0) for name in names)
    return counts if any(counts) else ()


def _prompt(event: Event) -> str:
    asked = [
        message.get("content") for message in event.get("messages") or [] if message.get("role") == "user"
    ]
    return str(asked[-1] or "") if asked else str(event.get("prompt") or "")


def _tools(event: Event) -> list[tuple[str, Any]]:
    return [
        (str(call.get("name")), _arguments(call.get("arguments"))) for call in event.get("tool_calls") or []
    ]


def _arguments(given: object) -> object:
    return json.loads(given) if isinstance(given, str) else given


def _context(event: Event) -> tuple[str, ...]:
    passages = event.get("context") or []
    return tuple(passage if isinstance(passage, str) else passage["text"] for passage in passages)


def _end(event: Event) -> str:
    said = str(event.get("finish_reason") or "")
    return _ENDS.get(said, said)


def _counts(*counts: int) -> tuple[int, ...]:
    return counts if any(counts) else ()


ASPECTS = (
    Aspect("operation", lambda call: call.operation, lambda event: event.get("operation")),
    Aspect("provider", lambda call: call.provider, lambda event: event.get("provider")),
    Aspect("model", lambda call: call.requested, lambda event: event.get("request_model")),
    Aspect("served model", lambda call: call.served, lambda event: event.get("response_model")),
    Aspect(
        "tokens",
        lambda call: _counts(call.input, call.output),
        lambda event: _usage(event, "input", "output"),
    ),
    Aspect(
        "cache",
        lambda call: _counts(call.cache_read, call.cache_write),
        lambda event: _usage(event, "cache_read", "cache_write_5m"),
    ),
    Aspect("reasoning", lambda call: _counts(call.reasoning), lambda event: _usage(event, "reasoning")),
    Aspect("prompt", lambda call: call.prompt, _prompt),
    Aspect("answer", lambda call: call.answer, lambda event: str(event.get("response") or "").strip()),
    Aspect("finish", lambda call: call.finish, _end, own=True),
    Aspect("error", lambda call: call.error, lambda event: bool(event.get("error_type"))),
    Aspect(
        "stream", lambda call: call.stream, lambda event: bool((event.get("request") or {}).get("stream"))
    ),
    Aspect(
        "first token",
        lambda call: call.stream and not call.error,
        lambda event: event.get("ttft_ms") is not None,
    ),
    Aspect(
        "tool calls",
        lambda call: [(tool.name, json.loads(tool.arguments)) for tool in call.tool_calls],
        _tools,
    ),
    Aspect("context", lambda call: call.context, _context),
    Aspect(
        "conversation",
        lambda call: call.conversation,
        lambda event: event.get("conversation_id") or "",
        own=True,
    ),
    Aspect("user", lambda call: bool(call.user), lambda event: bool(event.get("user_hash"))),
)
