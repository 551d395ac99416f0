# /// script
# requires-python = ">=3.11"
# dependencies = ["llama-index-core", "llama-index-llms-openai", "openinference-instrumentation-llama-index", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-llama-index"
# says = "OpenInference: LlamaIndex"
# wire = "openai"
# together = "a query engine has two spans for a call, which are one only where both come in one request; the outer has no tokens"
# scenarios = ["chat", "stream", "cached", "refused", "failed", "retrieval"]
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# "tokens@stream" = "a stream is asked for without usage"
# ///
"""LlamaIndex, as OpenInference sees it: a query engine over a retriever of ours."""

import contextlib
import os

import exporting
import openai
from asked import SCENARIO
from llama_index.core.llms import ChatMessage
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.llms.openai import OpenAI
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor


class Shelf(BaseRetriever):
    """Finds what the scenario says is found."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text=text), score=0.5) for text in SCENARIO.documents]


def asked() -> None:
    """Ask the model, or a query engine where there are documents."""
    model = OpenAI(
        model=SCENARIO.model,
        api_base=os.environ["OPENAI_BASE_URL"],
        temperature=0.2,
        max_tokens=200,
        max_retries=0,
    )
    if SCENARIO.documents:
        RetrieverQueryEngine.from_args(Shelf(), llm=model).query(SCENARIO.prompt)
        return
    messages = [
        ChatMessage(role="system", content=SCENARIO.system),
        ChatMessage(role="user", content=SCENARIO.prompt),
    ]
    if SCENARIO.stream:
        for _ in model.stream_chat(messages):
            pass
    else:
        model.chat(messages)


exporting.begin()
LlamaIndexInstrumentor().instrument()
with contextlib.suppress(openai.APIStatusError):
    asked()
exporting.end()
