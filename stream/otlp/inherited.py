"""What a span around a call says of it and the call's own does not: whose conversation, whose request.

A span of another sender says nothing: anybody may write down any parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stream.otlp.event import MOST_NAME, user_hash
from stream.otlp.leaves import Call
from stream.otlp.names import TEXTS, USER
from stream.otlp.senders import Senders
from stream.otlp.span import Span
from stream.otlp.values import said

_Key = tuple[int, str, str]  # sender, trace, span


class _Whose(NamedTuple):
    conversation: str = ""
    user: str = ""  # hashed


def inherit(kept: Sequence[Call], spans: Sequence[Span]) -> None:
    """Give each call the conversation and the person of the nearest span around it that names them."""
    senders = Senders()
    by_id = {(senders.number(span.resource), span.trace_id, span.span_id): span for span in spans}
    known: dict[_Key, _Whose] = {}
    for call in kept:
        found = _around(senders.number(call.span.resource), call.span, by_id, known)
        if found.conversation:
            call.fields.setdefault("conversation_id", found.conversation)
        if found.user:
            call.fields.setdefault("user_hash", found.user)


def _around(sender: int, span: Span, by_id: dict[_Key, Span], known: dict[_Key, _Whose]) -> _Whose:
    """Return what the spans around one say; each span is asked once, however many are inside it."""
    path: list[_Key] = []
    key = (sender, span.trace_id, span.parent_span_id)
    while key in by_id and key not in known:
        known[key] = _Whose()  # of spans that are each other's parent, the last one has nobody around it
        path.append(key)
        key = (sender, span.trace_id, by_id[key].parent_span_id)
    found = known.get(key, _Whose())
    for inner in reversed(path):
        attributes = by_id[inner].attributes
        user = said(attributes, USER)
        found = _Whose(
            said(attributes, TEXTS["conversation_id"])[:MOST_NAME] or found.conversation,
            user_hash(user) if user else found.user,  # once: an id may have megabytes
        )
        known[inner] = found
    return found
