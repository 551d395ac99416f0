# /// script
# requires-python = ">=3.11"
# dependencies = ["agno", "openai", "openinference-instrumentation-agno", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-agno"
# says = "OpenInference: Agno"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "agent", "refused", "conversation"]
# [tool.golden.environment]
# AGNO_TELEMETRY = "false"
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# finish = "no attribute for it"
# stream = "no attribute for it"
# "first token" = "no attribute for it"
# reasoning = "no attribute for it"
# ///
"""Agno's agents, as OpenInference sees them."""

import contextlib

import exporting
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from asked import SCENARIO, weather
from openinference.instrumentation.agno import AgnoInstrumentor

exporting.begin()
AgnoInstrumentor().instrument()
agent = Agent(
    model=OpenAIChat(id=SCENARIO.model, temperature=0.2, max_tokens=200, max_retries=0),
    name="support",
    system_message=SCENARIO.system,
    tools=[weather] if SCENARIO.tool else None,
    telemetry=False,
)
said = {"session_id": SCENARIO.conversation, "user_id": SCENARIO.user} if SCENARIO.conversation else {}
with contextlib.suppress(Exception):  # what a model answers with is wrapped in many ways
    if SCENARIO.stream:
        for _ in agent.run(SCENARIO.prompt, stream=True, **said):
            pass
    else:
        agent.run(SCENARIO.prompt, **said)
exporting.end()
