# /// script
# requires-python = ">=3.11"
# dependencies = ["dspy", "openinference-instrumentation-dspy", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-dspy"
# says = "OpenInference: DSPy"
# wire = "openai"
# scenarios = ["chat", "cached", "refused", "failed"]
# [tool.golden.environment]
# LITELLM_LOCAL_MODEL_COST_MAP = "True"
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# tokens = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# finish = "no attribute for it"
# ///
"""DSPy's language model, as OpenInference sees it."""

import contextlib

import dspy
import exporting
from asked import MESSAGES, SCENARIO
from openinference.instrumentation.dspy import DSPyInstrumentor

exporting.begin()
DSPyInstrumentor().instrument()
model = dspy.LM(f"openai/{SCENARIO.model}", temperature=0.2, max_tokens=200, cache=False, num_retries=0)
with contextlib.suppress(Exception):  # what a model answers with is wrapped in many ways
    model(messages=MESSAGES)
exporting.end()
