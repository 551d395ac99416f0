# /// script
# requires-python = ">=3.11"
# dependencies = ["smolagents[openai]", "openinference-instrumentation-smolagents", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-smolagents"
# says = "OpenInference: smolagents"
# wire = "openai"
# scenarios = ["chat", "cached", "tool", "refused", "failed"]
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# finish = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# [tool.golden.differs]
# "model@refused,failed" = { told = "unknown", why = "a failed call names no model" }
# "provider@refused,failed" = { told = "unknown", why = "a failed call names no model" }
# ///
"""The models of smolagents, as OpenInference sees them."""

import contextlib

import exporting
import openai
from asked import SCENARIO
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIServerModel, Tool


class Weather(Tool):
    """Tells the weather in a city."""

    name = "weather"
    description = "Tell the weather in a city."
    inputs = {"city": {"type": "string", "description": "its name"}}  # noqa: RUF012 - the library's way
    output_type = "string"

    def forward(self, city: str) -> str:
        """Tell it."""
        return f"Rain in {city}."


exporting.begin()
SmolagentsInstrumentor().instrument()
model = OpenAIServerModel(
    SCENARIO.model, client_kwargs={"max_retries": 0}, retry=False, temperature=0.2, max_tokens=200
)
messages = [
    {"role": role, "content": [{"type": "text", "text": text}]}
    for role, text in (("system", SCENARIO.system), ("user", SCENARIO.prompt))
]
with contextlib.suppress(openai.APIStatusError):
    model.generate(messages, tools_to_call_from=[Weather()] if SCENARIO.tool else None)
exporting.end()
