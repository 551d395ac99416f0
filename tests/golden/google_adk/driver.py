# /// script
# requires-python = ">=3.11"
# dependencies = ["google-adk", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "google-adk"
# says = "its own tracing: an agent, its calls, its tools"
# wire = "google"
# scenarios = ["chat", "cached", "agent", "refused", "conversation"]
# [tool.golden.environment]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "SPAN_ONLY"
# ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS = "true"
# [tool.golden.lacks]
# "served model" = "only the model asked for is told"
# user = "no attribute for it"
# ///
"""Google's Agent Development Kit traces itself."""

import asyncio
import contextlib

import exporting
from asked import SCENARIO, weather
from google.adk.agents import Agent
from google.adk.runners import InMemoryRunner
from google.genai import errors, types

exporting.begin()


async def asked() -> None:
    """Run an agent once."""
    agent = Agent(
        name="support",
        model=SCENARIO.model,
        instruction=SCENARIO.system,
        tools=[weather] if SCENARIO.tool else [],
        generate_content_config=types.GenerateContentConfig(temperature=0.2, max_output_tokens=200),
    )
    runner = InMemoryRunner(agent=agent, app_name="shop")
    user, thread = SCENARIO.user or "anybody", SCENARIO.conversation or "any"
    await runner.session_service.create_session(app_name="shop", user_id=user, session_id=thread)
    question = types.Content(role="user", parts=[types.Part(text=SCENARIO.prompt)])
    with contextlib.suppress(errors.APIError):
        async for _ in runner.run_async(user_id=user, session_id=thread, new_message=question):
            pass


asyncio.run(asked())
exporting.end()
