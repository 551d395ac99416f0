"""What an endpoint answered, and what it counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from fmwatch.event import Usage

from stream.errors import InvalidEvent
from stream.importers import content

Fields = dict[str, Any]


class Answer(NamedTuple):
    """What came back.

    Attributes
    ----------
    body : the completion as it was sent; empty where the request was refused
    error_type : why it was refused, in a word of the endpoint; "" where it was not
    """

    body: Fields
    latency_ms: float
    error_type: str = ""
    message: str = ""


def usage(answer: Answer) -> Fields:
    """Return what the endpoint counted; nothing where it counted nothing, or what is no count."""
    found = answer.body.get("usage")
    try:
        return content.usage(found) if isinstance(found, dict) else {}
    except InvalidEvent:
        return {}


def used(answer: Answer) -> Usage:
    """Return the same as the ledger takes it."""
    return Usage(**usage(answer))
