"""One call in each spelling, as the libraries really write it: the same call comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.otlp.calls import calls
from stream.otlp.span import SpanEvent
from tests.stream.otlp.made import BEGAN, SECOND, happened, only, span

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How do I pay?"}]
PARTS = [{"role": one["role"], "parts": [{"type": "text", "content": one["content"]}]} for one in ASKED]
OUT = [{"role": "assistant", "parts": [{"type": "text", "content": "By card."}], "finish_reason": "stop"}]
G0_EVENTS = [
    happened("gen_ai.system.message", content="Be brief."),
    happened("gen_ai.user.message", content="How do I pay?"),
    happened(
        "gen_ai.choice", index=0, finish_reason="stop", message='{"role":"assistant","content":"By card."}'
    ),
]
TOKENS = {"gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 4}

SPELLINGS: dict[str, tuple[dict[str, Any], list[SpanEvent]]] = {
    "genai up to 1.36": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 12,
            "gen_ai.usage.completion_tokens": 4,
        },
        G0_EVENTS,
    ),
    "genai 1.37 to 1.41": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
            "gen_ai.input.messages": json.dumps(PARTS[1:]),
            "gen_ai.output.messages": json.dumps(OUT),
            **TOKENS,
        },
        [],
    ),
    "semantic-conventions-genai": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.text.input_tokens": 12,
            **TOKENS,
        },
        [
            happened(
                "gen_ai.client.inference.operation.details",
                gen_ai__input__messages=PARTS,
                gen_ai__output__messages=OUT,
            )
        ],
    ),
    "openinference": (
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "openai",
            "llm.system": "openai",
            "llm.model_name": "gpt-4o",
            "llm.input_messages.0.message.role": "system",
            "llm.input_messages.0.message.content": "Be brief.",
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.contents.0.message_content.type": "text",
            "llm.input_messages.1.message.contents.0.message_content.text": "How do I pay?",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "By card.",
            "llm.finish_reason": "stop",
            "llm.token_count.prompt": 12,
            "llm.token_count.completion": 4,
            "llm.token_count.total": 16,
            "input.value": '{"messages": []}',
        },
        [],
    ),
    "openllmetry, older": (
        {
            "llm.request.type": "chat",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "Be brief.",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": "How do I pay?",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "By card.",
            "gen_ai.completion.0.finish_reason": "stop",
            "gen_ai.usage.prompt_tokens": 12,
            "gen_ai.usage.completion_tokens": 4,
            "llm.usage.total_tokens": 16,
        },
        [],
    ),
    "openlit": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.cost": 0.001,
            "gen_ai.input.messages": json.dumps(PARTS),
            "gen_ai.output.messages": json.dumps(OUT),
            **TOKENS,
        },
        [],
    ),
    "langfuse": (
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o",
            "langfuse.observation.input": json.dumps(ASKED),
            "langfuse.observation.output": json.dumps({"role": "assistant", "content": "By card."}),
            "langfuse.observation.usage_details": '{"input":12,"output":4,"total":16}',
        },
        [],
    ),
    "ai sdk": (
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.id": "gpt-4o",
            "ai.model.provider": "openai.responses",
            "ai.prompt.messages": json.dumps(
                [ASKED[0], {"role": "user", "content": [{"type": "text", "text": "How do I pay?"}]}]
            ),
            "ai.response.text": "By card.",
            "ai.response.finishReason": "stop",
            "ai.usage.promptTokens": 12,
            "ai.usage.completionTokens": 4,
        },
        [],
    ),
    "pydantic-ai, first format": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "events": json.dumps(
                [
                    {"event.name": "gen_ai.system.message", "content": "Be brief.", "role": "system"},
                    {"event.name": "gen_ai.user.message", "content": "How do I pay?", "role": "user"},
                    {
                        "event.name": "gen_ai.choice",
                        "index": 0,
                        "message": {"role": "assistant", "content": "By card."},
                    },
                ]
            ),
            **TOKENS,
        },
        [],
    ),
    "mlflow": (
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.llm.model": '"gpt-4o"',
            "mlflow.spanInputs": json.dumps({"model": "gpt-4o", "messages": ASKED}),
            "mlflow.spanOutputs": json.dumps(
                {
                    "choices": [
                        {"message": {"role": "assistant", "content": "By card."}, "finish_reason": "stop"}
                    ]
                }
            ),
            "mlflow.chat.tokenUsage": '{"input_tokens":12,"output_tokens":4,"total_tokens":16}',
        },
        [],
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling(spelling: str) -> None:
    """Models, tokens, messages and answer are the same in every spelling."""
    attributes, events = SPELLINGS[spelling]
    event = only(attributes, events=events)
    assert (event["provider"], event["platform"], event["request_model"]) == ("openai", "openai", "gpt-4o")
    assert (event["operation"], event["usage"]) == ("chat", {"input": 12, "output": 4})
    assert (event["messages"], event["response"]) == (ASKED, "By card.")
    assert event.get("finish_reason", "stop") == "stop"
    assert not event.get("tool_calls")


CALL = {"id": "call_1", "name": "search"}
ARGUMENTS = '{"q":"pay"}'
CALLING: dict[str, dict[str, Any]] = {
    "parts": {
        "gen_ai.output.messages": json.dumps(
            [{"role": "assistant", "parts": [{"type": "tool_call", **CALL, "arguments": ARGUMENTS}]}]
        )
    },
    "openinference": {
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": ARGUMENTS,
    },
    "openllmetry": {
        "gen_ai.completion.0.tool_calls.0.id": "call_1",
        "gen_ai.completion.0.tool_calls.0.name": "search",
        "gen_ai.completion.0.tool_calls.0.arguments": ARGUMENTS,
    },
    "ai sdk": {
        "ai.response.toolCalls": json.dumps(
            [{"toolCallId": "call_1", "toolName": "search", "input": ARGUMENTS}]
        )
    },
    "openai": {
        "langfuse.observation.output": json.dumps(
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "search", "arguments": ARGUMENTS},
                    }
                ],
            }
        )
    },
    "anthropic": {
        "mlflow.spanOutputs": json.dumps(
            {"role": "assistant", "content": [{"type": "tool_use", **CALL, "input": ARGUMENTS}]}
        )
    },
}


@pytest.mark.parametrize("spelling", CALLING)
def test_tool_calls(spelling: str) -> None:
    """A tool call has id, name and arguments in every spelling, and is no answer."""
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", **CALLING[spelling]}
    event = only(attributes)
    assert event["tool_calls"] == [{**CALL, "arguments": ARGUMENTS}]
    assert "response" not in event


def test_choices() -> None:
    """Of several choices the first is the answer, the others are samples."""
    outs = [{"role": "assistant", "parts": [{"type": "text", "content": word}]} for word in ("A", "B", "C")]
    event = only(
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.output.messages": outs}
    )
    assert (event["response"], event["samples"]) == ("A", ["B", "C"])


def test_ai_sdk_outer() -> None:
    """The AI SDK's outer span repeats model and tokens and is no call."""
    inner = SPELLINGS["ai sdk"][0]
    outer = inner | {"ai.operationId": "ai.generateText"}
    found = calls([span(1, attributes=outer), span(2, 1, attributes=inner)])
    assert [int(event["span_id"], 16) for event in found.events] == [2]


