# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "openinference-instrumentation-openai", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-openai"
# says = "OpenInference"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "tool", "refused", "failed", "conversation", "embeddings"]
# [tool.golden.lacks]
# "served model@embeddings" = "one attribute for both models, and here both are the same"
# ///
"""OpenInference's instrumentation of OpenAI's SDK."""

import contextlib

import exporting
import openai_sdk
from asked import SCENARIO
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor

exporting.begin()
OpenAIInstrumentor().instrument()
with (
    using_attributes(session_id=SCENARIO.conversation, user_id=SCENARIO.user)
    if SCENARIO.conversation
    else contextlib.nullcontext()
):
    openai_sdk.ask()
exporting.end()
