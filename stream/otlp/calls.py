"""Spans and log records of one request as events of the contract: `calls(spans, logs)`.

Only what is a call to a model becomes an event, once; retrievals become the context of the calls that follow
them in their trace; evaluation results become feedback. Nothing is remembered from one request to the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from stream.otlp.evaluations import RESULT, of_record, of_span, tenant_of
from stream.otlp.event import MOST_NAME, event, event_id
from stream.otlp.happened import CONTENT_EVENTS
from stream.otlp.inherited import inherit
from stream.otlp.kinds import ANSWERING, RETRIEVAL, operation
from stream.otlp.leaves import Call, leaves
from stream.otlp.names import RESPONSE_ID
from stream.otlp.retrieved import MOST_PASSAGES, Passage, passages
from stream.otlp.span import LogRecord, Span
from stream.otlp.values import said

_NO_IDS = "missing_field: trace_id and span_id must be 32 and 16 hex digits, not all zeros"
_NO_TIME = "missing_field: neither endTimeUnixNano nor startTimeUnixNano is set"
_BROKEN = "wrong_type: a value in it cannot be read"
_MOST_WORDS = 200  # characters of a reason
_NO_SPAN = (
    "missing_field: message content in a log record joins its span only in the same request; let the library "
    "write it to the span: OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental and "
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only"
)
_NO_TARGET = (
    "missing_field: an evaluation result names its call by trace and span id, or by gen_ai.response.id"
)


class Reject(NamedTuple):
    """A span or a record that is not taken; `reason` is "word: sentence"."""

    trace_id: str
    span_id: str
    reason: str


@dataclass(slots=True)
class Calls:
    """What became of the spans and records of a request.

    Attributes
    ----------
    events : generations and feedback, fields of the contract; times are nanoseconds since the epoch
    rejects : what should have become one, and why it did not
    skipped : spans and records that are no model call, which is fine
    merged : spans that tell of a call which another span tells as well
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0
    merged: int = 0


def calls(
    spans: Sequence[Span], logs: Sequence[LogRecord] = (), *, whose: Mapping[str, str] | None = None
) -> Calls:
    """Return the events that spans and log records tell of.

    Parameters
    ----------
    whose : tenant, team and route as the sender's headers say; what spans say of themselves goes before them
    """
    found = Calls()
    readable = [span for span in spans if not span.problem]
    found.rejects += [Reject(span.trace_id, span.span_id, span.problem) for span in spans if span.problem]
    records = _by_span(logs)
    told: list[Call] = []
    retrievals: list[Span] = []
    for span in readable:
        kind = operation(span)
        if kind == RETRIEVAL:
            retrievals.append(span)
        elif kind and (problem := _unusable(span)):
            found.rejects.append(Reject(span.trace_id, span.span_id, problem))
        elif kind:
            of_span = records.get((span.trace_id, span.span_id), ())
            try:
                told.append(Call(span, event(span, kind, of_span, whose)))
            except (ArithmeticError, RecursionError, ValueError) as error:
                found.rejects.append(Reject(span.trace_id, span.span_id, f"{_BROKEN}: {error}"[:_MOST_WORDS]))
    kept, replaced = leaves(readable, told)
    found.merged = len(told) - len(kept)
    found.skipped = len(spans) - len(told) - len(found.rejects)
    inherit(kept, readable)
    _give_context(kept, retrievals, whose or {})
    found.events += [call.fields for call in kept]
    stands = {call.fields["event_id"]: call.fields["event_id"] for call in told} | replaced
    for one in _judged(found, readable, logs, told):
        one["event_id"] = stands.get(one["event_id"], one["event_id"])
        if whose and whose.get("tenant"):
            one.setdefault("tenant", whose["tenant"])
        found.events.append(one)
    return found


def _by_span(logs: Sequence[LogRecord]) -> dict[tuple[str, str], list[LogRecord]]:
    found: dict[tuple[str, str], list[LogRecord]] = {}
    for record in logs:
        if record.event_name in CONTENT_EVENTS:
            found.setdefault((record.trace_id, record.span_id), []).append(record)
    return found


def _unusable(span: Span) -> str:
    if not span.trace_id or not span.span_id:
        return _NO_IDS
    return "" if span.end_ns or span.start_ns else _NO_TIME


def _give_context(kept: Sequence[Call], retrievals: Sequence[Span], whose: Mapping[str, str]) -> None:
    """Give each call what was found in its trace, by its tenant, before it began; of much the latest."""
    by_trace: dict[tuple[str, str], list[tuple[int, list[Passage]]]] = {}
    for span in sorted(retrievals, key=lambda span: span.end_ns):
        if passed := passages(span):
            key = span.trace_id, tenant_of(span) or whose.get("tenant", "")[:MOST_NAME]
            by_trace.setdefault(key, []).append((span.end_ns, passed))
    for call in kept:
        found = by_trace.get((call.span.trace_id, call.fields.get("tenant", "")), [])
        if not found or call.fields["operation"] not in ANSWERING:
            continue
        before: list[Passage] = []
        for _, passed in reversed(found[: bisect_right(found, call.span.start_ns, key=itemgetter(0))]):
            before[:0] = passed
            if len(before) >= MOST_PASSAGES:
                break
        if before:
            call.fields["context"] = list({one["text"]: one for one in before}.values())[-MOST_PASSAGES:]


def _judged(
    found: Calls, spans: Sequence[Span], logs: Sequence[LogRecord], told: Sequence[Call]
) -> Iterator[dict[str, Any]]:
    """Return the feedback, and note what became of the records that are none."""
    ids = {call.fields["event_id"] for call in told}
    answers = {
        answer: call.fields["event_id"]
        for call in told
        if (answer := said(call.span.attributes, RESPONSE_ID))
    }
    for span in spans:
        yield from of_span(span)
    for record in logs:
        if record.problem:
            found.rejects.append(Reject("", "", record.problem))
        elif record.event_name == RESULT:
            judged = of_record(record, answers)
            yield from judged
            if not judged:
                found.rejects.append(Reject(record.trace_id, record.span_id, _NO_TARGET))
        elif record.event_name not in CONTENT_EVENTS:
            found.skipped += 1
        elif event_id(record.trace_id, record.span_id) not in ids:
            found.rejects.append(Reject(record.trace_id, record.span_id, _NO_SPAN))


def reasons(told: Sequence[str], most: int) -> Iterator[str]:
    """Return each reason once, with how often it holds, and at most so many.

    >>> list(reasons(["a", "b", "a", "c"], 2))
    ['2 x a', 'b', 'and 1 more']
    """
    counts = Counter(told)
    for reason, n in counts.most_common(most):
        yield f"{n} x {reason}" if n > 1 else reason
    if len(counts) > most:
        yield f"and {len(counts) - most} more"
