# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "openlit"]
# [tool.golden]
# package = "openlit"
# says = "with its defaults"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "tool", "refused", "failed", "embeddings"]
# [tool.golden.lacks]
# reasoning = "no attribute for it"
# "prompt@refused,failed" = "a failed call has no messages"
# ///
"""OpenLIT's own start, and OpenAI's SDK."""

import os

import openlit
from opentelemetry import trace

openlit.init(
    application_name="shop-support",
    environment="golden",
    otlp_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    disable_metrics=True,
)

import openai_sdk  # noqa: E402 - it instruments what is imported afterwards

openai_sdk.ask()
trace.get_tracer_provider().shutdown()
