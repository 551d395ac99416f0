"""What each convention calls what an event holds: for every field of ours the names to read, best first.

Sources, read in November 2026: OpenTelemetry's GenAI conventions (up to 1.36, 1.37-1.41, and
semantic-conventions-genai), openinference-semantic-conventions 0.1.42, opentelemetry-semantic-conventions-ai
0.5.1 (OpenLLMetry), openlit 1.45.0, langfuse 5.0.4, pydantic-ai 2.68.0, mlflow 3.17.2, litellm 1.110.2, and
`generate-text` and `stream-text` of Vercel's AI SDK.
"""

from __future__ import annotations

Names = tuple[str, ...]

# Texts that are taken over as they are.
TEXTS: dict[str, Names] = {
    "request_model": (
        "gen_ai.request.model",
        "llm.request.model_name",
        "ai.model.id",
    ),
    "response_model": ("gen_ai.response.model", "llm.response.model_name", "ai.response.model"),
    "conversation_id": (
        "gen_ai.conversation.id",
        "langfuse.session.id",
        "session.id",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.conversation_id",
        "ai.telemetry.metadata.sessionId",
        "langsmith.metadata.session_id",
        "langsmith.metadata.thread_id",
        "langsmith.metadata.conversation_id",
    ),
    "prompt_name": (
        "gen_ai.prompt.name",
        "langfuse.observation.prompt.name",
        "traceloop.prompt.key",
        "prompt.id",
    ),
    "prompt_version": (
        "gen_ai.prompt.version",
        "langfuse.observation.prompt.version",
        "traceloop.prompt.version",
        "llm.prompt_template.version",
    ),
    "system_fingerprint": (
        "openai.response.system_fingerprint",
        "gen_ai.openai.response.system_fingerprint",
        "gen_ai.openai.system_fingerprint",
        "gen_ai.response.system_fingerprint",
    ),
}
# Names that hold the model asked for until there is an answer, and mostly the one that served afterwards.
EITHER_MODEL: Names = (
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
    "langfuse.observation.model.name",
    "mlflow.llm.model",
)
SERVICE_TIER: Names = (
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "gen_ai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
    "gen_ai.request.service_tier",
)
FINISH: Names = (
    "gen_ai.response.finish_reasons",
    "llm.finish_reason",
    "gen_ai.response.finish_reason",
    "gen_ai.response.stop_reason",
    "llm.response.finish_reason",
    "llm.response.stop_reason",
    "ai.response.finishReason",
    "gen_ai.finishReason",
    "anthropic.message.stop_reason",
    "langfuse.observation.metadata.finish_reason",
)
USER: Names = (  # only ever kept as a hash
    "user.id",
    "langfuse.user.id",
    "gen_ai.user",
    "gen_ai.user.id",
    "llm.user",
    "gen_ai.request.user",
    "enduser.id",
    "ai.telemetry.metadata.userId",
    "traceloop.association.properties.user_id",
    "langsmith.metadata.user_id",
)

# Who made the model and who serves it; the same attribute says either, so the values decide.
PROVIDER: Names = (
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "ai.model.provider",
    "mlflow.llm.provider",
)

# Tokens. Those per modality are parts of the totals and never added to them.
TOKENS: dict[str, Names] = {
    "input": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
        "llm.usage.prompt_tokens",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "ai.usage.tokens",
    ),
    "output": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "llm.usage.completion_tokens",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
    ),
    "cache_read": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
        "llm.token_count.prompt_details.cache_input",
        "gen_ai.usage.prompt_tokens_details.cached_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cache_read_input_tokens",
        "gen_ai.usage.details.cached_tokens",
        "gen_ai.usage.cache_read_tokens",
        "gen_ai.usage.input_cached_tokens",
        "gen_ai.usage.cached_input_tokens",
        "ai.usage.inputTokenDetails.cacheReadTokens",
        "ai.usage.cachedInputTokens",
    ),
    "cache_write": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
        "gen_ai.usage.prompt_tokens_details.cache_creation_tokens",
        "gen_ai.usage.details.cache_write_tokens",
        "gen_ai.usage.details.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_tokens",
        "ai.usage.inputTokenDetails.cacheWriteTokens",
    ),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
        "llm.usage.reasoning_tokens",
        "gen_ai.usage.completion_tokens_details.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
        "ai.usage.reasoningTokens",
    ),
    "audio_input": (
        "gen_ai.usage.audio.input_tokens",
        "llm.token_count.prompt_details.audio",
        "gen_ai.usage.prompt_tokens_details.audio_tokens",
        "gen_ai.usage.details.input_audio_tokens",
    ),
    "audio_output": (
        "gen_ai.usage.audio.output_tokens",
        "llm.token_count.completion_details.audio",
        "gen_ai.usage.completion_tokens_details.audio_tokens",
        "gen_ai.usage.details.output_audio_tokens",
    ),
    "total": (
        "gen_ai.usage.total_tokens",
        "llm.token_count.total",
        "llm.usage.total_tokens",
        "ai.usage.totalTokens",
    ),
}
# Attributes that hold all counts of a call as one JSON object, as the provider names them.
USAGE_OBJECTS: Names = (
    "langfuse.observation.usage_details",
    "mlflow.chat.tokenUsage",
    "gen_ai.usage.raw",  # logfire
    "langsmith.metadata.usage_metadata",
    "metadata.usage_object",  # LiteLLM, as Python writes it
)
COST: Names = ("gen_ai.usage.cost", "llm.cost.total", "operation.cost", "gen_ai.cost.total_cost")
COST_OBJECTS: dict[str, Names] = {  # JSON objects, and where the total stands in them
    "langfuse.observation.cost_details": ("total",),
    "mlflow.llm.cost": ("total_cost",),
}

