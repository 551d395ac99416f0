# /// script
# requires-python = ">=3.11"
# dependencies = ["anthropic", "openinference-instrumentation-anthropic", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-anthropic"
# says = "OpenInference"
# wire = "anthropic"
# together = "Anthropic's SDK traces itself as well, which is one call only where both spans come in one request; `ANTHROPIC_OPEN_TELEMETRY=false` leaves one"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed", "conversation"]
# ///
"""OpenInference's instrumentation of Anthropic's SDK."""

import contextlib

import anthropic_sdk
import exporting
from asked import SCENARIO
from openinference.instrumentation import using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor

exporting.begin()
AnthropicInstrumentor().instrument()
with (
    using_attributes(session_id=SCENARIO.conversation, user_id=SCENARIO.user)
    if SCENARIO.conversation
    else contextlib.nullcontext()
):
    anthropic_sdk.ask()
exporting.end()
