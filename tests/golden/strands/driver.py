# /// script
# requires-python = ">=3.11"
# dependencies = ["strands-agents[openai,otel]"]
# [tool.golden]
# package = "strands-agents"
# says = "its own tracing: an agent, its cycles, its calls"
# wire = "openai"
# streams = true
# scenarios = ["chat", "cached", "agent", "refused", "failed", "conversation"]
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# stream = "not told, though it always reads a stream"
# reasoning = "no attribute for it"
# ///
"""Strands Agents' own tracing."""

import contextlib
import os

from asked import SCENARIO, weather
from opentelemetry import trace
from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry

StrandsTelemetry().setup_otlp_exporter()
model = OpenAIModel(
    client_args={"base_url": os.environ["OPENAI_BASE_URL"], "max_retries": 0},
    model_id=SCENARIO.model,
    params={"temperature": 0.2, "max_tokens": 200},
)
agent = Agent(
    model=model,
    name="support",
    system_prompt=SCENARIO.system,
    tools=[tool(weather)] if SCENARIO.tool else [],
    callback_handler=None,
    retry_strategy=None,
    trace_attributes=(
        {"session.id": SCENARIO.conversation, "user.id": SCENARIO.user} if SCENARIO.conversation else {}
    ),
)
with contextlib.suppress(Exception):  # what a model answers with is wrapped in many ways
    agent(SCENARIO.prompt)
trace.get_tracer_provider().force_flush()
