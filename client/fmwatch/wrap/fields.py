"""Reading foreign objects without trusting them: models of pydantic, plain dictionaries, whatever comes."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

Fields = Dict[str, Any]
_NONE: Mapping[str, Any] = {}


def get(thing: Any, name: str, *further: str) -> Any:
    """Return an attribute or a key, and one inside it; None where there is none."""
    # A mapping of another kind than dict is too rare to be looked for.
    thing = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
    for step in further:
        thing = thing.get(step) if isinstance(thing, dict) else getattr(thing, step, None)
    return thing


def named(thing: Any) -> Mapping[str, Any]:
    """Return the fields of an object by their names, for whoever asks for many; none of what has none."""
    if isinstance(thing, dict):
        return thing
    more = getattr(thing, "__pydantic_extra__", None)  # what a provider says beyond the SDK's classes
    known: Mapping[str, Any] = getattr(thing, "__dict__", _NONE)
    return {**more, **known} if more else known


def whole(value: Any) -> Optional[int]:
    """Return a whole number that may count something, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def present(fields: Fields) -> Fields:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value is not None}


def text(value: Any) -> str:
    """Return a text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> Any:
    """Return a number, or None for anything else."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return value if known else None


def request(body: Mapping[str, Any], *limits: str) -> Fields:
    """Return what the caller asked the model to do.

    Parameters
    ----------
    limits : the names under which the request may have its limit of tokens
    """
    asked: Fields = {}
    temperature = number(body.get("temperature"))
    if temperature is not None:
        asked["temperature"] = temperature
    for name in limits:
        most = whole(body.get(name))
        if most is not None:
            asked["max_tokens"] = most
            break
    effort = text(body.get("reasoning_effort") or get(body.get("reasoning"), "effort"))
    if effort:
        asked["reasoning_effort"] = effort
    if body.get("stream"):
        asked["stream"] = True
    return asked


def turns(messages: Any) -> List[Fields]:
    """Return messages as the contract has them: a role each, and a text or parts of one."""
    if not isinstance(messages, (list, tuple)) and (
        not isinstance(messages, Sequence) or isinstance(messages, str)
    ):
        return []
    return [turn for message in messages for turn in [_turn(message)] if turn]


def _turn(message: Any) -> Fields:
    role = text(get(message, "role"))
    if not role:
        return {}
    turn: Fields = {"role": role, "content": content(get(message, "content"))}
    calls = get(message, "tool_calls")
    if calls:
        turn["tool_calls"] = calls
    return turn


def content(value: Any) -> Any:
    """Return a text, or its parts; pictures, sounds and files are named and left out, for their size."""
    if isinstance(value, (list, tuple)):
        return [part for part in map(_part, value) if part]
    return text(value)


def _part(part: Any) -> Fields:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kind, said = text(get(part, "type")), get(part, "text")
    if isinstance(said, str):
        return {"type": kind or "text", "text": said}
    if kind == "tool_result":
        return {"type": kind, "text": joined(get(part, "content"))}
    if kind == "tool_use":
        return {"type": kind, "name": get(part, "name"), "input": get(part, "input")}
    return {"type": kind} if kind and "thinking" not in kind else {}


def joined(value: Any) -> str:
    """Return the text of a content that may come in parts."""
    if isinstance(value, (list, tuple)):
        return "\n".join(
            filter(None, (part if isinstance(part, str) else text(get(part, "text")) for part in value))
        )
    return text(value)


def logprobs(tokens: Any) -> Optional[Fields]:
    """Return the model's own log-probabilities, summed up."""
    values = [
        float(get(token, "logprob")) for token in tokens or () if number(get(token, "logprob")) is not None
    ]
    if not values:
        return None
    return {"mean": sum(values) / len(values), "min": min(values), "n": len(values)}


def passages(context: Any) -> List[Fields]:
    """Return what an application retrieved: texts, mappings with a text, or documents of a known library."""
    items = [context] if isinstance(context, (str, Mapping)) else list(context)
    return [_passage(item) for item in items]


def _passage(item: Any) -> Fields:
    if isinstance(item, str):
        return {"text": item}
    node = get(item, "node") or item  # a node with a score, as llama-index returns
    names: Tuple[str, ...] = ("text", "page_content", "content")
    found = next((said for said in (get(node, name) for name in names) if isinstance(said, str)), None)
    known = get(node, "metadata") or {}
    return present(
        {
            "text": str(item) if found is None else found,
            "id": _id(get(node, "id") or get(node, "node_id") or get(known, "id") or get(known, "source")),
            "score": number(get(item, "score")),
        }
    )


def _id(value: Any) -> Optional[str]:
    return None if value is None else str(value)
