# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "opentelemetry-instrumentation-openai", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "opentelemetry-instrumentation-openai"
# says = "OpenLLMetry"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "tool", "refused", "failed", "embeddings"]
# [tool.golden.environment]
# TRACELOOP_TRACE_CONTENT = "true"
# [tool.golden.lacks]
# "reasoning@cached_stream" = "of a stream it is not told"
# ///
"""OpenLLMetry's instrumentation of OpenAI's SDK."""

import exporting
import openai_sdk
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

exporting.begin()
OpenAIInstrumentor().instrument()
openai_sdk.ask()
exporting.end()
