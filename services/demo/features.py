"""What can happen to a call: small pure functions from a call on the wire to a call on the wire.

The usual, the incidents and the traps are all made of these.
"""

from __future__ import annotations

from collections.abc import Callable

from services.demo.desks import Exchange

Call = dict[str, object]
Feature = Callable[[Call], Call]

ARRANGED = "arranged"


def arranged(call: Call, kind: str) -> Call:
    """Return the call with the label of what was arranged in it."""
    tags = call["tags"]
    assert isinstance(tags, dict)  # noqa: S101 - every call of the demo is born with tags
    return {**call, "tags": {**tags, ARRANGED: kind}}


def asked(call: Call, exchange: Exchange) -> Call:
    """Return the call with another question and its answer."""
    changed = {**call, "response": exchange.response}
    if "messages" in call:
        turns = [{"role": "system", "content": exchange.system}] if exchange.system else []
        return {**changed, "messages": [*turns, {"role": "user", "content": exchange.prompt}]}
    return {**changed, "prompt": exchange.prompt}


def prompted(call: Call, change: Callable[[str], str]) -> Call:
    """Return the call with its question changed."""
    messages = call.get("messages")
    if not isinstance(messages, list):
        return {**call, "prompt": change(str(call["prompt"]))}
    *before, last = messages
    return {**call, "messages": [*before, {**last, "content": change(last["content"])}]}


def answered(call: Call, response: str) -> Call:
    """Return the call with another answer."""
    return {**call, "response": response}


def unsupported(call: Call, sentence: str) -> Call:
    """Return the call with a sentence added to its answer that its context does not hold."""
    return {**call, "response": f"{call['response']} {sentence}"}


def failed(call: Call, error: str, after_ms: float) -> Call:
    """Return the call as it looks when the platform failed: no answer, no tokens, an error."""
    gone = {"response", "usage", "ttft_ms", "response_model"}
    rest = {name: value for name, value in call.items() if name not in gone}
    return {
        **rest,
        "error_type": error,
        "finish_reason": "error",
        "usage_source": "missing",
        "latency_ms": round(after_ms, 1),
    }


def again(call: Call, event_id: str, occurred_at: str, attempt: int) -> Call:
    """Return the call as it is tried another time."""
    return {**call, "event_id": event_id, "occurred_at": occurred_at, "attempt": attempt}


def grown(call: Call, factor: float, ms_per_token: float) -> Call:
    """Return the call with that many times the input tokens, and the time it takes to read them."""
    usage = call["usage"]
    assert isinstance(usage, dict)  # noqa: S101 - only whole calls grow, and they have their tokens
    more = round(usage["input"] * (factor - 1))
    grew = {**call, "usage": {**usage, "input": usage["input"] + more}}
    return slowed(grew, added_ms=more * ms_per_token)


def slowed(call: Call, factor: float = 1.0, added_ms: float = 0.0) -> Call:
    """Return the call taking longer, from the first token on."""
    first, whole = call["ttft_ms"], call["latency_ms"]
    assert isinstance(first, float)  # noqa: S101 - only whole calls are slowed
    assert isinstance(whole, float)  # noqa: S101 - same
    return {
        **call,
        "ttft_ms": round(first * factor + added_ms, 1),
        "latency_ms": round(whole * factor + added_ms, 1),
    }


def served(call: Call, model: str) -> Call:
    """Return the call answered by another model under the same name."""
    return {**call, "response_model": model}


def moved(call: Call, model: str) -> Call:
    """Return the call made to another model."""
    return {**call, "request_model": model, "response_model": model}


def mistyped(text: str, position: int) -> str:
    """Return the text with two neighbouring letters of one word swapped.

    >>> mistyped("where is my card", 2)
    'wheer is my card'
    """
    at = position % max(1, len(text) - 1)
    while at + 1 < len(text) and not (text[at].isalpha() and text[at + 1].isalpha()):
        at += 1
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
