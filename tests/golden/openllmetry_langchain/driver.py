# /// script
# requires-python = ">=3.11"
# dependencies = ["langchain", "langchain-openai", "opentelemetry-instrumentation-langchain", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "opentelemetry-instrumentation-langchain"
# says = "OpenLLMetry: chains and agents of LangChain"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "agent", "refused", "failed"]
# [tool.golden.environment]
# TRACELOOP_TRACE_CONTENT = "true"
# [tool.golden.lacks]
# stream = "no attribute for it"
# "first token" = "no attribute for it"
# reasoning = "no attribute for it"
# [tool.golden.differs]
# "served model@stream,cached_stream" = { told = "gpt-4.1-mini", why = "of a stream it tells the model asked for" }
# ///
"""LangChain, as OpenLLMetry sees it: a chain, an agent."""

import contextlib

import exporting
import openai
from asked import SCENARIO, weather
from langchain.agents import create_agent
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from opentelemetry.instrumentation.langchain import LangchainInstrumentor


def asked() -> None:
    """Ask through a chain, or an agent where the tool is to be run."""
    model = ChatOpenAI(
        model=SCENARIO.model, temperature=0.2, max_tokens=200, max_retries=0, stream_usage=True
    )
    if SCENARIO.runs_tool:
        agent = create_agent(model, [tool(weather)], system_prompt=SCENARIO.system)
        agent.invoke({"messages": [("user", SCENARIO.prompt)]})
        return
    asking = ChatPromptTemplate([("system", SCENARIO.system), ("user", "{question}")])
    chain = asking | (model.bind_tools([tool(weather)]) if SCENARIO.tool else model)
    if SCENARIO.stream:
        for _ in chain.stream({"question": SCENARIO.prompt}):
            pass
    else:
        chain.invoke({"question": SCENARIO.prompt})


exporting.begin()
LangchainInstrumentor().instrument()
with contextlib.suppress(openai.APIStatusError):
    asked()
exporting.end()
