# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "httpx", "opentelemetry-instrumentation-openai-v2", "opentelemetry-util-genai<1.2", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "opentelemetry-instrumentation-openai-v2"
# says = "OpenTelemetry contrib, with `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental`"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed", "embeddings"]
# [tool.golden.environment]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "SPAN_ONLY"
# [tool.golden.lacks]
# "prompt@embeddings" = "the text is not told"
# stream = "no attribute for it"
# "first token" = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# ///
"""OpenTelemetry's own instrumentation of OpenAI's SDK, asked for the newest conventions."""

import exporting
import openai_sdk
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

exporting.begin()
OpenAIInstrumentor().instrument()
openai_sdk.ask()
exporting.end()
