"""What judges said of a call: evaluation results of the conventions and of OpenInference, as feedback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from stream.otlp.event import MOST_NAME, event_id
from stream.otlp.listed import listed
from stream.otlp.names import EVALUATION_LISTS, FMWATCH
from stream.otlp.span import Attributes, LogRecord, Span
from stream.otlp.values import number, said, text

RESULT = "gen_ai.evaluation.result"
_BY = {"human": "human", "code": "rule"}
_MOST_CHARACTERS = 2_000

Fields = dict[str, Any]


class _Target(NamedTuple):
    """What is judged, when, and whose it is."""

    event_id: str
    at_ns: int
    tenant: str


def of_span(span: Span) -> Iterator[Fields]:
    """Return what a span carries of evaluations, of itself."""
    own = event_id(span.trace_id, span.span_id)
    for happened in span.events:
        if happened.name == RESULT:
            target = _Target(own, happened.time_ns or span.end_ns, tenant_of(span))
            yield from _result(happened.attributes, target)
    for prefix in EVALUATION_LISTS:
        for item in listed(span.attributes, prefix):
            inner = item.get(prefix.removesuffix("s"), item) if isinstance(item, dict) else None
            if isinstance(inner, dict):
                by = _BY.get(text(inner.get("annotator_kind")).lower(), "judge")
                yield from _feedback(_Target(own, span.end_ns, tenant_of(span)), inner, by)


def of_record(record: LogRecord, answers: Mapping[str, str]) -> list[Fields]:
    """Return an evaluation that came as a log record; [] where nobody can tell of which call, or what.

    Parameters
    ----------
    answers : event ids by the id of the answer, of the spans that came along
    """
    judged = answers.get(text(record.attributes.get("gen_ai.response.id")), "")
    if not judged and record.trace_id and record.span_id:
        judged = event_id(record.trace_id, record.span_id)
    target = _Target(judged, record.time_ns, tenant_of(record))
    return list(_result(record.attributes, target)) if judged else []


def tenant_of(source: Span | LogRecord) -> str:
    """Return whose a span or a record says that it is."""
    found = said(source.attributes, FMWATCH["tenant"]) or said(source.resource, FMWATCH["tenant"])
    return found[:MOST_NAME]


def _result(attributes: Attributes, target: _Target) -> Iterator[Fields]:
    told = {
        "name": attributes.get("gen_ai.evaluation.name"),
        "score": attributes.get("gen_ai.evaluation.score.value"),
        "label": attributes.get("gen_ai.evaluation.score.label"),
        "explanation": attributes.get("gen_ai.evaluation.explanation"),
    }
    yield from _feedback(target, told, "judge")


def _feedback(target: _Target, told: Mapping[str, object], by: str) -> Iterator[Fields]:
    score, label = number(told.get("score")), text(told.get("label"))
    if score is None and not label:
        return
    feedback: Fields = {
        "type": "feedback",
        "event_id": target.event_id,
        "kind": "label" if score is None else "score",
        "name": text(told.get("name")),
        "value": label if score is None else score,
        "by": by,
        "at": target.at_ns,
    }
    if target.tenant:
        feedback["tenant"] = target.tenant
    if label and score is not None:
        feedback["label"] = label
    if explanation := text(told.get("explanation")):
        feedback["explanation"] = explanation[:_MOST_CHARACTERS]
    yield feedback
