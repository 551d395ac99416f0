"""What a retrieval found, as passages: the context of the calls that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from stream.otlp.listed import listed
from stream.otlp.names import DOCUMENT_LISTS, DOCUMENTS
from stream.otlp.span import Span
from stream.otlp.values import from_json, json_object, number, text

_OUTPUTS = (
    *DOCUMENTS,
    "langfuse.observation.output",
    "mlflow.spanOutputs",
    "output.value",
    "gen_ai.completion",
)
_TEXTS = ("content", "text", "page_content", "document", "pageContent")
_IDS = ("id", "document_id", "doc_id", "chunk_id", "source_id")
_OBJECT = re.compile(r"<?\w+\(.*\)>?", re.DOTALL)  # what Python prints of an object is no passage
_INSIDE = ("documents", "results", "matches", "nodes", "output")

Passage = dict[str, Any]


def passages(span: Span) -> list[Passage]:
    """Return the documents of a retrieval that have a text; ids alone are no context."""
    return [passage for document in _documents(span) if (passage := _passage(document))]


def _documents(span: Span) -> Iterator[object]:
    for prefix in DOCUMENT_LISTS:
        if found := listed(span.attributes, prefix):
            yield from found
            return
    for name in _OUTPUTS:
        if found := _list(from_json(span.attributes.get(name))):
            yield from found
            return
    for event in span.events:
        if event.name in {"db.query.result", "db.search.result"}:
            yield {key.rpartition(".")[2]: value for key, value in event.attributes.items()}


def _list(value: object) -> list[object]:
    if isinstance(value, dict):
        value = next((value[name] for name in _INSIDE if isinstance(value.get(name), list)), None)
    return value if isinstance(value, list) else []


def _passage(document: object) -> Passage:
    if isinstance(document, str):
        return {"text": document} if document and not _OBJECT.fullmatch(document) else {}
    if not isinstance(document, dict):
        return {}
    inner = document.get("document", document)
    if not isinstance(inner, dict):
        inner = document
    body = next((found for name in _TEXTS if isinstance(found := inner.get(name), str) and found), "")
    if not body:
        body = text(json_object(inner.get("metadata")).get("text"))
    if not body:
        return {}
    passage: Passage = {"text": body}
    if named := next((found for name in _IDS if (found := text(inner.get(name)))), ""):
        passage["id"] = named
    if (score := number(inner.get("score"))) is not None:
        passage["score"] = score
    return passage
