# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "langfuse"]
# [tool.golden]
# package = "langfuse"
# says = "`from langfuse.openai import OpenAI`, a span around the call"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "tool", "refused", "failed", "conversation", "retrieval", "embeddings"]
# [tool.golden.environment]
# LANGFUSE_PUBLIC_KEY = "pk-lf-golden"
# LANGFUSE_SECRET_KEY = "sk-lf-golden"
# LANGFUSE_HOST = "{receiver}"
# LANGFUSE_BASE_URL = "{receiver}"
# [tool.golden.lacks]
# "served model" = "one attribute for both models"
# "finish@chat,responses,cached,tool,conversation,retrieval" = "told of streams only"
# [tool.golden.differs]
# "model@chat,stream,responses,cached,cached_stream,tool,conversation,retrieval" = { told = "gpt-4.1-mini-2025-04-14", why = "one attribute for both models: it holds the one that served" }
# ///
"""Langfuse's SDK, which sends OTLP to its own door, and its wrapper of OpenAI's client."""

import contextlib

import openai_sdk
from asked import SCENARIO
from langfuse import get_client, propagate_attributes
from langfuse.openai import OpenAI

langfuse = get_client()


def ask() -> None:
    """Ask within a span, as an application would; with its retriever, where there is one."""
    with langfuse.start_as_current_observation(as_type="span", name="answer"):
        if SCENARIO.documents:
            with langfuse.start_as_current_observation(
                as_type="retriever", name="documents", input=SCENARIO.prompt
            ) as found:
                found.update(output=SCENARIO.documents)
        openai_sdk.ask(OpenAI(max_retries=0))


with (
    propagate_attributes(session_id=SCENARIO.conversation, user_id=SCENARIO.user)
    if SCENARIO.conversation
    else contextlib.nullcontext()
):
    ask()
langfuse.flush()
