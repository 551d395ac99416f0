"""Files of OpenTelemetry's file exporter: a request of OTLP a line, as JSON, as the gateway takes it.

Each line stands alone, as a request does: a retrieval gives its context to the calls of its own line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast, get_args

from stream.errors import InvalidEvent, Reason
from stream.importers.base import NoCall, Outcome
from stream.json_object import Fields, encode
from stream.otlp.calls import Calls, Reject, calls
from stream.otlp.wire import logs_of_json, spans_of_json

_SPANS = ("resourceSpans", "resource_spans")
_LOGS = ("resourceLogs", "resource_logs")
_METRICS = ("resourceMetrics", "resource_metrics")


class OtlpJson:
    """Spans that are model calls become generations, evaluation results feedback."""

    name = "otlp-json"

    def events(self, record: Fields) -> Iterable[Outcome]:
        """Return what became of the spans or log records of a line."""
        if any(name in record for name in _METRICS):
            raise NoCall("metrics")
        body = encode(record)
        if any(name in record for name in _LOGS):
            return _outcomes(calls((), logs_of_json(body)))
        if not any(name in record for name in _SPANS):
            raise InvalidEvent("missing_field", "resourceSpans", "a line has resourceSpans or resourceLogs")
        return _outcomes(calls(spans_of_json(body)))


def recognised(record: Fields) -> bool:
    """Tell whether a record is such a request."""
    return any(name in record for name in (*_SPANS, *_LOGS, *_METRICS))


def _outcomes(found: Calls) -> Iterator[Outcome]:
    yield from found.events
    yield from map(_refused, found.rejects)
    if found.skipped:
        yield NoCall("spans and log records", found.skipped)
    if found.merged:
        yield NoCall("spans of a call that another span tells of", found.merged)


def _refused(reject: Reject) -> InvalidEvent:
    word, _, sentence = reject.reason.partition(": ")
    reason = cast("Reason", word) if word in get_args(Reason) else "wrong_type"
    return InvalidEvent(reason, "", f"span {reject.span_id} of trace {reject.trace_id}: {sentence or word}")
