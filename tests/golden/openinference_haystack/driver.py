# /// script
# requires-python = ">=3.11"
# dependencies = ["haystack-ai", "openinference-instrumentation-haystack", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-haystack"
# says = "OpenInference: a pipeline of Haystack"
# wire = "openai"
# scenarios = ["chat", "cached", "tool", "refused", "failed", "retrieval"]
# [tool.golden.environment]
# HAYSTACK_TELEMETRY_ENABLED = "False"
# [tool.golden.lacks]
# "served model" = "the served model overwrites the one asked for, which stands nowhere else"
# finish = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# [tool.golden.differs]
# "model@chat,cached,tool,retrieval" = { told = "gpt-4.1-mini-2025-04-14", why = "the served model overwrites the one asked for, which stands nowhere else" }
# "model@refused,failed" = { told = "unknown", why = "a failed call names no model" }
# "provider@refused,failed" = { told = "unknown", why = "a failed call names no model" }
# ///
"""Haystack's pipelines, as OpenInference sees them."""

import contextlib

import exporting
from asked import PARAMETERS, SCENARIO, weather
from haystack import Document, Pipeline
from haystack.components.builders import ChatPromptBuilder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.dataclasses import ChatMessage
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.tools import Tool
from openinference.instrumentation.haystack import HaystackInstrumentor

exporting.begin()
HaystackInstrumentor().instrument()
tools = [Tool("weather", "Tell the weather in a city.", PARAMETERS, weather)] if SCENARIO.tool else None
pipeline = Pipeline()
pipeline.add_component(
    "model",
    OpenAIChatGenerator(
        model=SCENARIO.model,
        generation_kwargs={"temperature": 0.2, "max_tokens": 200},
        max_retries=0,
        tools=tools,
    ),
)
pipeline.add_component(
    "asking",
    ChatPromptBuilder(
        [
            ChatMessage.from_system(
                SCENARIO.system + "{% for document in documents %}\n{{ document.content }}{% endfor %}"
            ),
            ChatMessage.from_user("{{ question }}"),
        ],
        required_variables=["question"],
    ),
)
pipeline.connect("asking.prompt", "model.messages")
asked = {"asking": {"question": SCENARIO.prompt}}
if SCENARIO.documents:
    store = InMemoryDocumentStore()
    store.write_documents([Document(content=text) for text in SCENARIO.documents])
    pipeline.add_component("documents", InMemoryBM25Retriever(store))
    pipeline.connect("documents.documents", "asking.documents")
    asked["documents"] = {"query": SCENARIO.prompt}
with contextlib.suppress(Exception):  # what a model answers with is wrapped in many ways
    pipeline.run(asked)
exporting.end()
