# /// script
# requires-python = ">=3.11"
# dependencies = ["google-genai<3", "opentelemetry-instrumentation-google-genai", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "opentelemetry-instrumentation-google-genai"
# says = "OpenTelemetry contrib: Google's `google-genai` SDK"
# wire = "google"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed"]
# [tool.golden.environment]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "SPAN_ONLY"
# ///
"""OpenTelemetry's own instrumentation of Google's SDK."""

import contextlib

import exporting
from asked import PARAMETERS, SCENARIO
from google import genai
from google.genai import errors, types
from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor

_TOOL = types.FunctionDeclaration(
    name="weather", description="Tell the weather in a city.", parameters_json_schema=PARAMETERS
)


def asked() -> None:
    """Ask a model of Gemini."""
    client = genai.Client()
    asking = {
        "model": SCENARIO.model,
        "contents": SCENARIO.prompt,
        "config": types.GenerateContentConfig(
            system_instruction=SCENARIO.system,
            temperature=0.2,
            max_output_tokens=200,
            tools=[types.Tool(function_declarations=[_TOOL])] if SCENARIO.tool else None,
        ),
    }
    if SCENARIO.stream:
        for _ in client.models.generate_content_stream(**asking):
            pass
    else:
        client.models.generate_content(**asking)


exporting.begin()
GoogleGenAiSdkInstrumentor().instrument()
with contextlib.suppress(errors.APIError):
    asked()
exporting.end()
