# /// script
# requires-python = ">=3.11"
# dependencies = ["langsmith[otel]", "openai"]
# [tool.golden]
# package = "langsmith"
# says = "`wrap_openai` and `@traceable`, exported as OTLP"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed", "conversation", "retrieval"]
# [tool.golden.environment]
# LANGSMITH_TRACING = "true"
# LANGSMITH_TRACING_MODE = "otel"
# LANGSMITH_ENDPOINT = "{receiver}"
# LANGSMITH_API_KEY = "golden"
# [tool.golden.lacks]
# "first token" = "no attribute for it"
# ///
"""LangSmith's SDK, which sends OTLP where it is told to."""

import exporting
import openai
import openai_sdk
from asked import SCENARIO
from langsmith import run_trees, traceable
from langsmith.wrappers import wrap_openai

exporting.begin()


@traceable(run_type="retriever", name="documents")
def retrieved(prompt: str) -> list[dict[str, object]]:
    """Return what the scenario says is found."""
    return [{"page_content": text, "type": "Document", "metadata": {}} for text in SCENARIO.documents]


@traceable(name="answer")
def answered(prompt: str) -> None:
    """Ask, within a span that is no call."""
    if SCENARIO.documents:
        retrieved(prompt)
    openai_sdk.ask(wrap_openai(openai.OpenAI(max_retries=0)))


said = {"session_id": SCENARIO.conversation, "user_id": SCENARIO.user} if SCENARIO.conversation else {}
answered(SCENARIO.prompt, langsmith_extra={"metadata": said})
run_trees.get_cached_client().flush()
exporting.end()
