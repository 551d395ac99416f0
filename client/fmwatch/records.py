"""How events lie in the log: in which topic, under which key, how many to a record; whoever writes them.

The one definition that the client and the gateway's border share, so that what one application sends through
a gateway and another straight to Kafka meets in the same partition.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Mapping, Tuple, TypeVar

GENERATIONS = "llm.generations"
FEEDBACK = "llm.feedback"
CHANGES = "llm.changes"
TOPICS = {"generation": GENERATIONS, "feedback": FEEDBACK, "change": CHANGES}

CONTENT = ("prompt", "messages", "response", "context", "tool_calls", "samples")  # what somebody wrote

MAX_LINES = 50  # of one record: a consumer pays for each record
MAX_RECORD_BYTES = 512 * 1024  # of one record, unless one line alone is larger
MAX_KEY_CHARACTERS = 512

Line = Tuple[str, bytes, bytes]  # topic, key, the line itself

_Record = TypeVar("_Record")


def topic(fields: Mapping[str, Any], kind: str = "generation") -> str:
    """Return where an event goes; one of a type that nobody knows goes where its own kind would.

    Parameters
    ----------
    fields : of the event, as parsed
    kind : its type where it does not say one
    """
    named = kind if fields.get("type") is None else fields["type"]
    return TOPICS.get(str(named), TOPICS[kind])


def key(fields: Mapping[str, Any], topic: str) -> bytes:
    """Return what decides the partition: the tenant, and what belongs together within it.

    >>> key({"tenant": "acme", "app": "helpdesk"}, GENERATIONS).split(bytes(1))
    [b'acme', b'helpdesk']
    """
    tenant = fields.get("tenant") or "default"
    if topic == GENERATIONS:
        rest = route(fields)
    elif topic == FEEDBACK:
        rest = fields.get("event_id") or ""
    else:
        rest = ""
    return f"{tenant}\0{rest}"[:MAX_KEY_CHARACTERS].encode("utf-8", "replace")


def route(fields: Mapping[str, Any]) -> str:
    """Return the route as decoding will name it; what is no text there becomes a dead letter later."""
    return str(fields.get("route") or fields.get("app") or "default")


def gathered(lines: Iterable[Line], record: Callable[[bytes, bytes], _Record]) -> Dict[str, List[_Record]]:
    """Return records by topic: up to fifty lines of one key each, in order.

    Parameters
    ----------
    record : makes one of a key and a value; the value is its lines with newlines between them
    """
    topics: Dict[str, List[_Record]] = {}
    open_: Dict[Tuple[str, bytes], List[bytes]] = {}
    sizes: Dict[Tuple[str, bytes], int] = {}
    for where, key, line in lines:
        place = (where, key)
        waiting = open_.setdefault(place, [])
        if waiting and (len(waiting) >= MAX_LINES or sizes[place] + len(line) > MAX_RECORD_BYTES):
            topics.setdefault(where, []).append(record(key, b"\n".join(waiting)))
            waiting.clear()
            sizes[place] = 0
        waiting.append(line)
        sizes[place] = sizes.get(place, 0) + len(line) + 1
    for (where, key), waiting in open_.items():
        topics.setdefault(where, []).append(record(key, b"\n".join(waiting)))
    return topics
