# /// script
# requires-python = ">=3.11"
# dependencies = ["langchain", "langchain-openai", "openinference-instrumentation-langchain", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "openinference-instrumentation-langchain"
# says = "OpenInference: chains, retrievers and agents of LangChain"
# wire = "openai"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "agent", "refused", "failed", "conversation", "retrieval"]
# [tool.golden.lacks]
# "served model@stream,cached_stream" = "only the model asked for is told of a stream"
# stream = "its parameters say that it is none"
# "first token" = "no attribute for it"
# ///
"""LangChain, as OpenInference sees it: a chain, a retriever, an agent."""

import contextlib

import exporting
import openai
from asked import SCENARIO, weather
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor


class Shelf(BaseRetriever):
    """Finds what the scenario says is found."""

    def _get_relevant_documents(self, query: str, *, run_manager: object) -> list[Document]:
        return [Document(page_content=text) for text in SCENARIO.documents]


def asked() -> None:
    """Ask through a chain, or an agent where the tool is to be run."""
    model = ChatOpenAI(
        model=SCENARIO.model, temperature=0.2, max_tokens=200, max_retries=0, stream_usage=True
    )
    if SCENARIO.runs_tool:
        agent = create_agent(model, [tool(weather)], system_prompt=SCENARIO.system)
        agent.invoke({"messages": [("user", SCENARIO.prompt)]})
        return
    found = Shelf().invoke(SCENARIO.prompt) if SCENARIO.documents else []
    system = "\n".join([SCENARIO.system, *(document.page_content for document in found)])
    asking = ChatPromptTemplate([("system", system), ("user", "{question}")])
    chain = asking | (model.bind_tools([tool(weather)]) if SCENARIO.tool else model)
    if SCENARIO.stream:
        for _ in chain.stream({"question": SCENARIO.prompt}):
            pass
    else:
        chain.invoke({"question": SCENARIO.prompt})


exporting.begin()
LangChainInstrumentor().instrument()
said = using_attributes(session_id=SCENARIO.conversation, user_id=SCENARIO.user)
with said if SCENARIO.conversation else contextlib.nullcontext():
    within = exporting.TRACES.get_tracer("shop").start_as_current_span("request")
    with (
        contextlib.suppress(openai.APIStatusError),
        within if SCENARIO.documents else contextlib.nullcontext(),
    ):
        asked()
exporting.end()
