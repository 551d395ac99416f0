# /// script
# requires-python = ">=3.11"
# dependencies = ["openai<2", "httpx", "opentelemetry-instrumentation-openai-v2<2.1", "opentelemetry-sdk<1.38", "opentelemetry-exporter-otlp-proto-http<1.38"]
# [tool.golden]
# package = "opentelemetry-instrumentation-openai-v2"
# says = "OpenTelemetry contrib, the generation that tells content in events of the log"
# wire = "openai"
# content_in_logs = true
# scenarios = ["chat", "stream", "cached", "tool", "refused", "failed"]
# [tool.golden.environment]
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "true"
# [tool.golden.lacks]
# prompt = "in the log"
# answer = "in the log"
# "tool calls" = "in the log"
# "finish@stream" = "of a stream it is in the log alone"
# stream = "no attribute for it"
# "first token" = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# ///
"""OpenTelemetry's own instrumentation of OpenAI's SDK as it was in 2025: `gen_ai.system`, content in the log."""

import exporting
import openai_sdk
from opentelemetry import _events
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk._events import EventLoggerProvider

exporting.begin()
_events.set_event_logger_provider(EventLoggerProvider(exporting.LOGS))
OpenAIInstrumentor().instrument()
openai_sdk.ask()
exporting.end()
