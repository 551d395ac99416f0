"""Messages in anybody's shape, as turns: the conventions' parts, the providers' own requests and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stream.otlp.values import from_json, text, written

_DEPTH = 12  # objects inside objects; deeper is no message

# Where the messages stand in an object that holds more than them: requests and answers of libraries.
_INSIDE = (
    *("messages", "message", "contents", "choices", "candidates", "generations", "output_messages"),
    *(
        "prompts",
        "prompt",
        "input",
        "inputs",
        "query",
        "question",
        "output",
        "response",
        "combined_chunk_content",
    ),
)
_TEXTS = ("content", "text", "completion", "answer")
_TEXT_PARTS = frozenset({"", "text", "input_text", "output_text", "message", "refusal"})
_CALL_PARTS = frozenset(
    {"tool_call", "tool-call", "tool_use", "function_call", "toolcall", "server_tool_call"}
)
_RESULT_PARTS = frozenset(
    {"tool_call_response", "tool_result", "tool-result", "function_call_output", "server_tool_call_response"}
)
_THOUGHTS = frozenset({"reasoning", "thinking", "redacted_thinking"})
_NAMED_PARTS = (_TEXT_PARTS | _CALL_PARTS | _RESULT_PARTS | _THOUGHTS) - {"", "message"}
_CONVERSE = ("toolUse", "toolResult")  # parts of Bedrock's Converse, which have no type
_RESULTS = ("response", "result", "content", "output")
_ROLES = {
    "human": "user",
    "ai": "assistant",
    "model": "assistant",
    "humanmessage": "user",
    "aimessage": "assistant",
    "systemmessage": "system",
    "toolmessage": "tool",
    "function": "tool",
}


@dataclass(slots=True)
class Turn:
    """One message.

    Attributes
    ----------
    role : as the conventions call it; "" where nobody says
    calls : what the model asked for: {id, name, arguments}
    finish : why it stopped, of answers
    """

    role: str = ""
    content: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    finish: str = ""


def turns(value: object, depth: int = _DEPTH) -> list[Turn]:
    """Return the messages of a value, which may be JSON in a text; [] where there are none.

    >>> turns('[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]')
    [Turn(role='user', content='Hi', calls=[], finish='')]
    """
    if not depth:
        return []
    value = from_json(value)
    if isinstance(value, str):
        return [Turn(content=value)] if value else []
    if isinstance(value, list):
        if value and all(_is_part(item) for item in value):
            return [_message({"content": value}, depth)]
        return [turn for item in value for turn in turns(item, depth - 1)]
    return _of_object(value, depth) if isinstance(value, dict) else []


def _of_object(value: dict[str, Any], depth: int) -> list[Turn]:
    if (
        isinstance(inner := value.get("kwargs"), dict) and "content" in inner
    ):  # LangChain, as it writes itself
        return [_message({"role": inner.get("type", ""), **inner}, depth)]
    if isinstance(data := value.get("data"), dict) and "content" in data:
        return [_message({"role": value.get("type", ""), **data}, depth)]
    if "role" in value or "parts" in value or _is_part(value):
        return [_message(value, depth)]
    for name in _INSIDE:
        if value.get(name):
            found = _framed(value, turns(value[name], depth - 1))
            if found:
                return found
    if any(isinstance(value.get(name), str | list) for name in _TEXTS) or value.get("tool_calls"):
        return [_message(value, depth)]
    return []


def _framed(value: dict[str, Any], found: list[Turn]) -> list[Turn]:
    """Add what stands beside the messages: a system prompt, the reason for the end."""
    finish = _finish(value)
    if finish and found and not found[-1].finish:
        found[-1].finish = finish
    repeats = value.get("object") == "response"  # an answer repeats the instructions of its request
    if found and not repeats and (system := value.get("system") or value.get("instructions")):
        found.insert(0, Turn("system", _joined(system, Turn(), _DEPTH)))
    if value.get("object") == "response" or isinstance(value.get("output"), list):
        found = _together(found)
    return found


def _together(found: list[Turn]) -> list[Turn]:
    """Make one answer of the items of OpenAI's Responses."""
    whole = Turn(found[0].role or "assistant") if found else Turn()
    whole.content = "\n".join(turn.content for turn in found if turn.content)
    whole.calls = [call for turn in found for call in turn.calls]
    whole.finish = next((turn.finish for turn in found if turn.finish), "")
    return [whole] if found else []