def test_langfuse_buckets() -> None:
    """Langfuse's buckets are apart from each other; together they are input and output."""
    told = {
        "input": 10,
        "input_cache_read": 80,
        "input_cache_creation": 10,
        "output": 3,
        "output_reasoning": 7,
    }
    attributes = SPELLINGS["langfuse"][0] | {"langfuse.observation.usage_details": json.dumps(told)}
    event = only(attributes)
    assert event["usage"] == {
        "input": 100,
        "output": 10,
        "cache_read": 80,
        "cache_write_5m": 10,
        "reasoning": 7,
    }
    assert event["extra"]["usage_convention"] == "exclusive"


def test_anthropic_times() -> None:
    """The AI SDK passes on what Anthropic counts: exclusive, and each cache's time."""
    own = {
        "input_tokens": 7,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
    }
    metadata = {
        "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": own}}),
        "ai.usage.inputTokens": 7,
    }
    event = only({**SPELLINGS["ai sdk"][0], **metadata, "ai.usage.promptTokens": 7})
    assert event["usage"] == {
        "input": 137,
        "output": 4,
        "cache_read": 100,
        "cache_write_5m": 10,
        "cache_write_1h": 20,
    }


@pytest.mark.parametrize(
    ("attributes", "sold"),
    [
        ({"gen_ai.provider.name": "azure.ai.openai"}, ("openai", "azure")),
        ({"gen_ai.system": "az.ai.openai"}, ("openai", "azure")),
        ({"llm.provider": "azure", "llm.system": "openai"}, ("openai", "azure")),
        (
            {"gen_ai.system": "aws.bedrock", "gen_ai.request.model": "anthropic.claude-3"},
            ("anthropic", "bedrock"),
        ),
        ({"llm.provider": "aws", "gen_ai.request.model": "us.meta.llama3-70b"}, ("meta", "bedrock")),
        ({"gen_ai.system": "x_ai", "gen_ai.request.model": "grok-4"}, ("xai", "xai")),
        ({"gen_ai.provider.name": "mistral_ai", "gen_ai.request.model": "x"}, ("mistral", "mistral")),
        ({"llm.system": "mistralai", "gen_ai.request.model": "x"}, ("mistral", "mistral")),
        ({"gen_ai.provider.name": "moonshot_ai", "gen_ai.request.model": "x"}, ("moonshot", "moonshot")),
        ({"gen_ai.provider.name": "gcp.gemini", "gen_ai.request.model": "gemini-2"}, ("google", "gemini")),
        (
            {"gen_ai.provider.name": "gcp.vertex_ai", "gen_ai.request.model": "claude-4"},
            ("anthropic", "vertex"),
        ),
        ({"gen_ai.system": "openai", "server.address": "acme.openai.azure.com"}, ("openai", "azure")),
        ({"gen_ai.system": "openai", "server.address": "api.deepseek.com"}, ("deepseek", "deepseek")),
        ({}, ("openai", "openai")),
        ({"gen_ai.request.model": "house-model"}, ("unknown", "unknown")),
    ],
)
def test_providers(attributes: dict[str, str], sold: tuple[str, str]) -> None:
    """Five spellings of a provider are one; a known host goes before; maker and seller are told apart."""
    event = only({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", **TOKENS, **attributes})
    assert (event["provider"], event["platform"]) == sold


def test_region() -> None:
    """The region is the host's where it names one, else what the span says, else where the caller runs."""
    base = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-4", "cloud.region": "eu-west-1"}
    host = {"server.address": "bedrock-runtime.eu-central-1.amazonaws.com"}
    assert only(base | host)["region"] == "eu-central-1"
    assert only(base, resource={"cloud.region": "us-east-1"})["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("attributes", "events"),
    [
        ({"gen_ai.response.time_to_first_chunk": 0.25}, []),
        ({"ai.response.msToFirstChunk": 250}, []),
        ({"langfuse.observation.completion_start_time": '"2026-11-06T21:20:00.250Z"'}, []),
        ({}, [SpanEvent("gen_ai.content.completion.chunk", BEGAN + SECOND // 4, {})]),
    ],
    ids=["seconds", "milliseconds", "moment", "event"],
)
def test_first_token(attributes: dict[str, Any], events: list[SpanEvent]) -> None:
    """Time to the first token comes in four ways."""
    base = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    assert only(base | attributes, events=events)["ttft_ms"] == pytest.approx(250, abs=0.01)
