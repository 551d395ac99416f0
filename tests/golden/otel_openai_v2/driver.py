# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "httpx", "opentelemetry-instrumentation-openai-v2", "opentelemetry-util-genai<1.2", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "opentelemetry-instrumentation-openai-v2"
# says = "OpenTelemetry contrib, with its defaults"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "tool", "refused", "failed", "embeddings"]
# [tool.golden.environment]
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "true"
# [tool.golden.lacks]
# prompt = "needs the newest conventions, below"
# answer = "needs the newest conventions, below"
# "tool calls" = "needs the newest conventions, below"
# "finish@stream" = "of a stream it is not told"
# stream = "no attribute for it"
# "first token" = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# ///
"""OpenTelemetry's own instrumentation of OpenAI's SDK, with its defaults: no content, no cache."""

import exporting
import openai_sdk
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

exporting.begin()
OpenAIInstrumentor().instrument()
openai_sdk.ask()
exporting.end()
