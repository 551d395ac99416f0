# /// script
# requires-python = ">=3.11"
# dependencies = ["semantic-kernel", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "semantic-kernel"
# says = "its own diagnostics"
# wire = "openai"
# content_in_logs = true
# scenarios = ["chat", "stream", "cached", "tool", "refused", "failed"]
# [tool.golden.environment]
# SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS = "true"
# SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE = "true"
# [tool.golden.lacks]
# prompt = "in the log"
# answer = "in the log"
# "tool calls" = "in the log"
# "served model" = "only the model asked for is told"
# stream = "no attribute for it"
# "first token" = "no attribute for it"
# cache = "no attribute for it"
# reasoning = "no attribute for it"
# ///
"""Semantic Kernel's own diagnostics; content is in the log."""

import asyncio
import contextlib
import logging

import exporting
from asked import SCENARIO, weather
from openai import AsyncOpenAI
from opentelemetry.sdk._logs import LoggingHandler
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.contents import ChatHistory
from semantic_kernel.exceptions import ServiceResponseException
from semantic_kernel.functions import kernel_function


async def asked() -> None:
    """Ask the service of a kernel."""
    kernel = Kernel()
    settings = OpenAIChatPromptExecutionSettings(temperature=0.2, max_tokens=200)
    if SCENARIO.tool:
        kernel.add_function("shop", kernel_function(weather, name="weather"))
        settings.function_choice_behavior = FunctionChoiceBehavior.Auto(auto_invoke=False)
    service = OpenAIChatCompletion(SCENARIO.model, async_client=AsyncOpenAI(max_retries=0))
    history = ChatHistory(system_message=SCENARIO.system)
    history.add_user_message(SCENARIO.prompt)
    if SCENARIO.stream:
        async for _ in service.get_streaming_chat_message_content(history, settings, kernel=kernel):
            pass
    else:
        await service.get_chat_message_content(history, settings, kernel=kernel)


exporting.begin()
handler = LoggingHandler(logger_provider=exporting.LOGS)
handler.addFilter(logging.Filter("semantic_kernel.utils.telemetry.model_diagnostics"))
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.INFO)
with contextlib.suppress(ServiceResponseException):
    asyncio.run(asked())
exporting.end()
