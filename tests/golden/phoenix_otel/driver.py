# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "arize-phoenix-otel", "openinference-instrumentation-openai"]
# [tool.golden]
# package = "arize-phoenix-otel"
# says = "`register(auto_instrument=True)` of Arize Phoenix, a chain around the call"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "refused", "retrieval"]
# ///
"""Arize Phoenix's start of OpenTelemetry, and its decorators."""

import os

import openai_sdk
from asked import SCENARIO
from openinference.semconv.trace import OpenInferenceSpanKindValues, SpanAttributes
from phoenix.otel import register

traces = register(
    endpoint=f"{os.environ['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/traces",
    protocol="http/protobuf",
    project_name="shop-support",
    auto_instrument=True,
    verbose=False,
)
tracer = traces.get_tracer("shop")


@tracer.chain
def answered(prompt: str) -> None:
    """Ask, within a chain; with its documents, where there are some."""
    if SCENARIO.documents:
        kind = {SpanAttributes.OPENINFERENCE_SPAN_KIND: OpenInferenceSpanKindValues.RETRIEVER.value}
        with tracer.start_as_current_span("documents", attributes=kind) as found:
            for place, text in enumerate(SCENARIO.documents):
                found.set_attribute(f"retrieval.documents.{place}.document.content", text)
    openai_sdk.ask()


answered(SCENARIO.prompt)
traces.shutdown()
