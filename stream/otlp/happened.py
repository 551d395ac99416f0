"""Messages that came as events: of the span, as log records, or as a JSON list in an attribute.

The conventions up to 1.36 tell each message by an event of its own, later ones all of them by one; libraries
put the content into the event's body, its attributes, or into JSON in one of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from stream.otlp.names import EVENTS, SYSTEM
from stream.otlp.span import Attributes, LogRecord, Span
from stream.otlp.turns import Turn, turns
from stream.otlp.values import from_json, json_object

CHOICE = "gen_ai.choice"
DETAILS = "gen_ai.client.inference.operation.details"
_PROMPT = "gen_ai.content.prompt"
_COMPLETION = "gen_ai.content.completion"
_WHOLE = "gen_ai.event.content"  # Azure's libraries: the body as JSON
_INPUT = "gen_ai.input.messages"
_OUTPUT = "gen_ai.output.messages"
_ROLES = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
CONTENT_EVENTS = frozenset({*_ROLES, CHOICE, DETAILS, _PROMPT, _COMPLETION})


class Happened(NamedTuple):
    """One event, wherever it came from."""

    name: str
    payload: Attributes


def happened(span: Span, records: Iterable[LogRecord]) -> Iterator[Happened]:
    """Return the events that tell of a span's content."""
    for event in span.events:
        if event.name in CONTENT_EVENTS:
            yield Happened(event.name, event.attributes | json_object(event.attributes.get(_WHOLE)))
    for record in records:
        yield Happened(record.event_name, record.attributes | _body(record.body))
    listed = from_json(span.attributes.get(EVENTS))
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict) and item.get("event.name") in CONTENT_EVENTS:
            yield Happened(item["event.name"], item)


def _body(body: object) -> dict[str, Any]:
    found = from_json(body)
    if isinstance(found, dict):
        return found
    return {"content": found} if found else {}


def messages_in(events: Iterable[Happened]) -> list[Turn]:
    """Return what the model was given."""
    found: list[Turn] = []
    for event in events:
        if event.name in _ROLES:
            found += _turns(event.payload, _ROLES[event.name])
        elif event.name == _PROMPT:
            found += turns(event.payload.get("gen_ai.prompt"))
        elif event.name == DETAILS:
            found += system_turn(event.payload.get(SYSTEM))
            found += turns(event.payload.get(_INPUT))
    return found


def messages_out(events: Iterable[Happened]) -> list[Turn]:
    """Return what the model answered, one turn for each choice."""
    found: list[Turn] = []
    for event in events:
        if event.name == CHOICE:
            found += _choice(event.payload)
        elif event.name == _COMPLETION:
            found += turns(event.payload.get("gen_ai.completion"))
        elif event.name == DETAILS:
            found += turns(event.payload.get(_OUTPUT))
    return found


def system_turn(value: object) -> list[Turn]:
    """Return system instructions, a list of parts or a text, as a message."""
    return [Turn("system", "\n".join(turn.content for turn in turns(value)))] if value else []


def _turns(payload: Attributes, role: str) -> list[Turn]:
    given = {"role": role} | {name: value for name, value in payload.items() if value not in (None, "")}
    if not any(name in given for name in ("content", "tool_calls", "parts")):
        return []
    return turns(given)


def _choice(payload: Attributes) -> list[Turn]:
    message = from_json(payload.get("message"))
    inner = message if isinstance(message, dict) else {"content": message} if message else payload
    found = turns({"role": "assistant"} | {name: value for name, value in inner.items() if value is not None})
    for turn in found:
        turn.finish = turn.finish or str(payload.get("finish_reason") or "")
    return found
