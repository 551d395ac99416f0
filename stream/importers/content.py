"""What was asked and what was answered, out of the shapes in which vendors keep it."""

from __future__ import annotations

from typing import Any

import msgspec

from stream.importers.values import count, first, inner, number, said, unpacked
from stream.json_object import Fields

_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_OUT_DETAILS = ("completion_tokens_details", "output_tokens_details")


def asked(value: Any) -> Fields:  # noqa: ANN401 - any JSON value
    """Return `messages` or `prompt` of what was sent: a text, turns, or a whole request's body."""
    value = unpacked(value)
    if isinstance(value, dict):
        if "role" in value:
            value = [value]
        else:
            body = value
            value = unpacked(first(body, "messages", "input", "prompt", "contents", "query"))
            if isinstance(system := first(body, "instructions", "system"), str):
                value = [{"role": "system", "content": system}, *_turns(value)]
            elif value is None and body:
                value = written(body)
    if isinstance(value, list) and value and all(isinstance(one, dict) and "role" in one for one in value):
        return {"messages": [_turn(one) for one in value]}
    return said({"prompt": written(value)})


def _turns(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return value
    return [] if value is None else [{"role": "user", "content": written(value)}]


def _turn(turn: Fields) -> Fields:
    content = first(turn, "content", "parts")
    return {
        "role": written(turn["role"]),
        "content": content if isinstance(content, list) else written(content),
    }


def answered(value: Any) -> Fields:  # noqa: ANN401 - any JSON value
    """Return `response`, `tool_calls`, `samples` and `finish_reason` of what came back."""
    value = unpacked(value)
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        value = value[-1]  # turns: the last is the answer
    if not isinstance(value, dict):
        return said({"response": written(value)})
    if isinstance(choices := value.get("choices"), list):
        return _chosen(choices)
    if isinstance(output := value.get("output"), list):
        return _put_out(output)
    return {} if value.get("object") == "list" else _message(value)  # a list is of embeddings: numbers


def _message(value: Fields) -> Fields:
    found = first(value, "content", "text", "response", "output", "refusal")
    calls = value.get("tool_calls")
    if not isinstance(calls, list) or not calls:
        return said({"response": written(value) if found is None and value else joined(found)})
    return said({"response": joined(found), "tool_calls": calls})


def _chosen(choices: list[Any]) -> Fields:
    """Read a chat completion, or a text completion; answers beside the first are samples."""
    found = [one for one in choices if isinstance(one, dict)]
    if not found:
        return {}
    texts = [answered(inner(one, "message") or {"text": one.get("text")}) for one in found]
    samples = [str(one["response"]) for one in texts[1:] if one.get("response")]
    return said({**texts[0], "samples": samples, "finish_reason": found[0].get("finish_reason")})


def _put_out(output: list[Any]) -> Fields:
    """Read the items of a response of the responses interface."""
    found = [one for one in output if isinstance(one, dict)]
    texts = [joined(one.get("content")) for one in found if one.get("type") == "message"]
    calls = [one for one in found if one.get("type") == "function_call"]
    return said({"response": "\n".join(filter(None, texts)), "tool_calls": calls})


def joined(content: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the text of content, which may come in typed parts."""
    if not isinstance(content, list):
        return written(content)
    parts = [first(one, "text", "refusal", "content") if isinstance(one, dict) else one for one in content]
    return "\n".join(part for part in parts if isinstance(part, str))


def written(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a text as it is, and anything else as JSON; nothing is ""."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def request(parameters: Fields) -> Fields:
    """Return our `request` of the parameters that a call was made with."""
    stream = parameters.get("stream")
    effort = first(parameters, "reasoning_effort") or inner(parameters, "reasoning").get("effort")
    names = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    return said(
        {
            "temperature": number(parameters, "temperature"),
            "max_tokens": count(parameters, *names),
            "reasoning_effort": effort if isinstance(effort, str) else None,
            "stream": stream if isinstance(stream, bool) else None,
        }
    )


def usage(given: Fields) -> Fields:
    """Return our `usage` of a usage object as OpenAI, Anthropic or LiteLLM write it.

    OpenAI and LiteLLM count what came from a cache within the input, Anthropic beside it: where more came
    from the cache than went in, it was counted beside.
    """
    details, out = inner(given, *_DETAILS), inner(given, *_OUT_DETAILS)
    lives = inner(details, "cache_creation_token_details") or inner(given, "cache_creation")
    hour = count(lives, "ephemeral_1h_input_tokens") or 0
    written_ = (
        count(details, "cache_creation_tokens", "cache_write_tokens")
        or count(given, "cache_creation_input_tokens")
        or hour
    )
    read = count(details, "cached_tokens") or count(given, "cache_read_input_tokens") or 0
    into = count(given, "prompt_tokens", "input_tokens")
    if into is not None and read + written_ > into:
        into += read + written_
    some = {
        "cache_read": read,
        "cache_write_5m": max(written_ - hour, 0),
        "cache_write_1h": hour,
        "reasoning": count(out, "reasoning_tokens"),
        "audio_input": count(details, "audio_tokens"),
        "audio_output": count(out, "audio_tokens"),
        "searches": count(details, "web_search_requests")
        or count(inner(given, "server_tool_use"), "web_search_requests"),
    }
    found: Fields = {"input": into, "output": count(given, "completion_tokens", "output_tokens")}
    return said({**found, **{name: n for name, n in some.items() if n}})
