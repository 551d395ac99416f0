"""A stored call as the request that a candidate gets."""

from __future__ import annotations

from typing import Any

import msgspec

from store.pairs import Call

Fields = dict[str, Any]

MOST_TOKENS = 4096  # of an answer to a call that named no limit
_ROLES = {"system", "developer", "user", "assistant"}


def body(call: Call, model: str, most_tokens: int) -> Fields:
    """Return the body of a chat completion: the same turns, temperature and limit.

    Parameters
    ----------
    model : as the endpoint calls it
    most_tokens : of the answer, where the call named no limit: without one no cost could be promised
    """
    asked: Fields = {
        "model": model,
        "messages": turns(call),
        "max_tokens": call.request_max_tokens or most_tokens,
    }
    if call.request_temperature is not None:
        asked["temperature"] = round(call.request_temperature, 4)  # stored as float32
    return asked


def turns(call: Call) -> list[dict[str, str]]:
    """Return the turns of a call, with the context that it was given where the turns do not have it."""
    found = _turns(call)
    said = "\n".join(turn["content"] for turn in found)
    missing = [text for text in call.context if text and text not in said]
    if missing:
        texts = "\n\n".join(f"[{number}] {text}" for number, text in enumerate(missing, 1))
        place = max((at for at, turn in enumerate(found) if turn["role"] == "user"), default=len(found))
        found.insert(place, {"role": "system", "content": f"Context:\n\n{texts}"})
    return found


def _turns(call: Call) -> list[dict[str, str]]:
    stored: list[Fields] = msgspec.json.decode(call.messages) if call.messages else []
    if not stored:
        return [{"role": "user", "content": call.prompt}]
    return [
        {"role": turn["role"] if turn["role"] in _ROLES else "user", "content": str(turn["content"])}
        for turn in stored
    ]
