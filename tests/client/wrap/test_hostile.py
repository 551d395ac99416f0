"""Whatever a provider or an application sends, what is captured is an event of the contract."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fmwatch import Client, RecordingTransport
from fmwatch.wrap import anthropic_messages, litellm_callback, openai_chat, openai_responses
from fmwatch.wrap.call import Call
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.decode import decode

NAMES = st.sampled_from(
    [
        *("model", "messages", "role", "content", "text", "type", "input", "output", "choices", "message"),
        *("delta", "tool_calls", "function", "name", "arguments", "id", "index", "finish_reason", "usage"),
        *("prompt_tokens", "completion_tokens", "prompt_tokens_details", "cached_tokens", "input_tokens"),
        *("output_tokens", "cache_creation", "service_tier", "error", "code", "response", "status", "cost"),
        *("refusal", "logprobs", "logprob", "content_block", "stop_reason", "instructions", "system", "user"),
        *("temperature", "max_tokens", "reasoning", "effort", "conversation", "prompt", "item", "stream"),
    ]
)
WORDS = st.sampled_from(
    [
        *("message", "text", "tool_use", "tool_result", "thinking", "text_delta", "input_json_delta"),
        *("message_start", "message_delta", "content_block_start", "content_block_delta", "function_call"),
        *("response.completed", "response.output_text.delta", "response.created", "error", "user"),
    ]
)
LEAVES = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=5), st.just("\ud800")),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=10)

READERS: list[Callable[[Any], dict[str, Any]]] = [
    *(openai_chat.asked, openai_chat.asked_text, openai_chat.asked_embeddings, openai_chat.answered),
    *(openai_responses.asked, openai_responses.answered),
    *(anthropic_messages.asked, anthropic_messages.answered),
    lambda found: litellm_callback.success({}, found, None, None),
    lambda found: litellm_callback.success({**found, "call_type": "completion"}, found, None, None),
]
ANSWERS: list[Callable[[bool], Any]] = [
    *(openai_chat.Chunks, openai_responses.Events, anthropic_messages.Events),
]


TRANSPORT = RecordingTransport()
CLIENT = Client(transport=TRANSPORT, interval_s=3600)


def holds(fields: dict[str, Any]) -> None:
    """Capture a call with these fields, and decode it."""
    known = {"provider": "openai", "request_model": "gpt-4o"}
    call = Call({}, known, CLIENT)
    call.end({name: value for name, value in fields.items() if value or name not in known})
    assert CLIENT.flush().reasons == {}
    decode(TRANSPORT.batches[-1][-1])


@pytest.mark.parametrize("read", READERS)
@given(found=OBJECTS)
@settings(max_examples=40)
def test_read(read: Callable[[Any], dict[str, Any]], found: dict[str, Any]) -> None:
    """Requests and answers of any shape are read into fields of the contract, or refused as a whole."""
    try:
        fields = read(found)
    except (TypeError, AttributeError, KeyError, ValueError):
        return  # the guard around every reader counts it
    holds(fields)


@pytest.mark.parametrize("answer", ANSWERS)
@given(pieces=st.lists(OBJECTS, max_size=6))
@settings(max_examples=40)
def test_pieces(answer: Callable[[bool], Any], pieces: list[dict[str, Any]]) -> None:
    """So are streams; what a piece that cannot be read leaves behind is sound as well."""
    whole = answer(True)  # noqa: FBT003 - as the SDK's wrapper calls it
    for piece in pieces:
        try:
            whole.add(piece)
            whole.ours(piece)
        except (TypeError, AttributeError, KeyError, ValueError):
            break
    holds(whole.fields())


def test_half_a_surrogate() -> None:
    """Text that is none in UTF-8 is sent as what is left of it."""
    found = json.loads('{"choices": [{"message": {"content": "\\ud800 five"}}]}')
    holds(openai_chat.answered(found))
