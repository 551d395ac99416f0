# /// script
# requires-python = ">=3.11"
# dependencies = ["litellm", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "litellm"
# says = "`litellm.callbacks = [\"otel\"]`"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed", "embeddings"]
# [tool.golden.environment]
# OTEL_EXPORTER = "otlp_http"
# OTEL_ENDPOINT = "{receiver}/v1/traces"
# LITELLM_LOCAL_MODEL_COST_MAP = "True"
# [tool.golden.lacks]
# "first token" = "no attribute for it"
# "tool calls" = "the parts of its message leave calls out"
# [tool.golden.differs]
# "served model@stream,cached_stream" = { told = "gpt-4.1-mini", why = "of a stream it tells the model asked for" }
# ///
"""LiteLLM's own callback for OpenTelemetry."""

import contextlib
import time

import litellm
import openai
from asked import MESSAGES, PARAMETERS, SCENARIO
from opentelemetry import trace

litellm.callbacks = ["otel"]
tool = {"name": "weather", "description": "Tell the weather in a city.", "parameters": PARAMETERS}
model = f"openai/{SCENARIO.model}"
with contextlib.suppress(openai.APIError):
    if SCENARIO.through == "embeddings":
        litellm.embedding(model=model, input=[SCENARIO.prompt])
    else:
        answer = litellm.completion(
            model=model,
            messages=MESSAGES,
            temperature=0.2,
            max_tokens=200,
            max_retries=0,
            stream=SCENARIO.stream,
            **({"stream_options": {"include_usage": True}} if SCENARIO.stream else {}),
            **({"tools": [{"type": "function", "function": tool}]} if SCENARIO.tool else {}),
        )
        for _ in answer if SCENARIO.stream else ():
            pass
time.sleep(2)  # its callbacks run in a thread that nobody can wait for
trace.get_tracer_provider().force_flush()
