"""Content generated, as Google's Gemini interface spells it: output tokens are without those of thoughts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from services.fake_provider.reply import Reply, Spent

Fields = dict[str, Any]

_KINDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
_FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}


def in_path(call: str) -> Fields:
    """Return what other interfaces have in the body, of `MODEL:METHOD`.

    >>> in_path("gemini-2.0-flash:streamGenerateContent")
    {'model': 'gemini-2.0-flash', 'stream': True}
    """
    model, _, method = call.partition(":")
    return {"model": model, "stream": method.startswith("stream")} if model else {}


def error(reply: Reply) -> Fields:
    """Return the body of an error."""
    kind = _KINDS.get(reply.status, "INTERNAL")
    return {"error": {"code": reply.status, "message": reply.text, "status": kind}}


def content(asked: Fields, reply: Reply, number: int) -> Fields:
    """Return one answer."""
    texts = [{"text": reply.text}] if reply.text else []
    return _answer(asked, reply, number, [*texts, *_calls(reply)], last=True)


def content_chunks(asked: Fields, reply: Reply, number: int) -> Iterator[Fields]:
    """Yield the pieces of a streamed answer; the last has the usage."""
    for piece in reply.pieces():
        yield _answer(asked, reply, number, [{"text": piece}], last=False)
    yield _answer(asked, reply, number, _calls(reply) or [{"text": ""}], last=True)


def _calls(reply: Reply) -> list[Fields]:
    return [
        {"functionCall": {"id": call.id, "name": call.name, "args": json.loads(call.arguments)}}
        for call in reply.tool_calls
    ]


def _answer(asked: Fields, reply: Reply, number: int, parts: list[Fields], *, last: bool) -> Fields:
    candidate: Fields = {"content": {"role": "model", "parts": parts}, "index": 0}
    return {
        "candidates": [candidate | ({"finishReason": _FINISH[reply.finish]} if last else {})],
        "modelVersion": reply.model or str(asked.get("model", "")),
        "responseId": f"gemini-{number:08d}",
        **({"usageMetadata": _usage(reply.spent)} if last else {}),
    }


def _usage(spent: Spent) -> Fields:
    counts = {
        "promptTokenCount": spent.input,
        "candidatesTokenCount": spent.output - spent.reasoning,
        "totalTokenCount": spent.input + spent.output,
    }
    cached = {"cachedContentTokenCount": spent.cache_read} if spent.cache_read else {}
    return counts | cached | ({"thoughtsTokenCount": spent.reasoning} if spent.reasoning else {})
