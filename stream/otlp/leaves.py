"""Which spans are calls of their own: of spans that tell of one call, only one is an event.

Frameworks put a span around the client's, callbacks add one beside it, and each repeats the tokens. Billed is
the innermost; what only the others know of the call is added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from stream.otlp.names import RESPONSE_ID
from stream.otlp.span import Span
from stream.otlp.values import said

Fields = dict[str, Any]
_MOST_ABOVE = 200  # spans over a span
_MOST_ALIKE = 64  # calls of one request that are compared with another of the same answer, or of none
# What belongs to the span and not to the call, so that it is never taken from another span.
_OWN = frozenset(
    (
        *("event_id", "occurred_at", "trace_id", "span_id", "parent_span_id", "operation", "latency_ms"),
        *("extra", "usage_source", "provider", "platform", "error_type"),
    )
)


class Call(NamedTuple):
    """A span that is a model call, and the event it would be."""

    span: Span
    fields: Fields


def leaves(spans: Sequence[Span], calls: Sequence[Call]) -> tuple[list[Call], dict[str, str]]:
    """Return the calls that count, and for each event id that does not, the one that tells its call.

    Parameters
    ----------
    spans : all of them: between two calls there may be spans that are none
    """
    parents = {(span.trace_id, span.span_id): span.parent_span_id for span in spans}
    by_span = {(call.span.trace_id, call.span.span_id): call for call in calls}
    above = {call.fields["event_id"]: _above(call, parents) for call in by_span.values()}
    inside_out = sorted(by_span.values(), key=lambda call: -len(above[call.fields["event_id"]]))
    inner: dict[str, list[Call]] = {}
    for call in by_span.values():
        around = (by_span.get((call.span.trace_id, parent)) for parent in above[call.fields["event_id"]])
        if nearest := next(filter(None, around), None):
            inner.setdefault(nearest.fields["event_id"], []).append(call)
    replaced: dict[str, str] = {}
    for call in inside_out:
        within = inner.get(call.fields["event_id"], [])
        if within and _repeats(call, within):
            leaf = _final(within[0].fields["event_id"], replaced)
            replaced[call.fields["event_id"]] = leaf
            if len(within) == 1:
                _add(_of(leaf, by_span), call)
    _same_answers([call for call in inside_out if call.fields["event_id"] not in replaced], replaced)
    return [call for call in by_span.values() if call.fields["event_id"] not in replaced], replaced


def _above(call: Call, parents: dict[tuple[str, str], str]) -> dict[str, None]:
    """Return the spans around a call, nearest first; none where they go round in a circle."""
    found: dict[str, None] = {}
    parent = call.span.parent_span_id
    while parent and len(found) < _MOST_ABOVE:
        if parent == call.span.span_id or parent in found:
            return {}
        found[parent] = None
        parent = parents.get((call.span.trace_id, parent), "")
    return found


def _repeats(call: Call, within: Sequence[Call]) -> bool:
    """Tell whether a call says what those inside it say: the same tokens, their sum, or none at all."""
    own = _tokens(call)
    if own is None:
        return True
    told = [tokens for one in within if (tokens := _tokens(one)) is not None]
    if not told:
        return len(within) == 1 and own is not None
    return own in {told[-1], tuple(map(sum, zip(*told, strict=True)))} and (len(within) == len(told))


def _tokens(call: Call) -> tuple[int, int] | None:
    usage = call.fields.get("usage")
    return (usage.get("input", 0), usage.get("output", 0)) if usage else None


def _same_answers(inside_out: Sequence[Call], replaced: dict[str, str]) -> None:
    """Find calls side by side that are one, which two libraries watch; the shorter span is nearer to it.

    Where nothing is around a call, the two are in traces of their own, so that only their times tell.
    """
    found: dict[tuple[str, str], list[Call]] = {}
    for call in sorted(inside_out, key=lambda call: ("usage" not in call.fields, _length(call))):
        same = found.setdefault(_answer(call), [])
        kept = next((one for one in same[-_MOST_ALIKE:] if _one_call(one, call)), None)
        if kept is None:
            same.append(call)
            continue
        replaced[call.fields["event_id"]] = kept.fields["event_id"]
        _add(kept, call)
        if not _answer(call)[0]:
            same.remove(kept)  # a failure has no id: it is the same as one other, not as many


def _answer(call: Call) -> tuple[str, str]:
    """Return what two tellings of one call have in common: the answer's id, or that there was none."""
    answer = said(call.span.attributes, RESPONSE_ID)
    return (answer, "") if answer else ("", str(call.fields.get("request_model")))


def _one_call(kept: Call, other: Call) -> bool:
    inner, outer = kept.span, other.span
    if _answer(kept)[0] and inner.trace_id == outer.trace_id:
        return True
    failed = "error_type" in kept.fields and "error_type" in other.fields
    if inner.scope.name == outer.scope.name or not (_answer(kept)[0] or failed):
        return False
    return outer.start_ns <= inner.start_ns and inner.end_ns <= outer.end_ns


def _length(call: Call) -> int:
    return call.span.end_ns - call.span.start_ns


def _final(event_id: str, replaced: dict[str, str]) -> str:
    while event_id in replaced:
        event_id = replaced[event_id]
    return event_id


def _of(event_id: str, by_span: dict[tuple[str, str], Call]) -> Call:
    trace, _, span = event_id.partition("-")
    return by_span[trace, span]


def _add(leaf: Call, other: Call) -> None:
    """Give a call what only another span of it knows."""
    for name, value in other.fields.items():
        if name not in _OWN and not leaf.fields.get(name):
            leaf.fields[name] = value
    if "usage" in leaf.fields:
        leaf.fields.pop("usage_source", None)
    leaf.fields["extra"]["also_told_by"] = other.fields["extra"].get("otel_scope") or other.span.name[:200]
