"""What a model was given and what it answered, wherever a library puts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stream.otlp.happened import Happened, happened, messages_in, messages_out, system_turn
from stream.otlp.listed import listed
from stream.otlp.names import (
    ANSWER,
    ANSWER_CALLS,
    FINISH,
    INPUT_LISTS,
    INPUTS,
    OUTPUT_LISTS,
    OUTPUTS,
    SYSTEM,
)
from stream.otlp.span import Attributes, LogRecord, Span
from stream.otlp.turns import Turn, calls_of, turns
from stream.otlp.values import first, from_json, said, text, written

_MOST_SAMPLES = 20
_PARAMETERS = frozenset({"request_data", "response_data"})  # where they hold no message, they hold no content

Fields = dict[str, Any]
Messages = Callable[[Iterable[Happened]], list[Turn]]


def content(span: Span, operation: str, records: Sequence[LogRecord] = ()) -> Fields:
    """Return prompt or messages, response, tool calls, other answers and the reason for the end.

    Parameters
    ----------
    operation : what the span is; what an embedding answers with is no text
    records : log records about this span
    """
    events = list(happened(span, records))
    given = _given(span.attributes, events)
    answers = _answers(span.attributes, events) if operation != "embeddings" else []
    fields = _asked(given) | _answered(answers)
    finish = _finish(span.attributes) or next((turn.finish for turn in answers if turn.finish), "")
    return fields | ({"finish_reason": finish} if finish else {})


def _given(attributes: Attributes, events: Sequence[Happened]) -> list[Turn]:
    found = _told(attributes, events, INPUT_LISTS, INPUTS, messages_in)
    system = system_turn(attributes.get(SYSTEM))
    return system + found if not any(turn.role == "system" for turn in found) else found


def _answers(attributes: Attributes, events: Sequence[Happened]) -> list[Turn]:
    answer, asked = first(attributes, ANSWER), first(attributes, ANSWER_CALLS)
    if answer is not None or asked is not None:
        return [Turn("assistant", written(answer) if answer is not None else "", list(calls_of(asked)))]
    return _told(attributes, events, OUTPUT_LISTS, OUTPUTS, messages_out)


def _told(
    attributes: Attributes,
    events: Sequence[Happened],
    lists: Sequence[str],
    names: Sequence[str],
    of_events: Messages,
) -> list[Turn]:
    """Ask the first name, which is the conventions' own; then lists and events; then everybody else's."""
    if found := turns(attributes.get(names[0])):
        return found
    for prefix in lists:
        if items := listed(attributes, prefix):
            return [turn for item in items for turn in _of_item(item)]
    if found := of_events(events):
        return found
    return next((found for name in names[1:] if (found := _other(attributes, name))), [])


def _of_item(item: object) -> list[Turn]:
    """Return the message of one numbered item; OpenInference wraps it once more."""
    inner = item
    for wrapper in ("message", "prompt", "completion"):
        if isinstance(inner, dict) and isinstance(inner.get(wrapper), dict):
            inner = inner[wrapper]
    if isinstance(inner, dict) and isinstance(inner.get("function_call_name"), str):
        inner = {**inner, "tool_calls": [{"name": inner["function_call_name"]}]}
    return turns(inner)


def _other(attributes: Attributes, name: str) -> list[Turn]:
    value = attributes.get(name)
    found = turns(value)
    if found or value in (None, ""):
        return found
    parsed = from_json(value)
    if name in _PARAMETERS or (isinstance(parsed, dict) and not any(parsed.values())):
        return []
    return [Turn(content=written(parsed))] if parsed else []  # an object of nobody's shape is still content


def _asked(given: Sequence[Turn]) -> Fields:
    filled = [turn for turn in given if turn.content or turn.calls]
    if not filled:
        return {}
    if len(filled) == 1 and filled[0].role in {"", "user"}:
        return {"prompt": filled[0].content}
    return {
        "messages": [
            {"role": turn.role or "user", "content": turn.content or written(turn.calls)} for turn in filled
        ]
    }


def _answered(answers: Sequence[Turn]) -> Fields:
    fields: Fields = {}
    texts = [turn.content for turn in answers if turn.content]
    if texts:
        fields["response"] = texts[0]
    if texts[1:]:
        fields["samples"] = texts[1 : _MOST_SAMPLES + 1]
    if asked := [call for turn in answers for call in turn.calls]:
        fields["tool_calls"] = asked
    return fields


def _finish(attributes: Attributes) -> str:
    found = text(from_json(said(attributes, FINISH)))
    of_enum = found.removeprefix("FinishReason.")  # Semantic Kernel writes the member of its enumeration
    return found if of_enum == found else of_enum.lower()
