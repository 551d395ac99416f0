# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "mlflow", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "mlflow"
# says = "`mlflow.openai.autolog()`, traces exported as OTLP"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "tool", "refused", "failed", "conversation", "retrieval", "embeddings"]
# [tool.golden.environment]
# OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = "{receiver}/v1/traces"
# OTEL_EXPORTER_OTLP_TRACES_PROTOCOL = "http/protobuf"
# MLFLOW_DISABLE_TELEMETRY = "true"
# [tool.golden.lacks]
# reasoning = "no attribute for it"
# conversation = "facts about a trace are not exported as OTLP"
# user = "facts about a trace are not exported as OTLP"
# "tokens@embeddings" = "only within the answer's JSON"
# "served model@embeddings" = "one attribute for both models, and here both are the same"
# ///
"""MLflow's tracing of OpenAI's SDK; the spans go to a collector instead of MLflow's server."""

import mlflow
import openai_sdk
from asked import SCENARIO
from mlflow.entities import Document

mlflow.openai.autolog()


@mlflow.trace(name="documents", span_type="RETRIEVER")
def retrieved(prompt: str) -> list[Document]:
    """Return what the scenario says is found."""
    return [Document(page_content=text, id=str(place)) for place, text in enumerate(SCENARIO.documents)]


@mlflow.trace(name="answer")
def answered(prompt: str) -> None:
    """Ask, within a span that is no call."""
    if SCENARIO.documents:
        retrieved(prompt)
    if SCENARIO.conversation:
        mlflow.update_current_trace(
            metadata={"mlflow.trace.session": SCENARIO.conversation, "mlflow.trace.user": SCENARIO.user}
        )
    openai_sdk.ask()


answered(SCENARIO.prompt)
mlflow.flush_trace_async_logging()
