# /// script
# requires-python = ">=3.11"
# dependencies = ["pydantic-ai-slim[openai]", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "pydantic-ai-slim"
# says = "`Agent.instrument_all()`: a span of the agent around the calls"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "agent", "refused", "failed", "conversation"]
# [tool.golden.lacks]
# "prompt@refused,failed" = "a failed call has no messages"
# user = "no attribute for it"
# ///
"""Pydantic AI's own instrumentation: an agent, its calls, its tools."""

import asyncio
import contextlib

import exporting
from asked import SCENARIO, weather
from openai import AsyncOpenAI
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


async def asked() -> None:
    """Run an agent once."""
    kind = OpenAIResponsesModel if SCENARIO.through == "responses" else OpenAIChatModel
    provider = OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0))
    agent = Agent(
        kind(SCENARIO.model, provider=provider),
        name="support",
        system_prompt=SCENARIO.system,
        model_settings={"temperature": 0.2, "max_tokens": 200},
        tools=[weather] if SCENARIO.tool else [],
    )
    said = {"conversation_id": SCENARIO.conversation} if SCENARIO.conversation else {}
    with contextlib.suppress(ModelHTTPError):
        if SCENARIO.stream:
            async with agent.run_stream(SCENARIO.prompt, **said) as answer:
                await answer.get_output()
        else:
            await agent.run(SCENARIO.prompt, **said)


exporting.begin()
Agent.instrument_all()
asyncio.run(asked())
exporting.end()