def _is_part(value: object) -> bool:
    if not isinstance(value, dict) or "role" in value:
        return False
    return text(value.get("type")) in _NAMED_PARTS or any(name in value for name in _CONVERSE)


def _message(value: dict[str, Any], depth: int) -> Turn:
    role = text(value.get("role")).lower()
    turn = Turn(_ROLES.get(role, role), finish=_finish(value))
    content = next(
        (value[name] for name in ("parts", "contents", *_TEXTS) if value.get(name) not in (None, "")), None
    )
    if _is_part(value):
        content = [value]
    if isinstance(content, str) and content.startswith("["):
        parsed = from_json(content)
        content = parsed if isinstance(parsed, list) and all(map(_is_part, parsed)) else content
    if turn.role == "user" and isinstance(content, list) and content and all(map(_is_result, content)):
        turn.role = "tool"  # Anthropic and Pydantic AI have the user say what a function answered
    turn.content = _joined(content, turn, depth)
    for call in _items(from_json(value.get("tool_calls"))):
        if isinstance(call, dict):
            turn.calls.append(_call(call.get("tool_call", call)))
    return turn


def _is_result(part: object) -> bool:
    return isinstance(part, dict) and (text(part.get("type")) in _RESULT_PARTS or "toolResult" in part)


def _joined(content: object, turn: Turn, depth: int) -> str:
    return "\n".join(piece for part in _items(content) if (piece := _piece(part, turn, depth)))


def _items(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _piece(part: object, turn: Turn, depth: int) -> str:
    """Return the text of a part; calls go to the turn, and of a picture only stays that it was there."""
    if not depth or part is None:
        return ""
    if not isinstance(part, dict):
        return written(part)
    inner = part.get("message_content", part)
    return _object_piece(inner, turn, depth) if isinstance(inner, dict) else written(inner)


def _object_piece(part: dict[str, Any], turn: Turn, depth: int) -> str:
    kind = text(part.get("type") or part.get("kind"))
    if kind in _THOUGHTS:
        return ""
    if isinstance(part.get("toolResult"), dict):
        return _joined(part["toolResult"].get("content"), turn, depth - 1)
    own_calls = [part[name] for name in ("functionCall", "function_call", "toolUse") if part.get(name)]
    if kind in _CALL_PARTS or own_calls:
        if call := _call(own_calls[0] if own_calls else part):
            turn.calls.append(call)
        return ""
    if kind in _RESULT_PARTS:
        found = next((part[name] for name in _RESULTS if part.get(name) is not None), "")
        return found if isinstance(found, str) else _joined_or_json(found, turn, depth)
    own = next((part[name] for name in _TEXTS if isinstance(part.get(name), str)), None)
    if own is None and isinstance(part.get("content"), list):
        own = _joined(part["content"], turn, depth - 1)
    return f"[{kind}]" if own is None and kind else str(own or "")


def _joined_or_json(found: object, turn: Turn, depth: int) -> str:
    parts = [_piece(part, turn, depth - 1) for part in found] if isinstance(found, list) else []
    return "\n".join(parts) if parts and all(parts) else written(found)


def _call(call: object) -> dict[str, Any]:
    """Return what the model asked for, whoever wrote it down."""
    given: dict[str, Any] = call if isinstance(call, dict) else {}
    inner = given.get("function")
    function = inner if isinstance(inner, dict) else given
    named = {
        "id": _one(given, "id", "call_id", "toolCallId", "tool_call_id", "toolUseId"),
        "name": _one(function, "name", "toolName", "tool_name"),
        "arguments": _one(function, "arguments", "args", "input"),
    }
    return {name: value for name, value in named.items() if value is not None}


def _one(given: dict[str, Any], *names: str) -> Any:  # noqa: ANN401 - any JSON value
    return next((given[name] for name in names if given.get(name) is not None), None)


def _finish(value: dict[str, Any]) -> str:
    return text(_one(value, "finish_reason", "stop_reason", "finishReason", "done_reason"))


def calls_of(value: object) -> Iterator[dict[str, Any]]:
    """Return the calls of a list that holds nothing else, maybe as JSON."""
    found = from_json(value)
    for call in found if isinstance(found, list) else []:
        if isinstance(call, dict):
            yield _call(call)