# Time to the first token, by unit; else a moment, or the first of these events of the span.
TTFT_S: Names = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
)
TTFT_MS: Names = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
FIRST_AT = "langfuse.observation.completion_start_time"
CHUNKS: Names = (
    "gen_ai.content.completion.chunk",
    "llm.content.completion.chunk",
    "First Token Stream Event",
    "ai.stream.firstChunk",
    "mlflow.chunk.item.0",
)

# What the caller asked for; the objects hold it as the provider names it.
TEMPERATURE: Names = ("gen_ai.request.temperature",)
MOST_TOKENS: Names = ("gen_ai.request.max_tokens", "gen_ai.request.max_completion_tokens", "max_tokens")
REASONING: Names = (
    "gen_ai.request.reasoning.level",
    "gen_ai.request.reasoning_effort",
    "gen_ai.openai.request.reasoning_effort",
    "llm.request.reasoning_effort",
)
STREAM: Names = (
    "gen_ai.request.stream",
    "gen_ai.is_streaming",
    "llm.is_streaming",
    "gen_ai.request.is_stream",
    "langsmith.request.streaming",
)
REQUEST_OBJECTS: Names = (
    "llm.invocation_parameters",
    "embedding.invocation_parameters",
    "langfuse.observation.model.parameters",
)

# Content. Lists are spread over attributes with a number in the name, or stand in one attribute as JSON.
INPUT_LISTS: Names = ("llm.input_messages", "gen_ai.prompt", "llm.prompts")
OUTPUT_LISTS: Names = ("llm.output_messages", "gen_ai.completion", "llm.choices")
DOCUMENT_LISTS: Names = ("retrieval.documents", "reranker.output_documents")
EVALUATION_LISTS: Names = ("evaluations", "annotations")
SYSTEM = "gen_ai.system_instructions"
INPUTS: Names = (
    "gen_ai.input.messages",
    "ai.prompt.messages",
    "ai.prompt",
    "langfuse.observation.input",
    "mlflow.spanInputs",
    "gcp.vertex.agent.llm_request",
    "request_data",  # logfire's own instrumentations
    "gen_ai.prompt",
    "input.value",
    "traceloop.entity.input",
    "ai.values",
    "ai.value",
)
OUTPUTS: Names = (
    "gen_ai.output.messages",
    "langfuse.observation.output",
    "mlflow.spanOutputs",
    "gcp.vertex.agent.llm_response",
    "response_data",
    "gen_ai.completion",
    "output.value",
    "traceloop.entity.output",
)
ANSWER: Names = ("ai.response.text", "ai.response.object", "ai.result.text", "ai.result.object")
ANSWER_CALLS: Names = ("ai.response.toolCalls", "ai.result.toolCalls")
EVENTS = "events"  # pydantic-ai before its third format: the events of the conventions, as a JSON list
DOCUMENTS: Names = ("gen_ai.retrieval.documents",)

# Whose: an attribute of the span goes before one of the resource.
FMWATCH: dict[str, Names] = {
    "tenant": ("fmwatch.tenant",),
    "team": ("fmwatch.team",),
    "route": ("fmwatch.route",),
}
APP: Names = ("service.name",)
TEAM: Names = ("service.namespace",)
ENVIRONMENT: Names = ("deployment.environment.name", "deployment.environment", "langfuse.environment")
HOST: Names = ("server.address", "net.peer.name")
REGION: Names = ("cloud.region",)

ERROR = "error.type"
RESPONSE_ID: Names = ("gen_ai.response.id", "ai.response.id")

# Never kept as they are, whatever else is: content has its fields, a person only a hash.
_CONTENT_PREFIXES: Names = (
    *(f"{name}." for name in (*INPUT_LISTS, *OUTPUT_LISTS, *DOCUMENT_LISTS) if name != "gen_ai.prompt"),
    "gen_ai.evaluation.",
    "gen_ai.content.",
    "gen_ai.tool.",
    "gen_ai.retrieval.",
    "gen_ai.request.messages",
    "gen_ai.message.",
    "llm.prompt_template.",
    "llm.tools",
    "llm.function_call",
    "llm.headers",
    "gen_ai.headers",
    "gen_ai.prompt.variable.",
    "gen_ai.task.",
    "gen_ai.agent.description",
    "gen_ai.request.functions",
)
_READ: frozenset[str] = frozenset(
    (
        *(name for names in (*TEXTS.values(), *TOKENS.values(), *FMWATCH.values()) for name in names),
        *(
            *EITHER_MODEL,
            *SERVICE_TIER,
            *FINISH,
            *USER,
            *PROVIDER,
            *USAGE_OBJECTS,
            *COST,
            *COST_OBJECTS,
            *TTFT_S,
            *TTFT_MS,
        ),
        *(*TEMPERATURE, *MOST_TOKENS, *REASONING, *STREAM, *REQUEST_OBJECTS, *INPUTS, *OUTPUTS, SYSTEM),
        *(*DOCUMENTS, "gen_ai.operation.name", "llm.request.type", "gen_ai.usage.cost"),
    )
)


def unread(name: str) -> bool:
    """Tell whether an attribute is about a model call, is no content, and has no field of its own."""
    if not name.startswith(("gen_ai.", "llm.")) or name in _READ:
        return False
    rest = name.removeprefix("gen_ai.prompt.")
    if rest != name and (rest[:1].isdigit() or rest.startswith("variable")):
        return False
    return not name.startswith(_CONTENT_PREFIXES)
