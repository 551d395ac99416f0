# /// script
# requires-python = ">=3.11"
# dependencies = ["openai-agents", "openinference-instrumentation-openai-agents", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-openai-agents"
# says = "OpenInference: the Agents SDK of OpenAI"
# wire = "openai"
# scenarios = ["chat", "cached", "agent", "refused", "failed"]
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# finish = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# ///
"""The Agents SDK of OpenAI, as OpenInference sees it."""

import contextlib

import exporting
import openai
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, Runner, function_tool
from asked import SCENARIO, weather
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

exporting.begin()
OpenAIAgentsInstrumentor().instrument()
agent = Agent(
    name="support",
    instructions=SCENARIO.system,
    model=OpenAIChatCompletionsModel(SCENARIO.model, openai.AsyncOpenAI(max_retries=0)),
    model_settings=ModelSettings(temperature=0.2, max_tokens=200),
    tools=[function_tool(weather)] if SCENARIO.tool else [],
)
with contextlib.suppress(openai.APIStatusError):
    Runner.run_sync(agent, SCENARIO.prompt)
exporting.end()
