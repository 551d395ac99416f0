"""What a span stands for: a call to a model, a retrieval, or a step around them."""

from __future__ import annotations

from typing import Literal

from stream.otlp.listed import listed
from stream.otlp.models import models
from stream.otlp.names import DOCUMENT_LISTS, PROVIDER, RESPONSE_ID, TOKENS
from stream.otlp.span import FAILED, Attributes, Span
from stream.otlp.values import first, from_json, text

Operation = Literal[
    "", "chat", "text_completion", "generate_content", "embeddings", "rerank", "image", "audio", "retrieval"
]
RETRIEVAL: Operation = "retrieval"
ANSWERING = frozenset({"chat", "text_completion", "generate_content"})  # three words for one thing
STEP: Operation = ""  # an agent, a workflow, a tool, anything else: the calls inside are spans of their own

# The conventions' words for operations; what is not here is a step.
_OPERATIONS: dict[str, Operation] = {
    "chat": "chat",
    "text_completion": "text_completion",
    "completion": "text_completion",
    "generate_content": "generate_content",
    "responses": "chat",
    "embeddings": "embeddings",
    "embedding": "embeddings",
    "rerank": "rerank",
    "image": "image",
    "image_generation": "image",
    "audio": "audio",
    "transcription": "audio",
    "speech": "audio",
    "retrieval": "retrieval",
}
# openinference.span.kind, langfuse.observation.type and mlflow.spanType, in small letters.
_KINDS: dict[str, Operation] = {
    "llm": "chat",
    "generation": "chat",
    "chat_model": "chat",
    "embedding": "embeddings",
    "reranker": "rerank",
    "retriever": "retrieval",
}
_KIND_NAMES = (
    "openinference.span.kind",
    "langfuse.observation.type",
    "mlflow.spanType",
    "langsmith.span.kind",
)
_AI_SDK: dict[str, Operation] = {
    "doGenerate": "chat",
    "doStream": "chat",
    "doEmbed": "embeddings",
    "doRerank": "rerank",
}
_ANSWERS = ("gen_ai.output.messages", "response_data")
_RESULTS = frozenset({"db.query.result", "db.search.result"})  # events of OpenLLMetry's vector stores


def operation(span: Span) -> Operation:
    """Return which operation on a model a span is, "retrieval", or "" for everything else."""
    attributes = span.attributes
    if _announces(span):
        return STEP
    if called := text(attributes.get("ai.operationId")):
        return _AI_SDK.get(called.rpartition(".")[2], STEP)
    if text(attributes.get("traceloop.span.kind")):
        return STEP
    for name in _KIND_NAMES:
        if kind := text(from_json(attributes.get(name))).lower():
            found = _KINDS.get(kind, STEP)
            # Many a reranker is arithmetic: only one with a model is a call.
            return STEP if found == "rerank" and not models(attributes)[0] else found
    if named := text(attributes.get("gen_ai.operation.name") or attributes.get("llm.request.type")).lower():
        return _OPERATIONS.get(named, STEP)
    return _guessed(span)


def _announces(span: Span) -> bool:
    """Tell whether this is logfire's span of a call that another of its spans tells whole.

    A stream has two: one that ends when the first piece came and knows no answer, and a "log" at the end, in
    a trace of its own where nothing is around the call.
    """
    kind = span.attributes.get("logfire.span_type")
    if kind != "span" or not span.scope.name.startswith("logfire.") or span.status.code == FAILED:
        return kind == "pending_span"
    return first(span.attributes, (*RESPONSE_ID, *TOKENS["input"], *_ANSWERS)) is None


def _guessed(span: Span) -> Operation:
    """Judge a span that says not what it is: of old conventions, or of a vector store."""
    attributes = span.attributes
    if models(attributes)[0] and _spoke(attributes):
        return "chat"
    if any(event.name in _RESULTS for event in span.events) or any(
        listed(attributes, name) for name in DOCUMENT_LISTS
    ):
        return "retrieval"
    return STEP


def _spoke(attributes: Attributes) -> bool:
    return any(
        first(attributes, names) is not None
        for names in (PROVIDER, TOKENS["input"], TOKENS["output"], RESPONSE_ID)
    )
