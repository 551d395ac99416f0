"""Messages, as Anthropic's interface spells them: its input tokens are without those of the cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from services.fake_provider.reply import Reply, Spent

Fields = dict[str, Any]

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


def error(reply: Reply) -> Fields:
    """Return the body of an error."""
    return {"type": "error", "error": {"type": _KINDS.get(reply.status, "api_error"), "message": reply.text}}


def message(asked: Fields, reply: Reply, number: int) -> Fields:
    """Return one message."""
    text = [{"type": "text", "text": reply.text, "citations": None}] if reply.text else []
    tools = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments)}
        for call in reply.tool_calls
    ]
    return {
        **_begun(asked, reply, number),
        "content": [*text, *tools],
        "stop_reason": _FINISH[reply.finish],
        "usage": _usage(reply.spent, reply.spent.output),
    }


def message_events(asked: Fields, reply: Reply, number: int) -> Iterator[Fields]:
    """Yield the events of a streamed message; `type` is also the name of each."""
    yield {
        "type": "message_start",
        "message": {**_begun(asked, reply, number), "usage": _usage(reply.spent, 1)},
    }
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for piece in reply.pieces():
        yield _delta(0, {"type": "text_delta", "text": piece})
    yield {"type": "content_block_stop", "index": 0}
    for index, call in enumerate(reply.tool_calls, start=1):
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield _delta(index, {"type": "input_json_delta", "partial_json": call.arguments})
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": _FINISH[reply.finish], "stop_sequence": None},
        "usage": {"output_tokens": reply.spent.output},
    }
    yield {"type": "message_stop"}


def _delta(index: int, delta: Fields) -> Fields:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _begun(asked: Fields, reply: Reply, number: int) -> Fields:
    return {
        "id": f"msg_{number:08d}",
        "type": "message",
        "role": "assistant",
        "model": reply.model or str(asked.get("model", "")),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _usage(spent: Spent, output: int) -> Fields:
    return {
        "input_tokens": spent.input - spent.cache_read - spent.cache_write,
        "output_tokens": output,
        "cache_read_input_tokens": spent.cache_read,
        "cache_creation_input_tokens": spent.cache_write,
        "cache_creation": {
            "ephemeral_5m_input_tokens": spent.cache_write,
            "ephemeral_1h_input_tokens": 0,
        },
        "service_tier": "standard",
    }
