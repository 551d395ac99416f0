# /// script
# requires-python = ">=3.11"
# dependencies = ["anthropic", "opentelemetry-instrumentation-anthropic", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "opentelemetry-instrumentation-anthropic"
# says = "OpenLLMetry"
# wire = "anthropic"
# together = "Anthropic's SDK traces itself as well, which is one call only where both spans come in one request; `ANTHROPIC_OPEN_TELEMETRY=false` leaves one"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed"]
# [tool.golden.environment]
# TRACELOOP_TRACE_CONTENT = "true"
# ///
"""OpenLLMetry's instrumentation of Anthropic's SDK."""

import anthropic_sdk
import exporting
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

exporting.begin()
AnthropicInstrumentor().instrument()
anthropic_sdk.ask()
exporting.end()
