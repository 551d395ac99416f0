"""Chat completions, responses and embeddings, as OpenAI's interface spells them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.fake_provider.reply import Reply, Spent, ToolCall

Fields = dict[str, Any]

CREATED = 1_790_000_000
FINGERPRINT = "fp_44709d6fcb"
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


def error(reply: Reply) -> Fields:
    """Return the body of an error."""
    kind = _KINDS.get(reply.status, "server_error")
    return {"error": {"message": reply.text, "type": kind, "param": None, "code": None}}


def completion(asked: Fields, reply: Reply, number: int) -> Fields:
    """Return one chat completion."""
    message: Fields = {"role": "assistant", "content": reply.text or None, "refusal": None, "annotations": []}
    if reply.tool_calls:
        message["tool_calls"] = [_tool_call(call) for call in reply.tool_calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish}
    return {
        **_completion("chat.completion", asked, reply, number),
        "choices": [choice],
        "usage": _chat_usage(reply.spent),
    }


def completion_chunks(asked: Fields, reply: Reply, number: int) -> Iterator[Fields]:
    """Yield the pieces of a streamed completion; the last has the usage, where it was asked for."""
    head = _completion("chat.completion.chunk", asked, reply, number)
    counted = bool((asked.get("stream_options") or {}).get("include_usage"))

    def chunk(delta: Fields, finish: str | None = None) -> Fields:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**head, "choices": [choice], **({"usage": None} if counted else {})}

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for piece in reply.pieces():
        yield chunk({"content": piece})
    for index, call in enumerate(reply.tool_calls):
        yield chunk({"tool_calls": [{"index": index, **_tool_call(call)}]})
    yield chunk({}, reply.finish)
    if counted:
        yield {**head, "choices": [], "usage": _chat_usage(reply.spent)}


def response(asked: Fields, reply: Reply, number: int, status: str = "completed") -> Fields:
    """Return one response of the responses interface."""
    done = status == "completed"
    return {
        "id": f"resp_{number:08d}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "model": _served(asked, reply),
        "output": _output(reply, number) if done else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": asked.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _response_usage(reply.spent) if done else None,
        "user": None,
        "metadata": {},
    }


def response_events(asked: Fields, reply: Reply, number: int) -> Iterator[Fields]:
    """Yield the events of a streamed response; `type` is also the name of each."""
    begun = response(asked, reply, number, "in_progress")
    item = f"msg_{number:08d}"
    place = {"item_id": item, "output_index": 0, "content_index": 0}
    events: list[Fields] = [
        {"type": "response.created", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {
                "id": item,
                "type": "message",
                "status": "in_progress",
                "role": "assistant",
                "content": [],
            },
        },
        {"type": "response.content_part.added", **place, "part": _text("")},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in reply.pieces()
        ),
        {"type": "response.output_text.done", **place, "text": reply.text, "logprobs": []},
        {"type": "response.completed", "response": response(asked, reply, number)},
    ]
    for sequence, event in enumerate(events):
        yield {**event, "sequence_number": sequence}


def embeddings(asked: Fields, reply: Reply) -> Fields:
    """Return a small vector for each text."""
    texts = asked.get("input")
    n = len(texts) if isinstance(texts, list) else 1
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": [0.25, -0.5, 1.0]} for index in range(n)
        ],
        "model": _served(asked, reply),
        "usage": {"prompt_tokens": reply.spent.input, "total_tokens": reply.spent.input},
    }


def _completion(kind: str, asked: Fields, reply: Reply, number: int) -> Fields:
    return {
        "id": f"chatcmpl-{number:08d}",
        "object": kind,
        "created": CREATED,
        "model": _served(asked, reply),
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def _served(asked: Fields, reply: Reply) -> str:
    return reply.model or str(asked.get("model", ""))


def _tool_call(call: ToolCall) -> Fields:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _chat_usage(spent: Spent) -> Fields:
    return {
        "prompt_tokens": spent.input,
        "completion_tokens": spent.output,
        "total_tokens": spent.input + spent.output,
        "prompt_tokens_details": {"cached_tokens": spent.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": spent.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _response_usage(spent: Spent) -> Fields:
    return {
        "input_tokens": spent.input,
        "input_tokens_details": {"cached_tokens": spent.cache_read},
        "output_tokens": spent.output,
        "output_tokens_details": {"reasoning_tokens": spent.reasoning},
        "total_tokens": spent.input + spent.output,
    }


def _output(reply: Reply, number: int) -> list[Fields]:
    message = {
        "id": f"msg_{number:08d}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [_text(reply.text)],
    }
    calls = [
        {
            "id": f"fc_{number:08d}_{index}",
            "type": "function_call",
            "status": "completed",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }
        for index, call in enumerate(reply.tool_calls)
    ]
    return [message, *calls]


def _text(text: str) -> Fields:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
