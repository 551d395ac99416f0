"""What a retrieval found, as passages: the context of the calls that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from fmwatch.event import MAX_TEXT_BYTES

from stream.otlp.listed import listed
from stream.otlp.names import DOCUMENT_LISTS, DOCUMENTS
from stream.otlp.span import Span
from stream.otlp.values import from_json, json_object, number, text

MOST_PASSAGES = 50
_MOST_BYTES = MAX_TEXT_BYTES + 4  # a character more than the contract has, so that the border marks the cut
_MOST_ID = 128  # characters
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
    """Return the first documents of a retrieval that have a text; ids alone are no context."""
    found = (passage for document in _documents(span) if (passage := _passage(document)))
    return list(islice(found, MOST_PASSAGES))


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
        return {"text": _cut(document)} if document and not _OBJECT.fullmatch(document) else {}
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
    passage: Passage = {"text": _cut(body)}
    if named := next((found for name in _IDS if (found := text(inner.get(name)))), ""):
        passage["id"] = named[:_MOST_ID]
    if (score := number(inner.get("score"))) is not None:
        passage["score"] = score
    return passage


def _cut(body: str) -> str:
    if len(body) <= _MOST_BYTES // 4:
        return body
    return body.encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore")
