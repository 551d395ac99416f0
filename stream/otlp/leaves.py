"""Which spans are calls of their own: of spans that tell of one call, only one is an event.

Frameworks put a span around the client's, callbacks add one beside it, and each repeats the tokens. Billed is
the innermost; what only the others know of the call is added to it. Calls of two tenants or teams are two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from stream.otlp.kinds import ANSWERING
from stream.otlp.names import RESPONSE_ID
from stream.otlp.senders import Senders
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
_BETWEEN = frozenset(("usage", "cost_usd"))  # all that goes from one sender's span to another's


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
    by_tenant: dict[str, list[Call]] = {}
    for call in calls:
        by_tenant.setdefault(_owner(call)[0], []).append(call)
    kept: list[Call] = []
    replaced: dict[str, str] = {}
    for own in by_tenant.values():
        kept += _leaves(own, parents, replaced)
    return kept, replaced


def _leaves(calls: Sequence[Call], parents: dict[tuple[str, str], str], every: dict[str, str]) -> list[Call]:
    """Return the calls of one tenant that count, and note in `every` what stands for the others."""
    by_span = {(call.span.trace_id, call.span.span_id): call for call in calls}
    above = {call.fields["event_id"]: _above(call, parents) for call in by_span.values()}
    inside_out = sorted(by_span.values(), key=lambda call: -len(above[call.fields["event_id"]]))
    inner: dict[str, list[Call]] = {}
    for call in by_span.values():
        around = (by_span.get((call.span.trace_id, parent)) for parent in above[call.fields["event_id"]])
        if nearest := next(filter(None, around), None):
            inner.setdefault(nearest.fields["event_id"], []).append(call)
    replaced: dict[str, str] = {}
    senders = Senders()
    for call in inside_out:
        within = _alike(call, inner.get(call.fields["event_id"], []))
        if told := _repeated(call, within):
            leaf = _final(told.fields["event_id"], replaced)
            replaced[call.fields["event_id"]] = leaf
            if len(within) == 1:
                _add(_of(leaf, by_span), call, senders)
    _same_answers([call for call in inside_out if call.fields["event_id"] not in replaced], replaced, senders)
    every |= replaced
    return [call for call in by_span.values() if call.fields["event_id"] not in replaced]


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


def _alike(call: Call, within: Sequence[Call]) -> list[Call]:
    """Return the calls inside one that may be the same: of one team, of one kind, no failed attempts."""
    same = [one for one in within if _owner(one)[1] == _owner(call)[1] and _agree(one, call)]
    well = [one for one in same if "error_type" not in one.fields]
    return well if well or "error_type" not in call.fields else same


def _repeated(call: Call, within: Sequence[Call]) -> Call | None:
    """Return which call inside it a span repeats: it has the same tokens, the sum of all, or none at all."""
    own = _tokens(call)
    if own is None or not within:
        return within[0] if within else None
    told = [tokens for one in within if (tokens := _tokens(one)) is not None]
    if not told:
        return within[0] if len(within) == 1 else None
    if len(told) < len(within):
        return None
    if own == told[-1]:
        return within[-1]
    return within[0] if own == tuple(map(sum, zip(*told, strict=True))) else None


def _owner(call: Call) -> tuple[str, str, str]:
    tenant, team, app = (str(call.fields.get(name, "")) for name in ("tenant", "team", "app"))
    return tenant, team, app


def _agree(one: Call, other: Call) -> bool:
    """Tell whether two spans do the same: an embedding inside a chat is a call of its own."""
    operations = {one.fields["operation"], other.fields["operation"]}
    return len(operations) == 1 or operations <= ANSWERING


def _tokens(call: Call) -> tuple[int, int] | None:
    usage = call.fields.get("usage")
    return (usage.get("input", 0), usage.get("output", 0)) if usage else None


def _same_answers(inside_out: Sequence[Call], replaced: dict[str, str], senders: Senders) -> None:
    """Find calls side by side that are one, which two libraries watch; the shorter span is nearer to it.

    Where nothing is around a call, the two are in traces of their own, so that only their times tell.
    """
    found: dict[tuple[object, ...], list[Call]] = {}
    for call in sorted(inside_out, key=lambda call: ("usage" not in call.fields, _length(call))):
        alike = (*_answer(call), *_owner(call), senders.number(call.span.resource))
        same = found.setdefault(alike, [])
        places = range(max(0, len(same) - _MOST_ALIKE), len(same))
        place = next((place for place in places if _one_call(same[place], call)), None)
        if place is None:
            same.append(call)
            continue
        replaced[call.fields["event_id"]] = same[place].fields["event_id"]
        _add(same[place], call, senders)
        if not _answer(call)[0]:
            del same[place]  # a failure has no id: it is the same as one other, not as many


def _answer(call: Call) -> tuple[str, str]:
    """Return what two tellings of one call have in common: the answer's id, or that there was none."""
    answer = said(call.span.attributes, RESPONSE_ID)
    return (answer, "") if answer else ("", str(call.fields.get("request_model")))


def _one_call(kept: Call, other: Call) -> bool:
    """Tell whether two calls of one owner are one; traces of their own must have been sent together."""
    inner, outer = kept.span, other.span
    failed = [call for call in (kept, other) if "error_type" in call.fields]
    if failed == [kept] or not _agree(kept, other):
        return False
    if _answer(kept)[0] and inner.trace_id == outer.trace_id:
        return True
    if not _answer(kept)[0] and (len(failed) < 2 or _strangers(kept, other)):  # noqa: PLR2004 - both
        return False
    if inner.scope.name == outer.scope.name:
        return False
    return outer.start_ns <= inner.start_ns and inner.end_ns <= outer.end_ns


def _strangers(one: Call, other: Call) -> bool:
    """Tell whether two failures have nothing in common: neither trace nor the process that sent them."""
    users = {call.fields["user_hash"] for call in (one, other) if "user_hash" in call.fields}
    together = one.span.trace_id == other.span.trace_id or one.span.resource is other.span.resource
    return len(users) > 1 or not together


def _length(call: Call) -> int:
    return call.span.end_ns - call.span.start_ns


def _final(event_id: str, replaced: dict[str, str]) -> str:
    while event_id in replaced:
        event_id = replaced[event_id]
    return event_id


def _of(event_id: str, by_span: dict[tuple[str, str], Call]) -> Call:
    trace, _, span = event_id.partition("-")
    return by_span[trace, span]


def _add(leaf: Call, other: Call, senders: Senders) -> None:
    """Give a call what only another span of it knows; what another sender knows is nobody else's."""
    own = senders.number(leaf.span.resource) == senders.number(other.span.resource)
    for name, value in other.fields.items():
        if (name in _BETWEEN or (own and name not in _OWN)) and not leaf.fields.get(name):
            leaf.fields[name] = value
    if "usage" in leaf.fields:
        leaf.fields.pop("usage_source", None)
    leaf.fields["extra"]["also_told_by"] = other.fields["extra"].get("otel_scope") or other.span.name[:200]
